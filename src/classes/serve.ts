import { backgroundOf, type Context } from '../engine/context.ts';
import { refreshesEarly } from '../engine/judge.ts';
import type { Grant } from '../engine/lease.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import { refresh } from '../engine/refresh.ts';
import {
  type ForwardCause,
  type Served,
  type ServedEntry,
  servedHit,
  ttlLeftMsOf,
} from '../engine/served.ts';
import { share } from '../engine/share.ts';
import type { Decision } from '../rollout/live-flags.ts';
import type { Entry } from '../store/wire.ts';
import { bypassClass } from './bypass.ts';
import { compareClass, hitToCompare } from './compare.ts';
import { type ClassBegun, type ClassEnd, fetchClass } from './fetch.ts';
import { type FoundClass, servedEnd } from './served-end.ts';
import { shadowClass } from './shadow.ts';
import type { ClassSubject } from './subject.ts';

/** All branching of a read, from what was found to what is served; a hit is served at once. */
export function serveClass(
  context: Context,
  found: FoundClass,
  decision: Decision,
): Served | Promise<Served> {
  const { subject } = found;
  if (decision.mode === 'shadow') return shadowClass(context, subject, decision);
  if (decision.mode === 'off') return bypassClass(context, subject, decision);
  const served = servedAtOnce(found);
  if (!served) return fetchFor(context, found, causeOf(found));
  const isEarly = found.is === 'fresh' && found.subject.cls.swrMs === 0;
  if (
    found.is === 'stale' ||
    (isEarly && refreshesEarly(found.entry, found.leftMs, context.isolate.random()))
  )
    refreshClass(context, found, decision.trial);
  // One fetch is enough: a refresh finds what has changed.
  else compareClass(context, found, served.entry, decision.trial);
  return served;
}

/** What is served without a fetch before it; null: it has to be fetched. */
export function servedAtOnce(found: FoundClass): ServedEntry | null {
  if (found.is === 'fresh') return servedHit(found.layer, found.entry, found.leftMs);
  const isServed = found.is === 'stale' && found.mayRefresh;
  return isServed ? servedHit(found.layer, found.entry, found.leftMs, found.reason) : null;
}

/** Why what is not served at once has to be fetched. */
export function causeOf(found: FoundClass): ForwardCause {
  switch (found.is) {
    case 'stale':
    case 'unusable':
      return { fwd: 'stale', detail: found.reason };
    case 'unknown':
      return { fwd: 'miss', detail: 'store-unavailable' };
    default:
      return { fwd: 'uri-miss' };
  }
}

const fetchFor = (context: Context, found: FoundClass, cause: ForwardCause): Promise<Served> =>
  found.is === 'unknown' ? withoutStore(context, found, cause) : missClass(context, found, cause);

function refreshClass(
  asked: Context,
  found: Extract<FoundClass, { readonly entry: Entry }>,
  trial: Decision['trial'],
): void {
  const context = backgroundOf(asked);
  const { subject, entry, layer } = found;
  const hit = hitToCompare(subject, entry, { className: subject.className }, context.isolate.clock.now());
  const fetchAgain = (grant: Grant) => fetchClass(context, subject, grant, 'refresh');
  refresh(context, found, fetchAgain, { ...hit, entry, layer, trial });
}

async function missClass(context: Context, start: FoundClass, cause: ForwardCause): Promise<Served> {
  const shared = await share<ClassSubject, ClassBegun, ClassEnd>(context, start, {
    lead: ({ subject }, grant) => fetchClass(context, subject, grant),
  });
  const { found } = shared;
  switch (shared.is) {
    case 'stored':
      return shared.waited
        ? collapsed(found, cause, { is: 'entry', entry: shared.entry, stored: false })
        : servedMeanwhile(shared.entry, context.isolate.clock.now());
    case 'leads':
      return servedEnd(found, cause, await shared.first);
    case 'joined':
      return isForAll(found, shared.end)
        ? collapsed(found, cause, shared.end)
        : fetchUnshared(context, found, cause);
    case 'by-itself':
      return fetchUnshared(context, found, cause);
    case 'past-deadline':
      return fetchUnshared(context, found, { ...cause, detail: 'waited-too-long' });
    case 'store-unavailable':
      return withoutStore(context, found, cause);
  }
}

/** RFC 9110 §15.5: refusals other than 404 and 410 (403, 429 …) may be meant for one client. */
function isForAll({ subject }: FoundClass, end: ClassEnd): boolean {
  if (end.is === 'passing') return end.answer.status === 404 || end.answer.status === 410;
  if (end.is === 'entry') return end.entry.length <= subject.cls.maxBytes;
  return end.is !== 'unshared';
}

/** What another has stored since the look-up. */
export const servedMeanwhile = (entry: Entry, nowMs: number): ServedEntry =>
  servedHit('l2', entry, ttlLeftMsOf(entry, nowMs));

/** What is told without a fetch while a failure of the last one stands. */
export const toldOfFailure = (found: FoundClass, failure: FetchFailure): Served =>
  collapsed(found, causeOf(found), failure);

const collapsed = (found: FoundClass, cause: ForwardCause, end: ClassEnd) =>
  servedEnd(found, { ...cause, collapsed: true }, end);

/** Fetches for this request only, and stores nothing. */
async function fetchUnshared(context: Context, found: FoundClass, cause: ForwardCause): Promise<Served> {
  return servedEnd(found, cause, await fetchClass(context, found.subject, null).first);
}

/** Without Redis nothing may be stored or shared; the bulkhead alone bounds what reaches the origin. */
function withoutStore(context: Context, found: FoundClass, { fwd }: ForwardCause): Promise<Served> {
  return fetchUnshared(context, covering(found), { fwd, detail: 'store-unavailable' });
}

/** A copy that was validated before may cover for the origin while Redis cannot be reached; never in a strict class. */
function covering(found: FoundClass): FoundClass {
  const { subject, entry, layer, lateNames } = found;
  const { consistency, sieMs } = subject.cls;
  if (found.is !== 'unknown' || !entry || consistency === 'strict') return found;
  const { leftMs } = found;
  const mayCover = sieMs > 0 && -leftMs < sieMs;
  return {
    subject,
    entry,
    layer,
    lateNames,
    is: 'stale',
    leftMs,
    mayRefresh: false,
    mayCover,
    current: false,
  };
}
