import type { Handler } from 'hono';
import { readBody } from '../engine/client-body.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import type { Served } from '../engine/served.ts';
import { headersOfWrite } from '../http/headers.ts';
import type { HeaderList } from '../http/message.ts';
import { Problem } from '../http/problem.ts';
import type { Identity } from '../identity/identity.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { answerClass, conditionOf } from './answer.ts';
import { type Emitted, emitEvent } from './emit.ts';
import type { HandlerContext } from './handler-context.ts';
import type { Load } from './load.ts';
import { answerOwn } from './own-answer.ts';
import { invalidParam, type ParamSource, type ParamSources, paramsOf, parseParams } from './params.ts';
import { admitted, readClass, readValue } from './read.ts';
import { noteOwn, noteRead } from './read-so-far.ts';
import { problemOfValue } from './serve-value.ts';
import { NO_VALUE } from './value.ts';
import { write } from './write.ts';
import { eventOfWrite, type WriteEvent } from './write-event.ts';

export interface CachedOptions<P extends Params, V> {
  /** One source for each parameter of the class; a query parameter that is not named here is refused. */
  readonly params: ParamSources<P>;
  /** For a cache-aside class: fetches the value. */
  readonly load?: Load<P, V>;
}

/** What a route was made of: its handler carries it, so that whoever adds the route, or lists them all, knows it. */
export interface ClassRoute {
  readonly is: 'cached' | 'written';
  readonly cls: DataClass;
  readonly sources: Readonly<Record<string, ParamSource>>;
  /** What a write comes to. */
  readonly events: readonly WriteEvent[];
}

export interface WrittenOptions<P extends Params> extends Pick<CachedOptions<P, unknown>, 'params'> {
  /**
   * Events of the strategy that the write comes to: what they purge goes in the same step as the class's own tags. Their payload is
   * made of the class's parameters, by name, or by a function of one's own. Default none.
   */
  readonly events?: readonly WriteEvent<P>[];
}

export type ClassHandler = Handler<EdgeEnv> & { readonly classRoute: ClassRoute };

/** A route that answers GET and HEAD from a data class. */
export function cached<P extends Params, V>(
  cls: DataClass<P, V>,
  { params: sources, load }: CachedOptions<P, V>,
): ClassHandler {
  mustFit('cached', cls, load);
  const serveCached: Handler<EdgeEnv> = async (c) => {
    const request = c.req.raw;
    const edge = await identified(c, cls);
    const condition = conditionOf(request);
    const reading = readClass(edge, cls, paramsOf(c, cls, sources, edge.identity), load);
    const served = noted(edge, reading instanceof Promise ? await reading : reading);
    return answerClass(edge, request, condition, cls, served);
  };
  return Object.assign(serveCached, { classRoute: { is: 'cached', cls, sources, events: [] } as const });
}

/** A route that sends a write to the class's origin and purges what it changed before its answer leaves. */
export function written<P extends Params, V>(
  cls: DataClass<P, V>,
  { params: sources, events = [] }: WrittenOptions<P>,
): ClassHandler {
  if (cls.writeThrough === undefined)
    throw new TypeError(`written(${cls.name}): the class has no writeThrough; set it to 'purge' or 'store'`);
  const serveWritten: Handler<EdgeEnv> = async (c) => {
    const request = c.req.raw;
    const edge = await identified(c, cls);
    const params = paramsOf(c, cls, sources, edge.identity);
    const { subject } = await admitted(edge, cls, params);
    const told = await Promise.all(events.map((event) => eventOfWrite(edge, event, params, sources)));
    const { requestBodyBytes, uploadMs } = edge.isolate.bounds;
    const bytes = await readBody(edge, request, requestBodyBytes, uploadMs);
    const body = bytes.length > 0 ? bytes : null;
    const sent = { method: request.method, headers: headersToSend(request), body, events: told };
    const served = noted(edge, await write(edge, subject, sent));
    return answerClass(edge, request, [], cls, served);
  };
  return Object.assign(serveWritten, { classRoute: { is: 'written', cls, sources, events } as const });
}

function headersToSend({ headers }: Request): HeaderList {
  const sent = headersOfWrite(headers);
  if (!('malformed' in sent)) return sent;
  throw invalidParam(
    sent.malformed,
    'must be * or a list of entity tags in double quotes, such as "abc", W/"def"',
  );
}

