import type { Context } from '../engine/context.ts';
import {
  type Explained,
  type InRedis,
  lookPastL1,
  type NextRead,
  nextSwitched,
  seenOf,
  type WouldFetch,
} from '../engine/explain.ts';
import { addCalls, observing } from '../engine/observe.ts';
import { type ForwardCause, forwarded, problemOf, ttlLeftMsOf } from '../engine/served.ts';
import { isAmbiguous } from '../http/deception.ts';
import { mayBeStale } from '../http/freshness.ts';
import { isBelow, withoutPrefix } from '../http/prefix.ts';
import { Problem } from '../http/problem.ts';
import { conditionsFor } from '../http/validation.ts';
import { switchedFor } from '../rollout/switched.ts';
import { decodePart } from '../strategy/encode.ts';
import { statusForHttp } from './answer.ts';
import { showMemory } from './memory.ts';
import { isOfUse } from './miss.ts';
import type { HttpRoute } from './options.ts';
import { type FoundHttp, type HttpRead, hitOf, outcomeOf, type Requested } from './outcome.ts';
import { wantsPart } from './parts.ts';
import { onlyIfCached } from './pass-through.ts';
import { clientRequestOf } from './request.ts';
import { isPurged, maySee } from './reuse.ts';
import { causeBefore, isForItAlone, stepOf } from './serve.ts';
import { partStep } from './serve-part.ts';
import { ageMsOf, storedOf } from './stored.ts';
import { isUnstorable } from './unstorable.ts';
import { type HttpSubject, type Selected, select } from './variants.ts';

/** Why this request would be answered as it would be, by the steps that it takes: what it rules out, look-up, judgement. */
export async function explainHttp(context: Context, route: HttpRoute, raw: Request): Promise<Explained> {
  const watching = observing(context, null);
  showMemory(watching.isolate, context.isolate);
  const request = clientRequestOf(raw, route);
  const className = route.cls.name;
  if (!isBelow(request.target, route.stripPrefix)) {
    const error = new Problem('not-found', { why: `the path does not begin with ${route.stripPrefix}` });
    const next = { className, error };
    return { className, next, status: error.status, seen: null, wouldFetch: null, remarks: [] };
  }
  const requested = { context: watching, route, request };
  const selected = await select(watching, route, request, wantsPart(request));
  const shown = await shownOf(requested, selected);
  const { afterwards, found } = shown;
  const switched = switchedFor(watching.isolate.flags, route.cls, null, request.target);
  const next = nextSwitched(switched) ?? shown.next;
  addCalls(context, watching);
  const error = next.is === 'problem' ? problemOf(next) : undefined;
  return {
    className,
    next: { className, outcome: next.outcome, ...(error && { error }) },
    status:
      error?.status ??
      (next.is === 'entry' ? statusForHttp(request, next.entry, watching.isolate.clock.now()) : null),
    seen: seenOf(watching, found, shown.redis, ageMsOf, afterwards.outcome),
    switched,
    ...(next !== shown.next && { byCache: shown.next.outcome }),
    access: sharingOf(requested, found),
    wouldFetch: httpFetchOf(requested, found),
    remarks: [...remarksOn(requested, selected)],
  };
}

/** Why what stands under this full key would be served as it would be; null: it is no key that this route has now. */
export async function explainHttpKey(
  context: Context,
  route: HttpRoute,
  fullKey: string,
): Promise<Explained | null> {
  const request = requestOfKey(route, fullKey.slice(context.isolate.names.prefix.length));
  const explained = request && (await explainHttp(context, route, request));
  return explained?.seen?.key === fullKey ? explained : null;
}

/** A request that would select it. */
function requestOfKey({ cls, stripPrefix }: HttpRoute, key: string): Request | null {
  const [start, ...pieces] = key.split(/:(?=%2F)/);
  const whole = pieces.slice(stripPrefix === '' ? 0 : 1).join(':');
  const [target = '', variant = ''] = whole.split(':@vary:');
  const headers = new Headers();
  const [pairs = '', part] = variant.split(/:?@part$/);
  const parts = pairs === '' ? [] : pairs.split(':');
  if (!start?.startsWith(`${cls.name}:`) || parts.length % 2 === 1) return null;
  try {
    for (let i = 0; i < parts.length; i += 2)
      if (parts[i + 1] !== '@none') headers.set(decodePart(parts[i]!), decodePart(parts[i + 1]!));
    const isPart = part !== undefined || target.endsWith(':@part');
    if (isPart) headers.set('Range', 'bytes=0-0');
    return new Request(`http://host${decodePart(target.replace(/:@part$/, ''))}`, { headers });
  } catch {
    return null;
  }
}

