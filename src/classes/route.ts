import type { Context, Handler } from 'hono';
import type * as z from 'zod';
import { collect } from '../engine/body.ts';
import type { Context as EngineContext, Isolate, Notes } from '../engine/context.ts';
import type { Served } from '../engine/served.ts';
import type { Load } from '../engine/subject.ts';
import { type HeaderList, headersOfWrite } from '../http/headers.ts';
import { Problem } from '../http/problem.ts';
import type { Identity } from '../identity/identity.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import { PathRefused } from '../strategy/origin-path.ts';
import type { Outcome } from '../telemetry/outcome.ts';
import { answer, conditionOf, type Fields, problemOf } from './answer.ts';
import { admitted, read, valueServed } from './read.ts';
import { NO_VALUE } from './value.ts';
import { write } from './write.ts';

/** One request's state; it lives in Hono's context, never at module scope. */
export interface EdgeRequest {
  readonly id: string;
  readonly isolate: Isolate;
  readonly notes: Notes;
  readonly deadlineMs: number;
  readonly waitUntil: EngineContext['waitUntil'];
  /** Null without credentials; throws a `Problem` for bad ones. */
  readonly identify: () => Identity | null | Promise<Identity | null>;
  /** Filled in on the way, for the log and `Cache-Status`. */
  identity?: Identity | null;
  cls?: DataClass;
  outcome?: Outcome;
  /** Routes another request in place of this one, as if it had come itself. */
  readonly again: (request: Request) => Response | Promise<Response>;
  /** Further fields of the log line: a purge's id, who asked for it. */
  about?: Readonly<Record<string, string | number | undefined>>;
  /** Of a webhook's source: the values of `HOOK_SECRET_<SOURCE>`, none where it is not set. */
  readonly secretsOf: (source: string) => readonly string[];
  /** Headers of every answer, for whoever makes `answered` with them in it: setting them afterwards costs more. */
  readonly carry: () => Fields;
  answered?: Response;
}

export interface EdgeEnv {
  Bindings: Readonly<Record<string, unknown>>;
  Variables: { edge: EdgeRequest };
}

/** Where a parameter's raw value stands in the request. */
export interface ParamSource {
  readonly from: 'path' | 'query';
  readonly name: string;
}

/** `:name` in the route. */
export const path = (name: string): ParamSource => ({ from: 'path', name });
/** `?name=` in the URL; given twice is refused. */
export const query = (name: string): ParamSource => ({ from: 'query', name });

export type ParamSources<P extends Params> = { readonly [name in keyof P & string]: ParamSource };

export interface CachedOptions<P extends Params, V> {
  /** One source for each parameter of the class; a query parameter that is not named here is refused. */
  readonly params: ParamSources<P>;
  /** For a cache-aside class: fetches the value. */
  readonly load?: Load<P, V>;
}

/** A route that answers GET and HEAD from a data class. */
export function cached<P extends Params, V>(
  cls: DataClass<P, V>,
  { params: sources, load }: CachedOptions<P, V>,
): Handler<EdgeEnv> {
  const any = cls as unknown as DataClass;
  mustFit('cached', any, load);
  return async function serveCached(c) {
    const request = c.req.raw;
    const context = await ask(c, any);
    const condition = conditionOf(request);
    const reading = read(context, any, paramsOf(c, context, any, sources), load);
    const served = note(c, reading instanceof Promise ? await reading : reading);
    return answered(c, answer(request, condition, any, served, context.isolate, c.get('edge').carry));
  };
}

/** A route that sends a write to the class's origin and purges what it changed before its answer leaves. */
export function written<P extends Params, V>(
  cls: DataClass<P, V>,
  { params: sources }: Pick<CachedOptions<P, V>, 'params'>,
): Handler<EdgeEnv> {
  const any = cls as unknown as DataClass;
  if (cls.writeThrough === undefined)
    throw new TypeError(`written(${cls.name}): the class has no writeThrough; set it to 'purge' or 'store'`);
  return async function serveWritten(c) {
    const request = c.req.raw;
    const context = await ask(c, any);
    const { subject } = await admitted(context, any, paramsOf(c, context, any, sources));
    const body = await collect(
      { body: request.body, length: undefined },
      context.isolate.bounds.requestBodyBytes,
    );
    if (body === 'too-large')
      throw new Problem('content-too-large', {
        detail: `Keep the body below ${context.isolate.bounds.requestBodyBytes} bytes`,
      });
    if (body === 'truncated') throw new Problem('invalid-request', { detail: 'The body broke off' });
    const sent = {
      method: request.method,
      headers: headersToSend(request),
      body: body.length > 0 ? body : null,
    };
    const served = note(c, await write(context, subject, sent));
    return answered(c, answer(request, [], any, served, context.isolate, c.get('edge').carry));
  };
}

function headersToSend({ headers }: Request): HeaderList {
  const sent = headersOfWrite(headers);
  if (!('malformed' in sent)) return sent;
  throw invalid(
    sent.malformed,
    'must be * or a list of entity tags in double quotes, such as "abc", W/"def"',
  );
}

