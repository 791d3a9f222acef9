import { discard, type ReadFirst, readFirst } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { countFailure } from '../engine/count-fetch.ts';
import type { Found } from '../engine/lookup.ts';
import { noteFailure } from '../engine/notes.ts';
import { type FetchFailure, failed, remarkOf, truncated } from '../engine/origin-call.ts';
import {
  type ForwardCause,
  forwarded,
  type Served,
  type ServedEntry,
  servedHit,
  servedNothing,
} from '../engine/served.ts';
import { type Collector, passOn } from '../engine/stream.ts';
import { coverableErrors } from '../http/freshness.ts';
import type { HeaderList } from '../http/message.ts';
import type { Entry } from '../store/wire.ts';
import type { Forward, HitDetail } from '../telemetry/outcome.ts';
import type { Refusal } from './entry.ts';
import type { HttpBegun, HttpEnd } from './fetch.ts';
import type { HttpRoute } from './options.ts';
import { idleMsOf, labelOf, type OriginResponse, patienceFor } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { coverFor, leftOf } from './reuse.ts';
import type { HttpSubject } from './variants.ts';

export type FoundHttp = Found<HttpSubject>;

/** A request, and where it is answered. */
export interface Requested {
  readonly context: Context;
  readonly route: HttpRoute;
  readonly request: ClientRequest;
}

/** One read of one URI. */
export interface HttpRead extends Requested {
  /** The fields that tell the URI's entries apart, as far as known. */
  readonly rule: readonly string[];
  readonly tagsText?: string | null | undefined;
  /** What this request may be answered from. */
  readonly found: FoundHttp;
  readonly cause: ForwardCause;
}

/** `detail`, in a word, where it is not plainly fresh. */
export const hitOf = (
  { isIgnored }: ClientRequest,
  layer: Found['layer'],
  entry: Entry,
  leftMs: number,
  detail: HitDetail | undefined = isIgnored ? 'request-directives-ignored' : undefined,
): ServedEntry => servedHit(layer, entry, leftMs, detail);

/** How a fetch ended, as an answer; a stale entry covers for an origin that failed, where it is allowed to. */
export function outcomeOf(read: HttpRead, end: HttpEnd | HttpBegun): Served {
  const { cause } = read;
  switch (end.is) {
    case 'entry': {
      const { entry, own, refused, fwdStatus } = end;
      const outcome = forwarded(cause, { fwdStatus, ...admission(refused, cause) });
      return coverAfter(read, fwdStatus) ?? { is: 'entry', entry: withOwn(entry, own, cause), outcome };
    }
    case 'begun': {
      const { answer, body, refused } = end;
      const { status, statusText, headers } = answer;
      const cover = coverAfter(read, status);
      if (cover) discard(body);
      const outcome = forwarded(cause, { fwdStatus: status, ...admission(refused, cause) });
      return cover ?? { is: 'passing', status, statusText, headers, body, outcome };
    }
    case 'unshared':
      return servedNothing(failed('unshared'), cause);
    case 'overloaded':
      return coverOf(read, undefined) ?? servedNothing(end, cause);
    case 'failed':
      return coverAfter(read, end.status) ?? servedNothing(end, cause);
  }
}

/** With the fields that only the leader's client is given. */
function withOwn(entry: Entry, own: HeaderList, { collapsed }: ForwardCause): Entry {
  if (own.length === 0 || collapsed) return entry;
  return {
    ...entry,
    headers: [...entry.headers, ...own.map(([name, value]): [string, string] => [name, value])],
  };
}

function admission(refused: Refusal | null, { detail }: ForwardCause): Partial<Forward> {
  if (refused === null) return { stored: true };
  return refused === 'lease' ? {} : { detail: detail ?? refused };
}

/** The same, after a fetch: it was in vain, unless it was another's. */
function coverAfter(read: HttpRead, status: number | undefined): Served | null {
  const cover = coverOf(read, status);
  return cover && { ...cover, isInVain: !read.cause.collapsed };
}

/** The stored entry where it may cover for this answer; else null. `status`: the origin's; undefined where there is none. */
export function coverOf(
  {
    context,
    request,
    found,
  }: Pick<HttpRead, 'context' | 'request'> & { readonly found?: FoundHttp | undefined },
  status: number | undefined,
): ServedEntry | null {
  if (!found?.entry || (status !== undefined && !coverableErrors.has(status))) return null;
  const detail = coverFor(context, request, found, status === undefined);
  return detail && hitOf(request, found.layer, found.entry, leftOf(context, found, found.entry), detail);
}

interface PassedOn {
  /** What was read of it already. */
  readonly first?: ReadFirst | undefined;
  /** It is stored already. */
  readonly stored?: boolean;
  readonly tellGiven?: TellGiven | undefined;
}

/** Told once of what a client is given, as it came, when all of it was read; a body that nobody has all of is null. Not of what becomes a problem. */
export type TellGiven = (answer: OriginResponse, body: Uint8Array | null) => void;

/** The origin's answer to one client, as it is; what it is not becomes a problem. */
export async function passedOn(
  requested: Requested,
  answer: OriginResponse | FetchFailure,
  cause: ForwardCause,
  already: PassedOn = {},
): Promise<Served> {
  const { context } = requested;
  if (answer.is === 'failed') return notedFailure(requested, answer, cause);
  const { status, statusText, headers, length } = answer;
  const first =
    already.first ?? (await readFirst(context.isolate.clock, answer, patienceFor(context, answer)));
  if (first.is === 'truncated') return notedFailure(requested, truncated(), cause);
  const idleMs = idleMsOf(context, answer);
  const className = requested.route.cls.name;
  if (first.is === 'complete') context.isolate.meter.add('origin_bytes', first.bytes.length, className);
  const { tellGiven } = already;
  if (first.is === 'complete') tellGiven?.(answer, first.bytes);
  const collector = first.is === 'more' && tellGiven ? collectorFor(requested, answer, tellGiven) : undefined;
  const body =
    first.is === 'complete' ? first.bytes : passOn(context, first, { className, length, idleMs, collector });
  const detail = cause.detail ?? (status === 206 ? 'partial' : undefined);
  const outcome = forwarded(cause, { fwdStatus: status, detail, stored: already.stored === true });
  return { is: 'passing', status, statusText, headers, body: answer.body && body, outcome };
}

/** Of a body that is passed on while it comes: no more than what would be stored, and within what shadows may hold. */
function collectorFor(
  { context, route: { cls } }: Requested,
  answer: OriginResponse,
  tellGiven: TellGiven,
): Collector | undefined {
  const { length = cls.maxBytes } = answer;
  // No bulkhead bounds how many are on their way: the place at the origin is given back when a body begins.
  const letGo = !answer.isLive && length <= cls.maxBytes ? context.isolate.shadowed.hold(length) : null;
  if (!letGo) {
    tellGiven(answer, null);
    return undefined;
  }
  return {
    maxBytes: cls.maxBytes,
    tell: async (all) => {
      letGo();
      tellGiven(answer, typeof all === 'string' ? null : all);
    },
  };
}

function notedFailure(requested: Requested, failure: FetchFailure, cause: ForwardCause): Served {
  noteFailed(requested, failure);
  const problem = servedNothing(failure, cause);
  return { ...problem, outcome: { ...problem.outcome, detail: cause.detail ?? failure.code } };
}

/** Of a fetch for one client alone. */
export function noteFailed({ context, route, request }: Requested, failure: FetchFailure): void {
  noteFailure(context.notes, labelOf(context, route, request.target), remarkOf(failure));
  countFailure(context, route.cls.name, failure);
}
