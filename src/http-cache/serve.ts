import { discard } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { refresh } from '../engine/refresh.ts';
import { type ForwardCause, forwarded, type Served, servedNothing, ttlLeftMsOf } from '../engine/served.ts';
import { share } from '../engine/share.ts';
import { coverableErrors } from '../http/freshness.ts';
import { isForOrigin, saysWhatItHas } from '../http/preconditions.ts';
import type { Entry } from '../store/wire.ts';
import { fetchHttp, type HttpBegun, type HttpEnd } from './fetch.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import {
  coverOf,
  type FoundHttp,
  type HttpRead,
  hitOf,
  outcomeOf,
  passedOn,
  type Requested,
} from './outcome.ts';
import { partFetch, sliceOf, wantsPart } from './parts.ts';
import { readOrigin } from './read-origin.ts';
import { type ClientRequest, headersOfRead, requestForAll } from './request.ts';
import { coverFor, isWanted, leftOf, maySee, takesStale } from './reuse.ts';
import { type HttpSubject, namesOfUri, select } from './variants.ts';

/** All branching of a GET or HEAD, from what is stored to what is served. */
export async function serveHttp(context: Context, route: HttpRoute, request: ClientRequest): Promise<Served> {
  const requested = { context, route, request };
  // Most of what needs credentials is private; where that is known, it costs Redis nothing.
  if (!request.anonymous && isUnstorable(requested))
    return passThrough({ ...requested, cause: bypass(request) });
  if (request.directives.noStore || isForOrigin(request.fields))
    return passThrough({ ...requested, cause: { fwd: 'request' } });

  const { found, part, rule, tagsText } = await select(context, route, request, wantsPart(request));
  const read = { ...requested, rule, tagsText, found };
  // There is one, but not for whoever asks.
  if (found.entry && !maySee(request, found.entry))
    return missHttp({ ...read, found: withoutEntry(found), cause: bypass(request) });
  switch (found.is) {
    case 'fresh':
      if (!isWanted(context, request, found.entry, found.leftMs))
        return missHttp({ ...read, cause: { fwd: 'request' } });
      return hitOf(request, found.layer, found.entry, found.leftMs);
    case 'stale':
      if (!found.mayRefresh || !isWanted(context, request, found.entry, found.leftMs))
        return missOrStale({ ...read, cause: { fwd: 'stale' } });
      refreshForAll(read, found.entry);
      return hitOf(request, found.layer, found.entry, found.leftMs);
    case 'unusable':
      return missOrStale({ ...read, cause: causeOfUnusable(found.reason) });
    case 'absent': {
      const cause: ForwardCause = { fwd: rule.length > 0 ? 'vary-miss' : 'uri-miss' };
      return part ? servePart({ ...read, cause }, part) : missHttp({ ...read, cause });
    }
    case 'unknown':
      return withoutRedis({ ...read, cause: { fwd: 'miss' } });
  }
}

const bypass = ({ credentials }: ClientRequest): ForwardCause => ({
  fwd: 'bypass',
  detail: credentials.cookie ? 'cookie' : 'authorization',
});

const causeOfUnusable = (reason: 'purged' | 'expired' | 'unchecked'): ForwardCause => ({
  fwd: 'stale',
  detail: reason === 'expired' ? undefined : reason,
});

const withoutEntry = ({ subject, layer, lateNames }: FoundHttp): FoundHttp => ({
  is: 'absent',
  subject,
  layer,
  lateNames,
});

function refreshForAll(
  { context, route, request, rule, tagsText, found }: Omit<HttpRead, 'cause'>,
  entry: Entry,
): void {
  const forAll = requestForAll(request, route, rule);
  const fetching = { route, request: forAll, rule, tagsText, entry, covers: true };
  refresh(context, found, (grant) => fetchHttp(context, fetching, grant));
}

async function missOrStale(read: HttpRead): Promise<Served> {
  const { context, request, found } = read;
  if (!found.entry || !takesStale(context, request, found)) return missHttp(read);
  return hitOf(request, found.layer, found.entry, leftOf(context, found, found.entry), 'max-stale');
}

