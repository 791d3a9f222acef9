import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import { cached, dataClass, defineStrategy, edge, path, worker } from '../../../src/index.ts';
import { advanced, now } from './advanced.ts';

/** A Worker whose freshness is measured: hits of one class are compared, what it counts is told soon, and a test can advance its clock. */
const clock = { ...realPlatform.clock, now };

const common = {
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'tenant',
  read: 'read-through',
  origin: '/docs/{id}',
  ttl: '1h',
  rationale: 'measured',
} as const;
const doc = dataClass({ ...common, name: 'doc' });
const compared = dataClass({ ...common, name: 'compared', compare: '100%' });

const app = edge(defineStrategy({ classes: [doc, compared] }), {
  clock,
  bounds: { ...bounds, flushAfterMs: 50 },
});
for (const cls of [doc, compared]) app.get(`/${cls.name}/:id`, cached(cls, { params: { id: path('id') } }));
const made = worker(app);

export default {
  ...advanced(made.fetch),
  scheduled: (controller: ScheduledController, env: Record<string, unknown>, ctx: ExecutionContext) =>
    made.scheduled(controller, env, ctx),
};
