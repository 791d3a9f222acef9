import { Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import { alerts } from '../admin/alerts.ts';
import { emit } from '../admin/emit.ts';
import { type Explainable, explain } from '../admin/explain.ts';
import { figures } from '../admin/figures.ts';
import { gate, isBesideGate, isNearlyGated, outsideGated, type TokensOf } from '../admin/gate.ts';
import { ofrep } from '../admin/ofrep.ts';
import { purges } from '../admin/purges.ts';
import { rollout } from '../admin/rollout.ts';
import { verifyAdmin } from '../admin/token.ts';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { isPreflight } from '../http/cors.ts';
import { Problem, problemResponse } from '../http/problem.ts';
import { deliveries } from '../invalidation/deliveries.ts';
import type { Strategy } from '../strategy/define.ts';
import { consoleLog, type Log } from '../telemetry/log.ts';
import { consoleOf } from './console.ts';
import { answerError, answerProblem, answerThrown, asTold } from './errors.ts';
import { type Platform, realPlatform } from './isolate.ts';
import { requestLine } from './log-line.ts';
import { createReady, type Ready } from './ready.ts';
import { createRequestLimits } from './request-limits.ts';
import { type Fetch, RequestState } from './request-state.ts';
import { withHeaders } from './response-headers.ts';
import { CollectingRouter, isPreflightOfOrigin, methodsOf, routeOf } from './routing.ts';
import { type Env, SettingsError } from './settings.ts';

export interface EdgeOptions extends Partial<Platform> {
  /** Where log lines go. Default: the console, which `wrangler tail` and Workers Logs show. */
  readonly log?: Log;
}

/** The Worker around a strategy: routes are added to it, and every answer passes its `fetch`. */
export interface Edge extends Hono<EdgeEnv> {
  /** For jobs: what requests have, without a request. Throws `SettingsError`. */
  readonly ready: (env: Env) => Ready;
  readonly strategy: Strategy;
}

export function edge(strategy: Strategy, options: EdgeOptions = {}): Edge {
  const platform = { ...realPlatform, ...options };
  const router = new CollectingRouter(strategy);
  const ready = createReady(strategy, platform, options.log ?? consoleLog, router);
  const app = new Hono<EdgeEnv>({ router });
  addOwnRoutes(app, strategy, ready, router);
  answerErrors(app, ready, router);
  wrapFetch(app, ready, router, createRequestLimits(platform.bounds));
  return Object.assign(app, { ready, strategy });
}

function addOwnRoutes(
  app: Hono<EdgeEnv>,
  strategy: Strategy,
  ready: Edge['ready'],
  router: CollectingRouter,
): void {
  const { httpCaches, explaining } = router;
  const tokensOf = tokensFrom(ready);
  for (const gated of ['/-/*', `${outsideGated}/*`]) app.use(gated, gate(tokensOf));
  app.get('/-/health', (c) => c.json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }));
  app.route('/-', deliveries());
  app.route('/-', purges(strategy, httpCaches));
  app.route('/-', emit(httpCaches));
  app.route('/-', alerts());
  app.route('/-', figures(strategy, httpCaches));
  const commandPriceOf = (env: Env) => ready(env).settings.REDIS_PRICE / 100_000;
  app.route('/-', rollout({ commandPriceOf }));
  for (const base of ['/ofrep', '/-/ofrep']) app.route(base, ofrep());
  const explainable: Explainable = {
    explaining,
    routeOf: (it) => routeOf(router, it),
    logOf: (env) => ready(env).log,
  };
  app.route('/-', explain(explainable));
  app.route('/-/console', consoleOf(strategy, httpCaches, ready, explainable));
  // A route for every path must not answer these.
  for (const gated of ['/-/*', `${outsideGated}/*`]) app.all(gated, (c) => c.notFound());
}

const tokensFrom =
  (ready: Edge['ready']): TokensOf =>
  ({ env }) =>
    ready(env).settings.adminTokens;

function answerErrors(app: Hono<EdgeEnv>, ready: Edge['ready'], router: CollectingRouter): void {
  app.notFound(async (c) => {
    if (isBesideGate(c.req.path)) {
      edgeRequestOf(c).ofAdmins = true;
      await verifyAdmin(c, tokensFrom(ready)(c), []);
    }
    const allowed = methodsOf(router, c.req.path);
    const problem =
      allowed.length === 0
        ? new Problem('not-found')
        : new Problem('method-not-allowed', { headers: { Allow: allowed.join(', ') } });
    edgeRequestOf(c).error = problem;
    return answerProblem(problem, c);
  });
  app.onError(answerError);
  const answerBy = app.onError;
  // A team's own answers instead; the log is told all the same.
  app.onError = (answer) =>
    answerBy((error, c) => {
      edgeRequestOf(c).error = asTold(error);
      return answer(error, c);
    });
}

/**
 * Around Hono rather than a middleware in it: where a path has one handler, Hono then makes no chain and no promise, and
 * a hit is answered at once.
 */
function wrapFetch(
  app: Hono<EdgeEnv>,
  ready: Edge['ready'],
  router: CollectingRouter,
  refusalOf: ReturnType<typeof createRequestLimits>,
): void {
  const route = app.fetch;
  const fetch: Fetch = (request, env, platform, outer) => {
    let made: Ready;
    try {
      made = ready(env);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return problemResponse(new Problem('misconfigured', { why: 'settings' }), crypto.randomUUID());
    }
    const state = new RequestState([request, env, platform], made, fetch, outer);
    if (!outer) made.isolate.meter.add('requests_begun', 1);
    const refused = refusalOf(request);
    if (refused) state.error = refused;
    let response: Response | Promise<Response>;
    try {
      response = refused
        ? problemResponse(refused, state.id)
        : (preflight(request, made, router) ?? route(request, env, state));
    } catch (thrown) {
      response = answerThrown(thrown, state);
    }
    return response instanceof Promise
      ? response.then(
          (it) => finish(request, state, made, it),
          (thrown) => finish(request, state, made, answerThrown(thrown, state)),
        )
      : finish(request, state, made, response);
  };
  app.fetch = (request, env = {}, platform) => fetch(request, env, platform as ExecutionContext);
}

/** Of what the edge answers itself; the origin behind an HTTP cache is asked. */
const preflight = (request: Request, { settings }: Ready, router: CollectingRouter): Response | null =>
  settings.CORS_ORIGINS.length > 0 &&
  isPreflight(request) &&
  // No page of another site has anything to ask an admin's API.
  !isNearlyGated(getPath(request)) &&
  !isPreflightOfOrigin(router, request)
    ? new Response(null, { status: 204 })
    : null;

/** What every answer passes: its headers, and the request's log line. */
function finish(request: Request, state: RequestState, { settings }: Ready, response: Response): Response {
  const isHead = request.method === 'HEAD';
  const hasHeaders = response === state.answered || (isHead && isWithoutBody(response, state.answered));
  const headed = hasHeaders ? response : withHeaders(response, state.responseHeaders());
  const answer = isHead && headed.body ? new Response(null, headed) : headed;
  if (state.handOver()) return answer;
  state.answeredWith(answer.status);
  const line = requestLine(request, state, answer.status, settings);
  if (line) state.log(line);
  state.traceAnswer(answer.status);
  state.lineWritten();
  return answer;
}

/** For a HEAD, Hono makes another response of the answer; a middleware may have put one of its own in its place. */
const isWithoutBody = ({ headers }: Response, answered: Response | undefined): boolean =>
  ['Cache-Status', 'Cache-Control'].every(
    (name) => headers.has(name) && headers.get(name) === answered?.headers.get(name),
  );
