import { type Context, Hono } from 'hono';
import type { Isolate } from '../cache/asking.ts';
import { newNotes } from '../cache/asking.ts';
import type { EdgeEnv, EdgeRequest } from '../cache/route.ts';
import { cacheStatusHeader } from '../http/cache-status.ts';
import { corsHeaders, isPreflight } from '../http/cors.ts';
import { Problem, problemResponse } from '../http/problem.ts';
import { serverTiming } from '../http/server-timing.ts';
import type { Identify } from '../identity/resolve.ts';
import type { Strategy } from '../strategy/define.ts';
import { consoleLog, type Log } from '../telemetry/log.ts';
import { outcomeFields } from '../telemetry/outcome.ts';
import { Background } from './background.ts';
import { createIsolate, identifierOf, type Platform, realPlatform } from './isolate.ts';
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
      return {
        settings,
        isolate: createIsolate(settings, platform),
        identify: identifierOf(settings, strategy, platform),
      };
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      // Once for each isolate: every request of it fails alike.
      log({ event: 'settings', level: 'error', faults: error.faults });
      return error;
    }
  }

  const app = new Hono<EdgeEnv>();

  app.use(async (c, next) => {
    const { settings, isolate, identify } = ready(c.env);
    const request = c.req.raw;
    const fromMs = isolate.clock.now();
    const id = crypto.randomUUID();
    const notes = newNotes();
    const background = new Background(
      (work) => c.executionCtx.waitUntil(work),
      notes,
      (late) =>
        log({
          event: 'background',
          level: 'warn',
          request_id: id,
          class: c.get('edge').cls?.name,
          notes: late,
        }),
    );
    const edgeRequest: EdgeRequest = {
      id,
      isolate,
      notes,
      deadlineMs: fromMs + isolate.bounds.requestMs,
      waitUntil: background.waitUntil,
      identify: () => identify(request, c.executionCtx),
    };
    c.set('edge', edgeRequest);
    const refused = unreadable(request, isolate.bounds);
    if (refused) c.res = problemOf(refused, edgeRequest);
    else if (settings.CORS_ORIGINS.length > 0 && isPreflight(request))
      c.res = new Response(null, { status: 204 });
    else await next();
    finish(c, edgeRequest, settings, isolate.clock.now() - fromMs);
    background.lineWritten();
  });

  app.get('/-/health', (c) => c.json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }));

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

  /** What every answer carries, and its log line. */
  function finish(c: Context<EdgeEnv>, edgeRequest: EdgeRequest, settings: Settings, totalMs: number): void {
    const { error } = c;
    const { headers, status } = changeable(c);
    // Platforms store a 200 that says nothing, and a handler's own may be of one tenant.
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
    const { notes, outcome, cls, identity, id } = edgeRequest;
    if (outcome) headers.set('Cache-Status', cacheStatusHeader(outcome, { showKey: settings.development }));
    else if (cls)
      headers.set('Cache-Status', `Stillfresh; detail=${error instanceof Problem ? error.code : 'refused'}`);
    const timing = serverTiming({
      redis: notes.redisRequests > 0 ? notes.redisMs : undefined,
      origin: notes.originRequests > 0 ? notes.originMs : undefined,
      total: totalMs,
    });
    if (timing !== null) headers.set('Server-Timing', timing);
    for (const [name, value] of corsHeaders(settings.CORS_ORIGINS, c.req.raw)) headers.append(name, value);
    const bad = status >= 500;
    if (settings.LOG === 'problems' && !bad && notes.events.size === 0) return;
    log({
      event: 'request',
      level: bad ? 'error' : notes.events.size > 0 ? 'warn' : 'info',
      request_id: id,
      method: c.req.method,
      path: c.req.path.slice(0, 256),
      status,
      class: cls?.name,
      tenant: identity?.tenant,
      ...(outcome && outcomeFields(outcome)),
      redis_requests: notes.redisRequests,
      redis_ms: notes.redisMs,
      origin_requests: notes.originRequests,
      origin_ms: notes.originMs,
      total_ms: totalMs,
      notes: notes.events.size > 0 ? [...notes.events] : undefined,
      problem: error instanceof Problem ? error.code : error && 'internal',
      why: error && (error instanceof Problem ? error.options.why : (error.stack ?? error.message)),
    });
  }

  return Object.assign(app, { ready, log });
}

/** A handler may answer with what it fetched, whose headers cannot be changed: then with a copy. */
function changeable(c: Context<EdgeEnv>): Response {
  try {
    c.res.headers.delete('Server-Timing');
  } catch {
    const given = c.res;
    c.res = undefined; // else Hono merges the two
    c.res = new Response(given.body, given);
  }
  return c.res;
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

function unreadable(
  request: Request,
  { urlBytes, headerBytes }: { urlBytes: number; headerBytes: number },
): Problem | null {
  // RFC 9112 §3.2: the URL is made from Host, and workerd hands on one that is none.
  if (!URL.canParse(request.url))
    return new Problem('invalid-request', { errors: [{ field: 'Host', detail: 'is not a host' }] });
  if (request.url.length > urlBytes)
    return new Problem('uri-too-long', { detail: `Keep the URL below ${urlBytes} bytes` });
  let bytes = 0;
  for (const [name, value] of request.headers) bytes += name.length + value.length + 4;
  return bytes > headerBytes
    ? new Problem('headers-too-large', { detail: `Keep all headers together below ${headerBytes} bytes` })
    : null;
}
