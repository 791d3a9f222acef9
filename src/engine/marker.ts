import { bounds } from '../bounds.ts';
import { type FetchFailure, isFailure } from './origin-call.ts';

/** What stands in a lock's place once its fetch has ended and has stored nothing. */
export type LockAfter =
  | 'free'
  /** For a while nobody waits in line: what is not stored never comes. */
  | 'direct'
  /** For a while the origin is spared: who is not granted the lease is told of the failure. */
  | FetchFailure;

/** By how the fetch ended. `sharesUnstored`: what is not stored answers those who join as well. */
export function lockAfter(end: { readonly is: string }, sharesUnstored: boolean): LockAfter {
  if (isFailure(end)) return end;
  return sharesUnstored && end.is !== 'overloaded' ? 'direct' : 'free';
}

/** As it stands in Redis: the kind, the origin's status or 0, and whose lease it was. */
export const writtenFailure = ({ code, status = 0 }: FetchFailure, token: string): string =>
  `failed ${code} ${status} ${token}`;

/** The failure that stands there, for who is not to ask; null: none, or (with `token`) of another lease. */
export function readFailure(text: string | null | undefined, token?: string | null): FetchFailure | null {
  const [, code, status, owner] =
    /^failed (origin-failed|origin-timeout) (\d{1,3}) (\S+)$/.exec(text ?? '') ?? [];
  if (code === undefined || (token !== undefined && owner !== token)) return null;
  return {
    is: 'failed',
    code: code as FetchFailure['code'],
    status: Number(status) || undefined,
    retryAfter: String(bounds.retryAfterS),
    why: 'not asked: it has just failed',
  };
}