/** The cache for handlers of one's own. Values come as the class describes them; access is asked before each. */
export function cacheOf(c: Context<EdgeEnv>) {
  const value = async <P extends Params, V>(
    cls: DataClass<P, V>,
    params: P,
    load?: Load<P, V>,
  ): Promise<V> => {
    const any = cls as unknown as DataClass;
    mustFit('cacheOf', any, load);
    const context = await ask(c, any);
    const parsed = parse(context, any, params, {});
    const served = note(c, await read(context, any, parsed, load));
    if (served.is === 'problem') throw problemOf(served);
    if (served.is === 'passing' && served.status !== 200) throw refusedByOrigin(cls.name, served.status);
    const had = await valueServed(any, served);
    if (had === NO_VALUE) throw new Problem('origin-failed', { why: `${cls.name} gave no value` });
    return had as V;
  };
  return {
    /** A read-through class. */
    read: <P extends Params, V>(cls: DataClass<P, V>, params: P): Promise<V> => value(cls, params),
    /** A cache-aside class: `load` runs only on a miss. There is no bare `set`, because storing needs the lease. */
    wrap: <P extends Params, V>(cls: DataClass<P, V>, params: P, load: Load<P, V>): Promise<V> =>
      value(cls, params, load),
  };
}

/** A class is read in the one way that it declares. */
function mustFit(by: string, { name, read }: DataClass, load: Load | undefined): void {
  if ((read === 'cache-aside') === (load !== undefined)) return;
  const mend =
    read === 'cache-aside' ? 'give it a load function' : 'its origin is in the class; leave load out';
  throw new TypeError(`${by}(${name}): the class is ${read}; ${mend}`);
}

/** The origin's own refusal, for a handler that asked for the value. */
function refusedByOrigin(name: string, status: number): Problem {
  const code = status === 404 ? 'not-found' : status === 403 ? 'forbidden' : 'origin-failed';
  return new Problem(code, { status, why: `${name}: the origin answered ${status}` });
}

/** For work that is nobody's read: a webhook, a delivery. */
export function contextFor(c: Context<EdgeEnv>): EngineContext {
  const { isolate, notes, deadlineMs, waitUntil } = c.get('edge');
  return { isolate, notes, deadlineMs, waitUntil, identity: null };
}

async function ask(c: Context<EdgeEnv>, cls: DataClass): Promise<EngineContext> {
  const edge = c.get('edge');
  edge.cls = cls;
  // Public data need no identity, so a credential is not even looked at.
  if (edge.identity === undefined && cls.scope !== 'public') {
    const identity = edge.identify();
    edge.identity = identity instanceof Promise ? await identity : identity;
  }
  const { isolate, notes, deadlineMs, waitUntil, identity = null } = edge;
  return { isolate, notes, deadlineMs, waitUntil, identity };
}

async function answered(c: Context<EdgeEnv>, response: Response | Promise<Response>): Promise<Response> {
  const edge = c.get('edge');
  edge.answered = response instanceof Promise ? await response : response;
  return edge.answered;
}

function note(c: Context<EdgeEnv>, served: Served): Served {
  const key = served.is === 'entry' ? { key: served.entry.key } : {};
  c.get('edge').outcome = { ...served.outcome, ...key };
  return served;
}

function paramsOf<P extends Params>(
  c: Context<EdgeEnv>,
  context: EngineContext,
  cls: DataClass,
  sources: ParamSources<P>,
): Params {
  const raw: Record<string, string | undefined> = {};
  const given = c.req.url.includes('?') ? c.req.queries() : {};
  const known = new Set<string>();
  for (const [param, { from, name }] of Object.entries(sources)) {
    if (from === 'query') known.add(name);
    const values = from === 'path' ? [c.req.param(name)] : (given[name] ?? []);
    if (values.length > 1) throw invalid(name, 'is given more than once');
    if (values[0] !== undefined) raw[param] = values[0];
  }
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) throw invalid(unknown.slice(0, 64), 'there is no such parameter');
  return parse(context, cls, raw, sources);
}

/** Issues name the field as the client knows it. */
function parse(
  { identity }: EngineContext,
  cls: DataClass,
  raw: Params,
  sources: Partial<Record<string, ParamSource>>,
): Params {
  const parsed = cls.params.safeParse(raw);
  if (parsed.success) {
    const refused = pathRefusal(cls, parsed.data, identity);
    if (refused) throw invalid(sources[refused.param]?.name ?? refused.param, refused.why);
    return parsed.data;
  }
  const errors = parsed.error.issues.map(({ path: [param], message }: z.core.$ZodIssue) => {
    const field = String(param ?? '');
    return {
      field: sources[field]?.name ?? field,
      detail: raw[field] === undefined ? 'is missing' : message,
    };
  });
  throw new Problem('invalid-request', { errors });
}

/** A value that would lead elsewhere at the origin is the caller's fault, and seen before anything is asked. */
function pathRefusal(cls: DataClass, params: Params, identity: Identity | null): PathRefused | null {
  if (cls.definition.origin === undefined) return null;
  try {
    cls.originPath(params, identity ?? NOBODY);
    return null;
  } catch (error) {
    if (error instanceof PathRefused) return error;
    throw error;
  }
}

/** Stands in a path that is never sent. */
const NOBODY = { tenant: '-', user: '-' };

const invalid = (field: string, detail: string) =>
  new Problem('invalid-request', { errors: [{ field, detail }] });
