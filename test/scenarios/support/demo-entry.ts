import site from '../../../routes/index.ts';
import { settled, watched } from './background.ts';

/** The Worker that is deployed, beside what a test needs to know of an isolate: when its background work is done, and its clock. */
let aheadMs = 0;
const realNow = Date.now;
Date.now = () => realNow() + aheadMs;

export default {
  ...site,
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = URL.parse(request.url) ?? new URL('http://unreadable');
    if (pathname === '/__settled') await settled();
    else if (pathname === '/__advance') aheadMs += Number(searchParams.get('ms'));
    else return site.fetch(request, env, watched(ctx));
    return new Response(null, { status: 204 });
  },
};
