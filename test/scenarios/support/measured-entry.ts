import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import { cached, dataClass, defineStrategy, edge, path, worker } from '../../../src/index.ts';
import { settled, watched } from './background.ts';

/** A Worker whose freshness is measured: hits of one class are compared, what it counts is told soon, and a test can advance its clock. */
let aheadMs = 0;
const clock = { ...realPlatform.clock, now: () => Date.now() + aheadMs };

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
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/__settled') await settled();
    else if (pathname === '/__advance') aheadMs += Number(searchParams.get('ms'));
    else return made.fetch(request, env, watched(ctx));
    return new Response(null, { status: 204 });
  },
  scheduled: (controller: ScheduledController, env: Record<string, unknown>, ctx: ExecutionContext) =>
    made.scheduled(controller, env, ctx),
};
