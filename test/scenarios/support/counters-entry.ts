import { Hono } from 'hono';
import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import type { HandlerContext } from '../../../src/classes/handler-context.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import {
  allowWhen,
  cached,
  cacheOf,
  dataClass,
  defineStrategy,
  type EdgeEnv,
  edge,
  eventsOf,
  httpCache,
  Problem,
  path,
  webhooks,
  worker,
  written,
} from '../../../src/index.ts';
import { advanced, now } from './advanced.ts';

/**
 * A Worker with a route of every kind, whose clock a test can advance. What an isolate has counted it tells soon, so that no test waits
 * for 20 s; and its bulkheads are so small that they are full at times.
 */
const clock = { ...realPlatform.clock, now };
const soon = {
  flushEveryMs: 0,
  flushAfterMs: 150,
  flushAgainMs: 50,
  flushSeldomMs: 200,
  flushLostMs: 4_000,
  fetchesPerTenant: 20,
};
/** On a busy machine a Redis that is only slow must not look like one that is down. */
const patient = { redisReadMs: 1_500, redisWriteMs: 1_500 };

const id = z.string().regex(/^[a-z0-9-]+$/);
const common = {
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id }),
  access: 'tenant',
  read: 'read-through',
  ttl: '10s',
  rationale: 'counted',
} as const;
const rights = dataClass({
  ...common,
  name: 'rights',
  scope: 'user',
  key: 'rights',
  params: z.object({}),
  access: 'user',
  tags: [],
  origin: '/docs/rights',
  value: z.object({ value: z.string() }),
});
const doc = dataClass({
  ...common,
  name: 'doc',
  tags: ['doc:{id}'],
  origin: '/docs/{id}',
  writeThrough: 'store',
  staleWhileRevalidate: '30s',
  staleIfError: '1h',
});
const ruled = dataClass({
  ...common,
  name: 'ruled',
  tags: ['doc:{id}'],
  origin: '/docs/{id}',
  access: allowWhen('may', [rights], (_, { id: asked }, [held]) => held.value === 'all' && asked !== 'd3'),
});
const strict = dataClass({
  ...common,
  name: 'strict',
  tags: ['doc:{id}'],
  origin: '/docs/{id}',
  consistency: 'strict',
});
/** Its hits are compared, those that a purge overtakes too. */
const compared = dataClass({
  ...common,
  name: 'compared',
  tags: ['doc:{id}'],
  origin: '/docs/{id}',
  compare: '100%',
});
const loaded = dataClass({ ...common, name: 'loaded', tags: ['doc:{id}'], read: 'cache-aside' });

const strategy = defineStrategy({
  classes: [rights, doc, ruled, strict, compared, loaded],
  events: { changed: { payload: z.object({ id }), purges: { tags: ['doc:{id}'] } } },
});
const load: NonNullable<Parameters<typeof cached>[1]['load']> = ({ params, origin }) =>
  origin.json(`/docs/${params['id']}`);
const params = { id: path('id') };

const app = edge(strategy, { clock, bounds: { ...bounds, ...soon, ...patient } });
app.get('/doc/:id', cached(doc, { params }));
app.patch('/doc/:id', written(doc, { params }));
app.get('/ruled/:id', cached(ruled, { params }));
app.get('/strict/:id', cached(strict, { params }));
app.get('/compared/:id', cached(compared, { params }));
app.get('/loaded/:id', cached(loaded, { params, load: load as never }));
const own = new Hono<EdgeEnv>();
own.get('/own/:id', async (c: HandlerContext) => {
  const read = cacheOf(c);
  const asked = { id: String((c.req as unknown as { param(name: string): string }).param('id')) };
  return read.json([await read.read(doc, asked), await read.wrap(loaded, asked, load as never)]);
});
own.get('/broken', () => {
  throw new Error('a bug of the team');
});
own.get('/gone', () => {
  throw new Problem('not-found');
});
app.route('/', own);
const payload = z.object({ data: z.object({ tenant_id: z.string(), id }) });
app.route(
  '/hooks',
  webhooks(strategy, {
    app: {
      scheme: 'standard-webhooks',
      events: {
        changed: eventsOf(strategy)('changed', payload, ({ data }) => ({
          tenant: data.tenant_id,
          payload: { id: data.id },
        })),
      },
    },
  }),
);
app.all('/http/*', httpCache());

export default advanced(worker(app).fetch);
