import { backgroundOf } from '../engine/context.ts';
import { causeOfRead } from '../engine/count-fetch.ts';
import type { Grant } from '../engine/lease.ts';
import { refresh } from '../engine/refresh.ts';
import { type ForwardCause, type Served, type ServedEntry, ttlLeftMsOf } from '../engine/served.ts';
import { share } from '../engine/share.ts';
import { isForOrigin, saysWhatItHas } from '../http/preconditions.ts';
import type { Entry } from '../store/wire.ts';
import { compareHttp, httpHit } from './compare.ts';
import { fetchHttp, type HttpBegun, type HttpEnd } from './fetch.ts';
import { bypass, causeOfUnusable, fetchOf, isOfUse, withoutEntry } from './miss.ts';
import { type FoundHttp, type HttpRead, hitOf, outcomeOf, type Requested } from './outcome.ts';
import { onlyIfCached, passThrough, withoutRedis } from './pass-through.ts';
import { requestForAll } from './request.ts';
import { isPurged, isWanted, leftOf, maySee, takesStale } from './reuse.ts';
import { servePart } from './serve-part.ts';
import { isUnstorable, learned } from './unstorable.ts';
import type { HttpSubject, Selected } from './variants.ts';

/** From the cache, as far as it can, by what is stored for this request. */
export async function serveSelected(requested: Requested, selected: Selected): Promise<Served> {
  const step = stepOf(requested, selected);
  switch (step.is) {
    case 'entry':
      if (selected.found.is === 'stale' && step.outcome.detail !== 'max-stale')
        refreshForAll({ ...requested, ...selected }, step.entry);
      // What is stale is refreshed, which finds what has changed; or its client has asked for it.
      else if (selected.found.is === 'fresh') compareHttp({ ...requested, ...selected }, step.entry);
      return step;
    case 'miss':
      return missHttp(step.read);
    case 'part':
      return servePart(step.read, step.part);
    case 'unknown':
      return withoutRedis(step.read);
  }
}

/** Why a request is passed on without a look at what is stored; null: there is one. */
export function causeBefore(requested: Requested): ForwardCause | null {
  const { request } = requested;
  // Most of what needs credentials is private; where that is known, it costs Redis nothing.
  if (!request.anonymous && isUnstorable(requested)) return bypass(request);
  return request.directives.noStore || isForOrigin(request.fields) ? { fwd: 'request' } : null;
}

/** What a request comes to by what is stored, before anything is fetched. */
export type HttpStep =
  | ServedEntry
  | { readonly is: 'miss' | 'unknown'; readonly read: HttpRead }
  | { readonly is: 'part'; readonly read: HttpRead; readonly part: FoundHttp };

export function stepOf(requested: Requested, { found, part, rule, tagsText }: Selected): HttpStep {
  const { context, request } = requested;
  const read = { ...requested, rule, tagsText, found };
  const miss = (cause: ForwardCause): HttpStep => ({ is: 'miss', read: { ...read, cause } });
  // There is one, but not for whoever asks.
  if (found.entry && !maySee(request, found.entry))
    return { is: 'miss', read: { ...read, found: withoutEntry(found), cause: bypass(request) } };
  switch (found.is) {
    case 'fresh':
      if (!isWanted(context, request, found.entry, found.leftMs)) return miss({ fwd: 'request' });
      return hitOf(request, found.layer, found.entry, found.leftMs);
    case 'stale':
      if (!found.mayRefresh || !isWanted(context, request, found.entry, found.leftMs))
        return staleFor(read) ?? miss({ fwd: 'stale', detail: found.reason });
      return hitOf(request, found.layer, found.entry, found.leftMs, found.reason);
    case 'unusable': {
      const cause = causeOfUnusable(found.reason);
      if (part && isPurged(found)) return { is: 'part', read: { ...read, cause }, part };
      return staleFor(read) ?? miss(cause);
    }
    case 'absent': {
      const cause: ForwardCause = { fwd: rule.length > 0 ? 'vary-miss' : 'uri-miss' };
      return part ? { is: 'part', read: { ...read, cause }, part } : miss(cause);
    }
    case 'unknown':
      return { is: 'unknown', read: { ...read, cause: { fwd: 'miss', detail: 'store-unavailable' } } };
  }
}

function refreshForAll(
  { context: asked, route, request, rule, tagsText, found }: Omit<HttpRead, 'cause'>,
  entry: Entry,
): void {
  const context = backgroundOf(asked);
  const hit = httpHit({ context: asked, route, request }, entry);
  const forAll = requestForAll(request, route, rule);
  const fetching = { route, request: forAll, rule, tagsText, entry, covers: true };
  const fetchAgain = (grant: Grant) => fetchHttp(context, fetching, grant, 'refresh');
  refresh(context, found, fetchAgain, { ...hit, entry, layer: found.layer, trial: asked.trial });
}

/** What its client takes stale; null: nothing. */
function staleFor({ context, request, found }: Omit<HttpRead, 'cause'>): ServedEntry | null {
  if (!found.entry || !takesStale(context, request, found)) return null;
  return hitOf(request, found.layer, found.entry, leftOf(context, found, found.entry), 'max-stale');
}

/** What can be shared is fetched once for all who wait; the rest by each for itself. */
async function missHttp(read: HttpRead): Promise<Served> {
  const { context, request, cause } = read;
  if (request.directives.onlyIfCached) return onlyIfCached(cause);
  if (isForItAlone(read)) return passThrough(read);
  const shared = await share<HttpSubject, HttpBegun, HttpEnd>(context, read.found, {
    lead: (found, grant) => fetchHttp(context, fetchOf({ ...read, found }), grant, causeOfRead(cause)),
    sharesUnstored: false,
    suits: (entry, found) => isOfUse({ ...read, found }, entry),
    // Nobody waits in line for what could not be stored lately, here or elsewhere, or is most likely private.
    mayWait: () => request.anonymous && !isUnstorable(read),
    // Who shows who it is may be answered otherwise.
    mayBeTold: () => request.anonymous,
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

/** Whether no other request could use the answer. */
export function isForItAlone(read: HttpRead): boolean {
  const { request, found } = read;
  const isNone = isPurged(found);
  // HEAD has no body, Range asks for a part.
  if (!found.entry && request.method === 'HEAD') return true;
  if (request.fields.has('range') && (isNone || isUnstorable(read))) return true;
  // RFC 9111 §4.3.2: with nothing stored to judge it by, the client's condition is the origin's to judge, and its 304 the client's.
  return isNone && saysWhatItHas(request.fields) && isUnstorable(read);
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

/** What all may have, for this client only: nothing is stored. */
async function fetchUnstored(read: HttpRead): Promise<Served> {
  const { context, route, request, rule, cause } = read;
  const fetching = { route, request, rule, entry: undefined, covers: false };
  return outcomeOf(read, await fetchHttp(context, fetching, null, causeOfRead(cause)).first);
}