/** The cache for handlers of one's own. Values come as the class describes them; access is decided before each. */
export function cacheOf(c: HandlerContext) {
  const value = async <P extends Params, V>(
    cls: DataClass<P, V>,
    params: P,
    load?: Load<P, V>,
  ): Promise<V> => {
    mustFit('cacheOf', cls, load);
    if (edgeRequestOf(c).strategy.classes.get(cls.name) !== cls)
      throw new TypeError(`cacheOf(${cls.name}): the class is not in defineStrategy; add it to its classes`);
    if (cls.scope !== 'public') noteOwn(edgeRequestOf(c));
    const edge = await identified(c, cls);
    const parsed = parseParams(cls, params, {}, edge.identity);
    const { served, value: had } = await readValue(edge, cls, parsed, load);
    noted(edge, served);
    noteRead(edge, cls, served);
    if (had === NO_VALUE) noteOwn(edge);
    if (served.is === 'problem') throw problemOfValue(cls, served);
    if (served.is === 'passing' && served.status !== 200) throw refusedByOrigin(cls.name, served.status);
    if (had === NO_VALUE) throw new Problem('origin-failed', { why: `${cls.name} gave no value` });
    return had as V;
  };
  return {
    /** A read-through class. */
    read: <P extends Params, V>(cls: DataClass<P, V>, params: P): Promise<V> => value(cls, params),
    /** A cache-aside class: `load` runs only on a miss. There is no bare `set`, because storing needs the lease. */
    wrap: <P extends Params, V>(cls: DataClass<P, V>, params: P, load: Load<P, V>): Promise<V> =>
      value(cls, params, load),
    /**
     * Tells an event of the strategy, whose purge is taken on as a webhook's is: final when this resolves, and applied too unless Redis failed, so that what
     * this isolate and strict classes read next is no older. The tenant is that of the
     * verified identity unless it is said; an event of public data or of everyone has none. `purge_id` is null where the payload's
     * lists are empty, so that there is nothing to purge.
     */
    emit: async (event: string, told: Emitted = {}): Promise<{ readonly purge_id: string | null }> => ({
      purge_id: await emitEvent(edgeRequestOf(c), event, told),
    }),
    /** Who asks, as verified; null without credentials. Throws a `Problem` of 401 for credentials that prove nothing. */
    identity: async (): Promise<Identity | null> => {
      const edge = edgeRequestOf(c);
      noteOwn(edge);
      return edge.identify();
    },
    /**
     * The handler's answer from values that it has read: as a cached route would give it, with `ETag`, 304 and `Cache-Status`, which
     * is that of the worst read. `Cache-Control` is `private, no-cache`, unless all that this request has read is public, nobody has asked
     * who it is, it came without credentials (a cookie is one) and the answer sets no cookie: then the strictest of the classes'. With a
     * status other than 200 (`c.status(201)`), or of another method than GET, it is `no-store`, without `ETag`. One that `c.header` has
     * set stands.
     */
    json: (value: unknown): Promise<Response> => answerOwn(c, value),
  };
}

/** A class is read in the one way that it declares. */
function mustFit(by: string, { name, read }: DataClass, load: Load | undefined): void {
  if ((read === 'cache-aside') === (load !== undefined)) return;
  const mend =
    read === 'cache-aside' ? 'give it a load function' : 'its origin is in the class; leave load out';
  throw new TypeError(`${by}(${name}): the class is ${read}; ${mend}`);
}

/** The origin's own refusal, for a handler that needs the value. */
function refusedByOrigin(name: string, status: number): Problem {
  const code = status === 404 ? 'not-found' : status === 403 ? 'forbidden' : 'origin-failed';
  return new Problem(code, { status, why: `${name}: the origin answered ${status}` });
}

/** Verifies who asks, unless the class is public: then a credential is not even looked at. */
async function identified(c: Pick<HandlerContext, 'executionCtx'>, cls: DataClass): Promise<EdgeRequest> {
  const edge = edgeRequestOf(c);
  edge.className = cls.name;
  edge.passHeaders = cls.passHeaders;
  if (cls.scope === 'public') return edge;
  const identity = edge.identify();
  if (identity instanceof Promise) await identity;
  return edge;
}

function noted(edge: EdgeRequest, served: Served): Served {
  edge.outcome = served.is === 'entry' ? { ...served.outcome, key: served.entry.fullKey } : served.outcome;
  return served;
}
