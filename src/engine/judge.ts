import { changeOf } from '../store/generation.ts';
import type { Entry } from '../store/wire.ts';

/** How long an entry may be served after its ttl, or after a soft purge. */
export interface Windows {
  /** While a refresh runs. */
  readonly swrMs: number;
  /** When the origin fails. */
  readonly sieMs: number;
  /** `strict`: never stale. */
  readonly consistency: 'standard' | 'strict';
}

/** What an entry is worth now, given the generations that Redis (or a trusted copy) says are the present ones. */
export type Verdict =
  | { readonly is: 'fresh'; readonly leftMs: number }
  /**
   * `leftMs` is 0 or negative. `mayRefresh`: it may be served while a refresh runs; `mayCover`: when the origin fails.
   * `current`: no soft purge has come, so that a copy may be trusted for a while. `reason`: what it is stale by, where that is not
   * the end of its ttl.
   */
  | {
      readonly is: 'stale';
      readonly leftMs: number;
      readonly mayRefresh: boolean;
      readonly mayCover: boolean;
      readonly current: boolean;
      readonly reason?: 'soft-purged' | undefined;
    }
  | { readonly is: 'unusable'; readonly reason: UnusableReason };

/**
 * `purged`: hard. `evicted`: a generation that it names is gone: Redis has evicted it, or a purge in a full database has deleted it.
 * `soft-purged`: softly, and no window allows serving it. `unchecked`: of a generation it is not known.
 */
export type UnusableReason = 'purged' | 'evicted' | 'soft-purged' | 'unchecked' | 'expired';

/** The present value of a name. `undefined`: it was not looked up, or not answered. `null`: it is missing, which equals nothing, not even missing. */
export type PresentValue = (name: string) => string | null | undefined;

export function judge(
  entry: Entry,
  { consistency, swrMs, sieMs }: Windows,
  presentOf: PresentValue,
  nowMs: number,
): Verdict {
  // The first soft purge since: later ones must not keep alive what is stale already.
  let softPurgedMs = Number.POSITIVE_INFINITY;
  let reason: UnusableReason | null = null;
  for (const [name, captured] of entry.generations) {
    const present = presentOf(name);
    const change = present === undefined ? 'unchecked' : changeOf(captured, present);
    if (change === 'none') continue;
    const isUnusable = typeof change === 'string' || consistency === 'strict';
    if (isUnusable) reason = graver(reason, reasonOf(change, present)); // guard: read-generations
    // None that it missed was before its fetch.
    if (typeof change === 'number') softPurgedMs = Math.min(softPurgedMs, Math.max(change, entry.fetchedMs));
  }
  if (reason) return { is: 'unusable', reason };
  const freshUntilMs = entry.fetchedMs + entry.ttlMs;
  const current = softPurgedMs === Number.POSITIVE_INFINITY;
  // Whatever the clocks say, what was softly purged is not fresh.
  const mostMs = current ? Number.POSITIVE_INFINITY : 0;
  const leftMs = Math.min(freshUntilMs - nowMs, softPurgedMs - nowMs, mostMs);
  if (leftMs > 0) return { is: 'fresh', leftMs };
  const staleMs = -leftMs;
  const mayRefresh = consistency === 'standard' && staleMs < swrMs;
  const mayCover = consistency === 'standard' && staleMs < sieMs;
  const softly = softPurgedMs < freshUntilMs || nowMs < freshUntilMs ? 'soft-purged' : undefined;
  if (mayRefresh || mayCover) return { is: 'stale', leftMs, mayRefresh, mayCover, current, reason: softly };
  return { is: 'unusable', reason: softly ?? 'expired' };
}

const reasonOf = (
  change: 'hard' | 'unchecked' | number,
  present: string | null | undefined,
): UnusableReason => {
  if (change === 'hard') return present === null ? 'evicted' : 'purged';
  return change === 'unchecked' ? change : 'soft-purged';
};

/** What is said where there are several reasons, whatever the order of the tags. */
const gravest: readonly UnusableReason[] = ['purged', 'evicted', 'soft-purged', 'unchecked'];

const graver = (one: UnusableReason | null, other: UnusableReason): UnusableReason =>
  gravest.find((it) => it === one || it === other)!;

/**
 * Early refresh by chance, so that a hot entry is fetched again by one request shortly before it expires and not by
 * all of them after (optimal probabilistic cache stampede prevention, Vattani et al. 2015; β is 1).
 */
export function refreshesEarly(entry: Entry, leftMs: number, random: number): boolean {
  return -entry.fetchMs * Math.log(random) >= leftMs;
}
