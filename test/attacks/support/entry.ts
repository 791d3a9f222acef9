import { defineStrategy, edge, httpCache, type Worker, worker } from '../../../src/index.ts';
import { settled, watched } from '../../scenarios/support/background.ts';

/** The Worker under attack: the HTTP cache before one origin, as its settings say, and nothing else. */
let site: Worker | undefined;

function siteOf({ ORIGIN_URL: origin, INPUTS: inputs }: Record<string, string>): Worker {
  const app = edge(defineStrategy({ classes: [] }));
  app.all('*', httpCache({ origin: origin!, inputs: inputs as 'all' | 'keyed', name: 'http' }));
  return worker(app);
}

export default {
  async fetch(request: Request, env: Record<string, string>, ctx: ExecutionContext): Promise<Response> {
    if (URL.parse(request.url)?.pathname === '/__settled') {
      await settled();
      return new Response(null, { status: 204 });
    }
    site ??= siteOf(env);
    return site.fetch(request, env, watched(ctx));
  },
};
