import type { Handler } from 'hono';
import type { Explains } from '../engine/explain.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { isBelow } from '../http/prefix.ts';
import { Problem } from '../http/problem.ts';
import { resolved } from '../http/target.ts';
import { answerHttp } from './answer.ts';
import { explainHttp, explainHttpKey } from './explain.ts';
import { forward } from './forward.ts';
import { type HttpCacheOptions, type HttpRoute, httpRoute } from './options.ts';
import { clientRequestOf } from './request.ts';
import { serveHttp } from './serve-by-mode.ts';

/** A handler carries what it was made of, so that whoever adds the route knows of the cache. */
export type HttpCacheHandler = Handler<EdgeEnv> & {
  readonly httpRoute: HttpRoute;
  readonly explains: Explains;
};

/** What the Worker does for this front end alone. */
export interface Rerouting {
  /** Routes another request in place of this one, as if it had come itself. */
  reroute(request: Request): Response | Promise<Response>;
}

/**
 * A shared HTTP cache (RFC 9111) before an origin that says itself what may be stored, for how long, and what purges it:
 * `app.all('/docs/*', httpCache({ origin: 'https://www.example.com' }))`.
 */
export function httpCache(options: HttpCacheOptions = {}): HttpCacheHandler {
  const route = httpRoute(options);
  const serveHttpCache: Handler<EdgeEnv> = async (c) => {
    const edge = edgeRequestOf(c);
    // Routes and middleware have seen the path as it came: they must see the one that is keyed and sent.
    const url = resolved(c.req.raw.url);
    if (url !== null) return rerouted(edge as EdgeRequest & Rerouting, new Request(url, c.req.raw));
    edge.className = route.cls.name;
    const request = clientRequestOf(c.req.raw, route);
    // A route is matched by the path as Hono decodes it; what is sent is the path itself.
    if (!isBelow(request.target, route.stripPrefix))
      throw new Problem('not-found', { why: `the path does not begin with ${route.stripPrefix}` });
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const served = await (reads ? serveHttp : forward)(edge, route, request);
    edge.outcome = { ...served.outcome, ...(served.is === 'entry' && { key: served.entry.fullKey }) };
    edge.answered = answerHttp(request, served, edge);
    return edge.answered;
  };
  const explains: Explains = {
    explain: (context, request) => explainHttp(context, route, request),
    explainKey: (context, fullKey) => explainHttpKey(context, route, fullKey),
  };
  return Object.assign(serveHttpCache, { httpRoute: route, explains });
}

async function rerouted(edge: EdgeRequest & Rerouting, request: Request): Promise<Response> {
  edge.logged = { ...edge.logged, resolved: new URL(request.url).pathname };
  // The other request's answer has the headers of every answer already.
  edge.answered = await edge.reroute(request);
  return edge.answered;
}
