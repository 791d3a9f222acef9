import type { Entry } from '../store/wire.ts';

/** How long an entry may be served after its ttl. */
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
  | { readonly is: 'fresh'; readonly ttlMs: number; readonly current: boolean }
  /** `ttlMs` is 0 or negative. In `mayRevalidate` it may be served while a refresh runs, in `mayCover` when the origin fails. */
  | {
      readonly is: 'stale';
      readonly ttlMs: number;
      readonly mayRevalidate: boolean;
      readonly mayCover: boolean;
      readonly current: boolean;
    }
  | { readonly is: 'unusable'; readonly reason: 'purged' | 'expired' | 'unchecked' };

/** A generation by its name. `undefined`: it was not looked up. `null`: it is missing, which equals nothing, not even missing. */
export type Generations = (name: string) => string | null | undefined;

export function judge(
  entry: Entry,
  { consistency, swrMs, sieMs }: Windows,
  present: Generations,
  nowMs: number,
): Verdict {
  let softPurgedMs = Number.POSITIVE_INFINITY;
  for (const [name, captured] of entry.generations) {
    const now = present(name);
    if (now === undefined) return { is: 'unusable', reason: 'unchecked' };
    const change = changeOf(captured, now);
    if (change === 'hard' || (change !== 'none' && consistency === 'strict')) return purged; // guard: read-generations
    if (typeof change === 'number') softPurgedMs = Math.min(softPurgedMs, change);
  }
  const expiresMs = entry.fetchedMs + entry.ttlMs;
  const ttlMs = Math.min(expiresMs, softPurgedMs) - nowMs;
  const current = softPurgedMs === Number.POSITIVE_INFINITY;
  if (ttlMs > 0) return { is: 'fresh', ttlMs, current };
  const staleMs = -ttlMs;
  const mayRevalidate = consistency === 'standard' && staleMs < swrMs;
  const mayCover = consistency === 'standard' && staleMs < sieMs;
  if (mayRevalidate || mayCover) return { is: 'stale', ttlMs, mayRevalidate, mayCover, current };
  return softPurgedMs < expiresMs ? purged : expired;
}

const purged: Verdict = { is: 'unusable', reason: 'purged' };
const expired: Verdict = { is: 'unusable', reason: 'expired' };

/** What became of a generation since it was captured; of a soft purge, when it was. What is no generation counts as a hard one. */
function changeOf(captured: string, now: string | null): 'none' | 'hard' | number {
  if (now === captured) return 'none';
  const [hardBefore] = captured.split('.');
  const [hard, , at] = (now ?? '').split('.');
  const atMs = Number(at);
  return hard === hardBefore && hard !== '' && Number.isSafeInteger(atMs) && atMs > 0 ? atMs : 'hard';
}

/**
 * Early refresh by chance, so that a hot entry is fetched again by one request shortly before it expires and not by
 * all of them after (optimal probabilistic cache stampede prevention, Vattani et al. 2015; β is 1).
 */
export function refreshesEarly(entry: Entry, ttlMs: number, random: number): boolean {
  return -entry.fetchMs * Math.log(random) >= ttlMs;
}
