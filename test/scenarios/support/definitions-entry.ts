import { bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import { cached, defineStrategy, edge, path, worker } from '../../../src/index.ts';
import { settled, watched } from './background.ts';
import type { after } from './definitions.ts';

let aheadMs = 0;

/** The Worker of one of two strategies, with a clock that a test moves. */
export function siteOf({ tagged, paired, valued }: typeof after) {
  const app = edge(defineStrategy({ classes: [tagged, paired, valued] }), {
    clock: { ...realPlatform.clock, now: () => Date.now() + aheadMs },
    // Redis is not slow here, the machine is.
    bounds: { ...bounds, redisReadMs: 10_000, redisWriteMs: 10_000 },
  });
  app.get('/tagged/:id', cached(tagged, { params: { id: path('id') } }));
  app.get('/valued/:id', cached(valued, { params: { id: path('id') } }));
  app.get('/paired/:from/:to', cached(paired, { params: { from: path('from'), to: path('to') } }));
  const site = worker(app);
  return {
    async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === '/__settled') await settled();
      else if (pathname === '/__advance') aheadMs += Number(searchParams.get('ms'));
      else return site.fetch(request, env, watched(ctx));
      return new Response(null, { status: 204 });
    },
  };
}
