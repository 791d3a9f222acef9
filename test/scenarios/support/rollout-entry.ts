import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import { cached, dataClass, defineStrategy, edge, httpCache, path, worker } from '../../../src/index.ts';
import { settled, watched } from './background.ts';

/**
 * A Worker whose classes are being switched on: a test moves its clock, and what it counts is told soon. Bounds are wide, so that few answers tell:
 * a class is good or broken in all that it answers.
 */
let aheadMs = 0;
let chance = 0;
const clock = { ...realPlatform.clock, now: () => Date.now() + aheadMs };
/** As evenly as by chance, and the same each time. */
const random = () => {
  chance = (chance + 0.381966) % 1;
  return chance;
};

const plan = [
  { percent: '0%', dwell: '2m', atLeast: 20 },
  { percent: '5%', dwell: '2m', atLeast: 20 },
  { percent: '100%', dwell: '2m', atLeast: 20 },
] as const;
const rollout = {
  ...{ mode: 'shadow', plan, shadowFills: '30%', compareHits: '100%' },
  ...{ maxStale: '20%', maxDiffering: '20%', maxErrors: '20%', maxSlower: '60s' },
} as const;
const classOf = (name: string, more: object = {}) =>
  dataClass({
    ...{ name, version: 1, scope: 'tenant', key: '{id}', params: z.object({ id: z.string() }) },
    ...{ access: 'tenant', tags: [`${name}:{id}`], read: 'read-through', origin: `/${name}/{id}` },
    ...{ ttl: '1h', rationale: 'being switched on', rollout },
    ...more,
  } as const);

const early = { ...rollout, mode: 'on', percent: '5%' } as const;
const classes = [
  classOf('good'),
  classOf('mixed'),
  classOf('missed'),
  classOf('lasting', { freshWithin: '30s' }),
  classOf('drifting'),
  classOf('early', { rollout: early }),
  classOf('leaking', { rollout: early }),
  classOf('ageing', { rollout: early, freshWithin: '30s' }),
  classOf('wavering', { rollout: early }),
];

const app = edge(defineStrategy({ classes }), {
  ...{ clock, random },
  bounds: {
    ...{ ...bounds, flushAfterMs: 50, purgeOnItsWayMs: 0, shadowLeaseMs: 10_000 },
    // How fast a busy machine is decides nothing.
    ...{ redisReadMs: 10_000, redisWriteMs: 10_000 },
  },
});
for (const cls of classes) app.get(`/${cls.name}/:id`, cached(cls, { params: { id: path('id') } }));
app.all('/pages/*', httpCache({ name: 'pages', rollout }));
app.all('/leaflets/*', httpCache({ name: 'leaflets', rollout: early }));
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
    made.scheduled(controller, env, watched(ctx)),
};