interface Shown {
  readonly next: NextRead;
  /** Without this isolate's memory. */
  readonly afterwards: NextRead;
  readonly found: FoundHttp;
  readonly redis: InRedis<HttpSubject>;
}

async function shownOf(requested: Requested, selected: Selected): Promise<Shown> {
  const { context } = requested;
  const early = causeBefore(requested);
  const ofPart = selected.part && stepOf(requested, selected).is === 'part' ? selected.part : undefined;
  const found = ofPart ?? selected.found;
  const redis = await lookPastL1(context, found.subject);
  const nextBy = (by: Selected): NextRead => (early ? fetched(early) : nextHttpOf(requested, by, redis));
  const inRedis = ofPart ? { ...selected, part: redis.found } : { ...selected, found: redis.found };
  const next = nextBy(selected);
  // Where another has filled it since, that is what is served.
  const shown = next.is === 'entry' && next.entry === redis.found.entry ? redis.found : found;
  return { next, afterwards: nextBy(inRedis), found: shown, redis };
}

function nextHttpOf(requested: Requested, selected: Selected, redis: InRedis<HttpSubject>): NextRead {
  const step = stepOf(requested, selected);
  if (step.is === 'entry') return step;
  if (step.is === 'unknown') return fetched(step.read.cause);
  const ofPart = step.is === 'part' ? partStep(step.read, step.part) : step;
  if (ofPart.is === 'entry') return ofPart;
  return nextOfMiss(ofPart.read, redis, ofPart.is === 'part');
}

function nextOfMiss(
  read: HttpRead,
  { found: inRedis, lock }: InRedis<HttpSubject>,
  isPart: boolean,
): NextRead {
  const { context, request, cause } = read;
  if (request.directives.onlyIfCached) return onlyIfCached(cause);
  if (isPart ? isUnstorable(read, true) : isForItAlone(read)) return fetched(cause);
  const filled = inRedis.is === 'fresh' && inRedis.entry.fillToken !== read.found.entry?.fillToken;
  if (!isPart && filled && isOfUse(read, inRedis.entry))
    return hitOf(request, 'l2', inRedis.entry, ttlLeftMsOf(inRedis.entry, context.isolate.clock.now()));
  if (lock.state === 'failed' && request.anonymous)
    return outcomeOf({ ...read, cause: { ...cause, collapsed: true } }, lock.failure!);
  // Who comes while another fetches it waits for that, unless nobody can be expected to use its answer.
  const waits = lock.state === 'held' && !isPart && request.anonymous && !isUnstorable(read);
  return fetched({ ...cause, collapsed: waits });
}

const fetched = (cause: ForwardCause): NextRead => ({ is: 'fetch', outcome: forwarded(cause) });

function sharingOf({ request }: Requested, { entry }: FoundHttp): Explained['access'] & object {
  if (!entry || maySee(request, entry)) return { rule: 'public', mayRead: true };
  const why = request.anonymous
    ? 'what is stored is for other request headers'
    : 'it has credentials, and what is stored is not marked as for all';
  return { rule: 'public', mayRead: false, why };
}

function httpFetchOf({ route, request }: Requested, found: FoundHttp): WouldFetch {
  const path = withoutPrefix(request.target, route.stripPrefix);
  const isHeld = found.entry && !isPurged(found) && maySee(request, found.entry);
  const conditional = isHeld && conditionsFor(storedOf(found.entry).fields, []).length > 0;
  return { by: 'origin', method: 'GET', path, ...(conditional && { conditional: true }) };
}

function* remarksOn(requested: Requested, { found, rule }: Selected): Generator<string> {
  const { context, route, request } = requested;
  if (rule.length > 0) yield `variants of this URL are told apart by ${rule.join(', ')}`;
  if (isUnstorable(requested))
    yield `what such a request was answered less than ${context.isolate.bounds.unstorableMs / 1000} s ago could not be stored`;
  if (!request.anonymous && isAmbiguous(request.target))
    yield 'the path can be read in two ways: with credentials its answer is not stored';
  if (request.isIgnored) yield `the client's Cache-Control is ignored on this route`;
  if (route.inputs === 'keyed') yield 'the origin is shown only those request headers that it names in Vary';
  if (!found.entry || isPurged(found)) return;
  const { rules } = storedOf(found.entry);
  if (mayBeStale(rules) && !rules.directives.has('stale-if-error'))
    yield `while the origin cannot be reached it may be served for ${context.isolate.bounds.disconnectedMs / 60_000} min after its time`;
}
