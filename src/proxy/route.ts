import type { Handler } from 'hono';
import { askingOf, type EdgeEnv } from '../cache/route.ts';
import { answer } from './answer.ts';
import { askedOf } from './asked.ts';
import { forward } from './forward.ts';
import { type HttpCacheOptions, httpRoute } from './options.ts';
import { serve } from './serve.ts';

/**
 * A shared HTTP cache (RFC 9111) before an origin that says itself what may be stored, for how long, and what purges it:
 * `app.all('/docs/*', httpCache({ origin: 'https://www.example.com' }))`.
 */
export function httpCache(options: HttpCacheOptions = {}): Handler<EdgeEnv> {
  const route = httpRoute(options);
  return async function serveHttpCache(c) {
    const edge = c.get('edge');
    edge.cls = route.cls;
    const asking = askingOf(c);
    const asked = askedOf(c.req.raw, route);
    const reads = asked.method === 'GET' || asked.method === 'HEAD';
    const served = await (reads ? serve : forward)(asking, route, asked);
    edge.outcome = { ...served.outcome, ...(served.is === 'entry' && { key: served.entry.key }) };
    edge.answered = answer(asked, served, asking.isolate, edge.carry);
    return edge.answered;
  };
}
