import { Hono } from 'hono';
import { purges } from '../admin/purges.ts';
import type { EdgeEnv, EdgeRequest } from '../classes/route.ts';
import type { Isolate } from '../engine/context.ts';
import { newNotes } from '../engine/context.ts';
import { isPreflight } from '../http/cors.ts';
import { Problem, problemResponse } from '../http/problem.ts';
import type { Identify } from '../identity/resolve.ts';
import { deliveries } from '../invalidation/deliveries.ts';
import type { Strategy } from '../strategy/define.ts';
import { consoleLog, type Log } from '../telemetry/log.ts';
import { Background } from './deferred-notes.ts';
import { createIsolate, identifierOf, type Platform, realPlatform } from './isolate.ts';
import { levelOf, requestLine } from './log-line.ts';
import { createReadableCheck } from './request-limits.ts';
import { carry, fieldsOfEvery } from './response-headers.ts';
import { type Env, parseSettings, type Settings, SettingsError } from './settings.ts';

export interface EdgeOptions extends Partial<Platform> {
  /** Where log lines go. Default: the console, which `wrangler tail` and Workers Logs show. */
  readonly log?: Log;
}

/** Everything that one isolate makes from its settings, at the first request. */
interface Ready {
  readonly settings: Settings;
  readonly isolate: Isolate;
  readonly identify: Identify;
}

/** The Worker around a strategy: routes are added to it, and every answer passes its one middleware. */
export interface Edge extends Hono<EdgeEnv> {
  /** For jobs: what requests have, without a request. Throws `SettingsError`. */
  readonly ready: (env: Env) => Ready;
  readonly log: Log;
}

export function edge(strategy: Strategy, options: EdgeOptions = {}): Edge {
  const platform = { ...realPlatform, ...options };
  const log = options.log ?? consoleLog;
  let made: Ready | SettingsError | undefined;

  function ready(env: Env): Ready {
    made ??= make(env);
    if (made instanceof SettingsError) throw made;
    return made;
  }

  function make(env: Env): Ready | SettingsError {
    try {
      const settings = parseSettings(env);
      const isolate = createIsolate(settings, platform);
      mustSettle(strategy, isolate);
      return {
        settings,
        isolate,
        identify: identifierOf(settings, strategy, platform),
      };
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      // Once for each isolate: every request of it fails alike.
      log({ event: 'settings', level: 'error', faults: error.faults });
      return error;
    }
  }

  const unreadable = createReadableCheck(platform.bounds);
  const app = new Hono<EdgeEnv>();

  app.use(async (c, next) => {
    const { settings, isolate, identify } = ready(c.env);
    const request = c.req.raw;
    const fromMs = isolate.clock.now();
    let id: string | undefined;
    let carried = false;
    const notes = newNotes();
    const background = new Background(
      (work) => c.executionCtx.waitUntil(work),
      notes,
      (late) =>
        log({
          event: 'background',
          level: levelOf(late),
          request_id: edgeRequest.id,
          class: edgeRequest.cls?.name,
          purge_id: edgeRequest.about?.['purge_id'],
          notes: late,
        }),
    );
    const edgeRequest: EdgeRequest = {
      // Most requests show it nowhere.
      get id() {
        id ??= crypto.randomUUID();
        return id;
      },
      isolate,
      notes,
      deadlineMs: fromMs + isolate.bounds.requestMs,
      waitUntil: background.waitUntil,
      again: (other) => app.fetch(other, c.env, c.executionCtx),
      identify: () => identify(request, c.executionCtx),
      secretsOf: (source) => settings.hookSecrets.get(source) ?? [],
      carry: () => {
        carried = true;
        return fieldsOfEvery(request, settings, edgeRequest, isolate.clock.now() - fromMs);
      },
    };
    c.set('edge', edgeRequest);
    const refused = unreadable(request);
    if (refused) c.res = problemOf(refused, edgeRequest);
    else if (settings.CORS_ORIGINS.length > 0 && isPreflight(request))
      c.res = new Response(null, { status: 204 });
    else await next();
    const totalMs = isolate.clock.now() - fromMs;
    if (!carried || c.res !== edgeRequest.answered)
      carry(c, fieldsOfEvery(request, settings, edgeRequest, totalMs, c.error));
    const line = requestLine(c, edgeRequest, totalMs, settings.LOG);
    if (line) log(line);
    background.lineWritten();
  });

  app.get('/-/health', (c) => c.json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }));

  app.route('/-', deliveries());
  app.route(
    '/-',
    purges(strategy, (c) => ready(c.env).settings.adminTokens),
  );

  // A route for every path must not answer these.
  app.all('/-/*', (c) => c.notFound());

  app.notFound((c) => {
    const allowed = methodsOf(app, c.req.path);
    const problem =
      allowed.length === 0
        ? new Problem('not-found')
        : new Problem('method-not-allowed', { headers: { Allow: allowed.join(', ') } });
    return problemOf(problem, c.get('edge'));
  });

  app.onError((error, c) => {
    const edgeRequest: EdgeRequest | undefined = c.get('edge');
    if (error instanceof SettingsError)
      return problemOf(new Problem('misconfigured', { why: 'settings' }), undefined);
    return problemOf(
      error instanceof Problem ? error : new Problem('internal', { why: String(error) }),
      edgeRequest,
    );
  });

  return Object.assign(app, { ready, log });
}

/** A purge that is due later needs somebody to keep it until then. */
function mustSettle({ settleMs, classes }: Strategy, { queue }: Isolate): void {
  if (settleMs === 0 || queue) return;
  const named = [...classes.values()].filter((cls) => cls.settleMs > 0).map(({ name }) => name);
  const says = `is missing, and the settle of ${named.join(', ')} needs QStash; set it with 'wrangler secret put QSTASH_TOKEN'`;
  throw new SettingsError([{ setting: 'QSTASH_TOKEN', says }]);
}

function problemOf(problem: Problem, edgeRequest: EdgeRequest | undefined): Response {
  return problemResponse(problem, edgeRequest?.id ?? crypto.randomUUID());
}

/** RFC 9110 §15.5.6: what this path does take; empty for a path without a route. */
function methodsOf({ router }: Hono<EdgeEnv>, path: string): string[] {
  const takes = (method: string) =>
    router.match(method, path)[0].some(([[, route]]) => route.method === method);
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
    .filter(takes)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}
