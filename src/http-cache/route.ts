import type { Handler } from 'hono';
import { contextFor, type EdgeEnv, type EdgeRequest } from '../classes/route.ts';
import { resolved } from '../http/target.ts';
import { answer } from './answer.ts';
import { forward } from './forward.ts';
import { type HttpCacheOptions, httpRoute } from './options.ts';
import { clientRequestOf } from './request.ts';
import { serve } from './serve.ts';

async function resolvedAnswer(edge: EdgeRequest, request: Request): Promise<Response> {
  edge.about = { ...edge.about, resolved: new URL(request.url).pathname.slice(0, 256) };
  // It carries already what every answer carries.
  edge.carry();
  edge.answered = await edge.again(request);
  return edge.answered;
}

/**
 * A shared HTTP cache (RFC 9111) before an origin that says itself what may be stored, for how long, and what purges it:
 * `app.all('/docs/*', httpCache({ origin: 'https://www.example.com' }))`.
 */
export function httpCache(options: HttpCacheOptions = {}): Handler<EdgeEnv> {
  const route = httpRoute(options);
  return async function serveHttpCache(c) {
    const edge = c.get('edge');
    // Routes and middleware have seen the path as it came: they must see the one that is keyed and sent.
    const url = resolved(c.req.raw.url);
    if (url !== null) return resolvedAnswer(edge, new Request(url, c.req.raw));
    edge.cls = route.cls;
    const context = contextFor(c);
    const request = clientRequestOf(c.req.raw, route);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const served = await (reads ? serve : forward)(context, route, request);
    edge.outcome = { ...served.outcome, ...(served.is === 'entry' && { key: served.entry.key }) };
    edge.answered = answer(request, served, context.isolate, edge.carry);
    return edge.answered;
  };
}
