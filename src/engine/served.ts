import { bounds } from '../bounds.ts';
import type { ForwardReason } from '../http/cache-status.ts';
import type { HeaderList } from '../http/message.ts';
import { Problem, type ProblemCode } from '../http/problem.ts';
import type { Entry } from '../store/wire.ts';
import type { Forward, ForwardDetail, Hit, HitDetail, ReadOutcome } from '../telemetry/outcome.ts';
import type { NoAnswer } from './lead.ts';

/** What a request ends in; each front end turns it into HTTP. */
export type Served = ServedEntry | ServedPassing | ServedProblem;

/** A complete answer, stored or not. */
export interface ServedEntry {
  readonly is: 'entry';
  readonly entry: Entry;
  readonly outcome: ReadOutcome;
  /** It was stored, and a fetch was made for this very read that gave nothing better. */
  readonly isInVain?: boolean;
}

/** An answer passed on as it comes: a streamed miss, or one that is not stored. */
export interface ServedPassing {
  readonly is: 'passing';
  readonly status: number;
  readonly statusText?: string;
  readonly headers: HeaderList;
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  readonly outcome: Forward;
}

/** No answer; the outcome still says why. */
export interface ServedProblem {
  readonly is: 'problem';
  readonly code: ProblemCode;
  /** The origin's 5xx. */
  readonly status?: number | undefined;
  readonly retryAfter?: string | undefined;
  readonly why: string;
  readonly outcome: Forward;
}

/** Why a request goes forward to the origin. */
export interface ForwardCause {
  readonly fwd: ForwardReason;
  readonly detail?: ForwardDetail | undefined;
  readonly collapsed?: boolean;
}

/** `more` goes before what the cause says. */
export const forwarded = (cause: ForwardCause, more: Partial<Forward> = {}): Forward => ({
  kind: 'fwd',
  ...cause,
  ...more,
  // Of those who waited for a fetch it is the leader's answer that was stored.
  stored: more.stored === true && !cause.collapsed,
});

/** What is left of an entry's ttl, negative after it. No soft purge is counted. */
export const ttlLeftMsOf = (entry: Entry, nowMs: number): number => entry.fetchedMs + entry.ttlMs - nowMs;

/** `leftMs`: for how long it is fresh still, negative for a stale answer; `detail`, in a word, where it is not plainly fresh. */
export const servedHit = (
  layer: Hit['layer'],
  entry: Entry,
  leftMs: number,
  detail?: HitDetail,
): ServedEntry => ({ is: 'entry', entry, outcome: { kind: 'hit', layer, ttlMs: leftMs, detail } });

/** A fetch that gave nothing, as a problem. */
export function servedNothing(end: NoAnswer, cause: ForwardCause): ServedProblem {
  if (end.is === 'overloaded') {
    const outcome = forwarded(cause, { detail: 'overloaded' });
    const retryAfter = String(bounds.retryAfterS);
    return { is: 'problem', code: 'overloaded', why: 'bulkhead full', retryAfter, outcome };
  }
  const { code, status, retryAfter, why } = end;
  const outcome = forwarded(cause, { detail: code, fwdStatus: status });
  const origin5xx = status !== undefined && status >= 500 ? status : undefined;
  return { is: 'problem', code, status: origin5xx, retryAfter, why, outcome };
}

export const problemOf = ({ code, status, retryAfter, why }: ServedProblem): Problem =>
  new Problem(code, { why, status, headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter } });

export function statusOf(served: Served): number {
  switch (served.is) {
    case 'entry':
      return served.entry.status;
    case 'passing':
      return served.status;
    case 'problem':
      // Whatever its code: it is no answer.
      return 500;
  }
}