/** A range of what is not stored completely: RFC 9111 §3.3, of the part that is. */
function servePart(read: HttpRead, part: FoundHttp): Promise<Served> | Served {
  const { context, request } = read;
  if (part.entry && !maySee(request, part.entry))
    return missPart({ ...read, cause: bypass(request) }, withoutEntry(part));
  switch (part.is) {
    case 'fresh': {
      if (!isWanted(context, request, part.entry, part.leftMs))
        return missPart({ ...read, cause: { fwd: 'request' } }, part);
      const slice = sliceOf(part.entry, request.fields, context.isolate.clock.now());
      if (!slice) return missPart({ ...read, cause: { fwd: 'partial' } }, part);
      return hitOf(request, part.layer, slice, part.leftMs);
    }
    case 'stale':
      return missPart({ ...read, cause: { fwd: 'stale' } }, part);
    case 'unusable':
      return missPart({ ...read, cause: causeOfUnusable(part.reason) }, part);
    default:
      return missPart(read, part);
  }
}

/** Nobody waits for another's range: it is fetched under the lease, to be stored, or by each for itself. */
async function missPart(read: HttpRead, part: FoundHttp): Promise<Served> {
  const { context, request, cause, found } = read;
  if (request.directives.onlyIfCached) return onlyIfCached(cause);
  if (isUnstorable(read, true)) return passThrough(read);
  const { clock } = context.isolate;
  const sought = { ...part, lateNames: [...part.lateNames, ...found.lateNames] };
  const sliceOfPart = (entry: Entry) => sliceOf(entry, request.fields, clock.now());
  let held = part.entry;
  const shared = await share<HttpSubject, HttpBegun, HttpEnd>(context, sought, {
    lead: (_, grant) => fetchHttp(context, { ...fetchOf(read), part: partFetch(request, held) }, grant),
    sharesUnstored: false,
    suits: (entry) => {
      // Another isolate's, who has more of it, or later.
      if (maySee(request, entry)) held = entry;
      return isOfUse(read, entry) && sliceOfPart(entry) !== null;
    },
    mayWait: () => false,
  });
  switch (shared.is) {
    case 'stored':
      return hitOf(request, 'l2', sliceOfPart(shared.entry)!, ttlLeftMsOf(shared.entry, clock.now()));
    case 'leads':
      return outcomeOf(read, learned(read, await shared.first, true));
    case 'store-unavailable':
      return withoutRedis(read);
    default:
      return passThrough(read);
  }
}

/** What can be shared is fetched once for all who wait; the rest by each for itself. */
async function missHttp(read: HttpRead): Promise<Served> {
  const { context, request, cause } = read;
  if (request.directives.onlyIfCached) return onlyIfCached(cause);
  // Of these no other request could use the answer: HEAD has no body, Range asks for a part.
  if (!read.found.entry && (request.method === 'HEAD' || request.fields.has('range')))
    return passThrough(read);
  // RFC 9111 §4.3.2: with nothing stored to judge it by, the client's condition is the origin's to judge, and its 304 the client's.
  if (!read.found.entry && saysWhatItHas(request.fields) && isUnstorable(read)) return passThrough(read);
  const shared = await share<HttpSubject, HttpBegun, HttpEnd>(context, read.found, {
    lead: (found, grant) => fetchHttp(context, fetchOf({ ...read, found }), grant),
    sharesUnstored: false,
    suits: (entry, found) => isOfUse({ ...read, found }, entry),
    // Nobody waits in line for what could not be stored lately, here or elsewhere, or is most likely private.
    mayWait: () => request.anonymous && !isUnstorable(read),
  });
  const now = { ...read, found: shared.found };
  switch (shared.is) {
    case 'stored':
      return shared.waited
        ? outcomeOf({ ...now, cause: { ...cause, collapsed: true } }, storedElsewhere(shared.entry))
        : hitOf(request, 'l2', shared.entry, ttlLeftMsOf(shared.entry, context.isolate.clock.now()));
    case 'leads':
      return outcomeOf(now, learned(now, await shared.first));
    case 'joined':
      return joined(now, shared.end);
    case 'by-itself':
      return fetchUnstored(now);
    case 'past-deadline':
      return fetchUnstored({ ...now, cause: { ...cause, detail: 'waited-too-long' } });
    case 'store-unavailable':
      return withoutRedis(now);
  }
}

function fetchOf({ context, route, request, rule, tagsText, found }: HttpRead) {
  const covers = found.entry !== undefined && coverFor(context, request, found, false) !== null;
  return { route, request, rule, tagsText, entry: found.entry, covers };
}

