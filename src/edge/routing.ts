import { HonoRequest } from 'hono/request';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import type { H, RouterRoute } from 'hono/types';
import { findTargetHandler } from 'hono/utils/handler';
import { getPath } from 'hono/utils/url';
import type { FoundRoute } from '../admin/explain.ts';
import type { Explains } from '../engine/explain.ts';
import { edgeRequestOf } from '../engine/request.ts';
import { isBelow } from '../http/prefix.ts';
import type { Strategy } from '../strategy/define.ts';
import type { DataClass } from '../strategy/types.ts';
import { asTold } from './errors.ts';
import { createRouteChecks } from './route-checks.ts';
import { madeOf } from './route-table.ts';

type Routed = [handler: H, route: RouterRoute];

/**
 * Hono's own router, which looks at each route as it is added, also at those of an app that is added to another: an HTTP
 * cache makes its class known, which no strategy lists; and a route that does not fit the strategy is refused.
 */
export class CollectingRouter extends SmartRouter<Routed> {
  /** Of the HTTP caches of this Worker, by name. */
  readonly httpCaches = new Map<string, DataClass>();
  readonly explaining = new Map<string, Explains>();
  /** Names of the sources whose webhooks it takes. */
  readonly hookSources = new Set<string>();
  readonly #strategy: Strategy;
  readonly #mustFit: ReturnType<typeof createRouteChecks>;

  constructor(strategy: Strategy) {
    super({ routers: [new RegExpRouter<Routed>(), new TrieRouter<Routed>()] });
    this.#strategy = strategy;
    this.#mustFit = createRouteChecks(strategy);
  }

  override add(method: string, path: string, [handler, route]: Routed): void {
    const target = findTargetHandler(route.handler);
    const { httpRoute, explains, classRoute, hookSources = {} } = madeOf(route.handler);
    for (const source of Object.keys(hookSources)) this.hookSources.add(source);
    if (classRoute) this.#mustFit(method, path, classRoute);
    if (httpRoute) {
      const { cls } = httpRoute;
      const { name } = cls;
      if (this.#strategy.classes.has(name))
        throw new TypeError(
          `httpCache({ name: '${name}' }): a class of the strategy has this name; take another`,
        );
      mustBeBelow(path, httpRoute.stripPrefix);
      this.httpCaches.set(name, cls);
      if (explains) this.explaining.set(name, explains);
    }
    super.add(method, path, [target === route.handler ? handler : tellingErrors(handler), route]);
  }
}

/** Of other paths there would be nothing to strip. */
function mustBeBelow(path: string, prefix: string): void {
  if (!isBelow(path, prefix))
    throw new TypeError(
      `httpCache({ stripPrefix: '${prefix}' }): the route '${path}' is not below it; write '${prefix}/*'`,
    );
}

/**
 * Whether an HTTP cache answers both this preflight and what it asks for; a handler for that method alone, which comes
 * before it, is the edge's own.
 */
export function isPreflightOfOrigin(router: Pick<CollectingRouter, 'match'>, request: Request): boolean {
  const isCached = (method: string) => {
    const [routed] = router.match(method, getPath(request));
    const first = routed.find(([[, route]]) => route.method === method || madeOf(route.handler).httpRoute);
    return first !== undefined && madeOf(first[0][1].handler).httpRoute !== undefined;
  };
  // In upper case it is no name that every object has.
  const method = request.headers.get('Access-Control-Request-Method')!.toUpperCase();
  return isCached('OPTIONS') && isCached(method === 'HEAD' ? 'GET' : method);
}

/** An app that was added with an `onError` of its own answers by itself: the log is told of the error all the same. */
const tellingErrors =
  (handler: H): H =>
  async (c, next) => {
    const answer = await handler(c, next);
    if (c.error) edgeRequestOf(c).error ??= asTold(c.error);
    return answer;
  };

/** RFC 9110 §15.5.6: what this path does take; empty for a path without a route. */
export function methodsOf(router: Pick<CollectingRouter, 'match'>, path: string): string[] {
  const takes = (method: string) =>
    router.match(method, path)[0].some(([[, route]]) => route.method === method);
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
    .filter(takes)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

/** The most specific route of this path, as it was added; `/*` where there is none. */
export function patternOf(router: Pick<CollectingRouter, 'match'>, method: string, path: string): string {
  const [routed] = router.match(method === 'HEAD' ? 'GET' : method, path);
  const patterns = routed.map(([[, route]]) => route.path);
  return patterns.reduce((longest, it) => (it.length > longest.length ? it : longest), '/*');
}

/** The route that answers this GET, with the request as its handler reads it; null: there is none. Middleware is passed by. */
export function routeOf(router: Pick<CollectingRouter, 'match'>, request: Request): FoundRoute | null {
  const path = getPath(request);
  const match = router.match('GET', path);
  const routeIndex = match[0].findIndex(([[, { method, handler }]]) => {
    const { classRoute, httpRoute } = madeOf(handler);
    return method === 'GET' || classRoute !== undefined || httpRoute !== undefined;
  });
  const found = match[0][routeIndex];
  if (!found) return null;
  const req = new HonoRequest(request, path, match as ConstructorParameters<typeof HonoRequest>[2]);
  req.routeIndex = routeIndex;
  const [[, route]] = found;
  return { ...madeOf(route.handler), path: route.path, req, passedBy: routeIndex };
}
