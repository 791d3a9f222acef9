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

/**
 * What an entry is worth now, given the generations that Redis (or a trusted copy) says are the present ones. `current`:
 * every generation is entirely equal, so that a copy may be trusted for a while.
 */
export type Verdict =
  | { readonly is: 'fresh'; readonly leftMs: number; readonly current: boolean }
  /** `leftMs` is 0 or negative. `mayRefresh`: it may be served while a refresh runs; `mayCover`: when the origin fails. */
  | {
      readonly is: 'stale';
      readonly leftMs: number;
      readonly mayRefresh: boolean;
      readonly mayCover: boolean;
      readonly current: boolean;
    }
  | { readonly is: 'unusable'; readonly reason: 'purged' | 'expired' | 'unchecked' };

/** The present value of a name. `undefined`: it was not looked up, or not answered. `null`: it is missing, which equals nothing, not even missing. */
export type PresentValue = (name: string) => string | null | undefined;

export function judge(
  entry: Entry,
  { consistency, swrMs, sieMs }: Windows,
  presentOf: PresentValue,
  nowMs: number,
): Verdict {
  let softPurgedMs = Number.POSITIVE_INFINITY;
  for (const [name, captured] of entry.generations) {
    const present = presentOf(name);
    if (present === undefined) return { is: 'unusable', reason: 'unchecked' };
    const change = changeOf(captured, present);
    if (change === 'hard' || (change !== 'none' && consistency === 'strict')) return purgedVerdict; // guard: read-generations
    if (typeof change === 'number') softPurgedMs = Math.min(softPurgedMs, change);
  }
  const freshUntilMs = entry.fetchedMs + entry.ttlMs;
  const leftMs = Math.min(freshUntilMs, softPurgedMs) - nowMs;
  const current = softPurgedMs === Number.POSITIVE_INFINITY;
  if (leftMs > 0) return { is: 'fresh', leftMs, current };
  const staleMs = -leftMs;
  const mayRefresh = consistency === 'standard' && staleMs < swrMs;
  const mayCover = consistency === 'standard' && staleMs < sieMs;
  if (mayRefresh || mayCover) return { is: 'stale', leftMs, mayRefresh, mayCover, current };
  return softPurgedMs < freshUntilMs ? purgedVerdict : expiredVerdict;
}

const purgedVerdict: Verdict = { is: 'unusable', reason: 'purged' };
const expiredVerdict: Verdict = { is: 'unusable', reason: 'expired' };

/** What became of a generation since it was captured; of a soft purge, when it was. A value that is no generation counts as a hard purge. */
function changeOf(captured: string, present: string | null): 'none' | 'hard' | number {
  if (present === captured) return 'none';
  const [hardBefore] = captured.split('.');
  const [hard, , at] = (present ?? '').split('.');
  const atMs = Number(at);
  return hard === hardBefore && hard !== '' && Number.isSafeInteger(atMs) && atMs > 0 ? atMs : 'hard';
}

/**
 * Early refresh by chance, so that a hot entry is fetched again by one request shortly before it expires and not by
 * all of them after (optimal probabilistic cache stampede prevention, Vattani et al. 2015; β is 1).
 */
export function refreshesEarly(entry: Entry, leftMs: number, random: number): boolean {
  return -entry.fetchMs * Math.log(random) >= leftMs;
}