const storedElsewhere = (entry: Entry): HttpEnd => ({
  is: 'entry',
  entry,
  own: [],
  refused: null,
  fwdStatus: entry.status,
});

/** RFC 9111 §4: what another's request brought answers this one too, if it was stored, is fresh and is selected by it. */
async function joined(read: HttpRead, end: HttpEnd): Promise<Served> {
  const isShared =
    end.is === 'entry' ? end.refused === null && isOfUse(read, end.entry) : end.is !== 'unshared';
  return isShared
    ? outcomeOf({ ...read, cause: { ...read.cause, collapsed: true } }, end)
    : fetchUnstored(read);
}

/** As `serveHttp` would have it: fresh, or stale in a window, and what the client's directives ask for. */
function isOfUse({ context, request, found, cause }: HttpRead, entry: Entry): boolean {
  if (cause.fwd === 'request' || !maySee(request, entry)) return false;
  const leftMs = ttlLeftMsOf(entry, context.isolate.clock.now());
  const { swrMs } = found.subject.windowsOf(entry);
  return (leftMs > 0 || -leftMs < swrMs) && isWanted(context, request, entry, leftMs);
}

/** What all may have, for this client only: nothing is stored. */
async function fetchUnstored(read: HttpRead): Promise<Served> {
  const { context, route, request, rule } = read;
  const fetching = { route, request, rule, entry: undefined, covers: false };
  return outcomeOf(read, await fetchHttp(context, fetching, null).first);
}

/** Nothing is stored; a copy that was validated before may cover for an origin that fails. */
const withoutRedis = (read: HttpRead): Promise<Served> =>
  passThrough({ ...read, cause: { ...read.cause, detail: 'store-unavailable' } });

/** For this client only, with its own conditions and range. */
async function passThrough(
  read: Requested & Pick<HttpRead, 'cause'> & { readonly found?: FoundHttp },
): Promise<Served> {
  const { context, route, request, cause } = read;
  const memory = memoryOf(context.isolate);
  const leave = memory.bulkhead.enter('');
  if (!leave) return coverOf(read, undefined) ?? servedNothing({ is: 'overloaded' }, cause);
  try {
    const { method, target } = request;
    const rule = route.inputs === 'all' ? [] : memory.rule((await namesOfUri(context, route, target)).key);
    const headersBy = (names: readonly string[]) => headersOfRead(request, route, names);
    const asked = await readOrigin(context, { route, request, method, rule, headersBy });
    const answer = asked.is === 'failed' ? asked : asked.answer;
    const cover = coverOf(read, answer.status);
    if (!cover) return await passedOn(context, answer, cause);
    if (answer.is === 'answer') discard(answer.body);
    return cover;
  } finally {
    leave();
  }
}

/** By credentials too: what is private to one with them may be public to one without. */
const unstorableKey = ({ route, request }: Requested, isPart: boolean) =>
  `${route.cls.name}${isPart ? ' part' : ''} ${request.anonymous ? 'all' : 'own'} ${request.target}`;

const isUnstorable = (requested: Requested, isPart = false) => {
  const { isolate } = requested.context;
  return memoryOf(isolate).isUnstorable(unstorableKey(requested, isPart), isolate.clock.now());
};

/** What the next request of this URI may expect. */
function learned<T extends HttpEnd | HttpBegun>(read: Requested, end: T, isPart = false): T {
  if (read.request.method === 'HEAD' || (end.is !== 'entry' && end.is !== 'begun')) return end;
  // Another's answer may be stored: this one was refused for what the origin was shown, or for want of the lease.
  if (end.refused === 'unkeyed' || end.refused === 'lease') return end;
  // So may a smaller part.
  if (isPart && end.refused === 'too-large') return end;
  // An error says nothing of what is answered without it.
  const status = end.is === 'begun' ? end.answer.status : end.fwdStatus;
  if (end.refused !== null && coverableErrors.has(status)) return end;
  const { clock, bounds } = read.context.isolate;
  const untilMs = end.refused === null ? null : clock.now() + bounds.unstorableMs;
  memoryOf(read.context.isolate).setUnstorable(unstorableKey(read, isPart), untilMs);
  return end;
}

/** RFC 9111 §5.2.1.7. */
const onlyIfCached = (cause: ForwardCause): Served => ({
  is: 'problem',
  code: 'not-stored',
  why: 'only-if-cached',
  outcome: forwarded(cause, { detail: 'only-if-cached' }),
});
