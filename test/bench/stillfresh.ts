import { Hono } from 'hono';
import * as z from 'zod';
import { type Bounds, bounds } from '../../src/bounds.ts';
import type { EdgeOptions } from '../../src/index.ts';
import {
  cached,
  dataClass,
  defineStrategy,
  type EdgeEnv,
  edge,
  httpCache,
  path,
  worker,
} from '../../src/index.ts';

const common = {
  version: 1,
  scope: 'tenant',
  key: '{size}:{id}',
  params: z.object({ size: z.enum(['1KB', '100KB']), id: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
  access: 'tenant',
  tags: ['document:{id}'],
  read: 'read-through',
  origin: '/documents/{size}/{id}',
  ttl: '1h',
  rationale: 'Measured, not used',
} as const;

/** Answers from isolate memory without asking Redis. */
const trusted = dataClass({ ...common, name: 'trusted', l1: '1h' });
/** Asks Redis for generations each time; while the body is in memory it does not travel. */
const validated = dataClass({ ...common, name: 'validated', consistency: 'strict' });
/** Missed each time; gone soon, so that a long run does not fill Redis. */
const missed = dataClass({ ...common, name: 'missed', ttl: '10s' });

const strategy = defineStrategy({
  classes: [trusted, validated, missed],
  events: {},
  identity: { claims: { tenant: 'tenant', user: 'sub', roles: 'roles' } },
});

/** Wide enough that a pause of the machine is measured, not answered with a refusal; no cost of a request depends on them. */
export const benchBounds: Bounds = {
  ...bounds,
  redisReadMs: 5_000,
  redisWriteMs: 5_000,
  fetchesPerIsolate: 1_000,
  fetchesPerTenant: 1_000,
};

/** An edge as a team would deploy it; its bounds are the bench's. */
export function stillfresh(options: EdgeOptions) {
  const params = { size: path('size'), id: path('id') };
  const app = edge(strategy, options);
  app.route('/trusted', new Hono<EdgeEnv>().get('/:size/:id', cached(trusted, { params })));
  app.route('/validated', new Hono<EdgeEnv>().get('/:size/:id', cached(validated, { params })));
  app.route('/missed', new Hono<EdgeEnv>().get('/:size/:id', cached(missed, { params })));
  app.all('/documents/*', httpCache({ l1: '1h' }));
  return worker(app);
}
