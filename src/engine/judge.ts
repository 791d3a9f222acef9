import type { Entry } from '../store/wire.ts';
import type { DataClass } from '../strategy/data-class.ts';

/** The part of a class that decides. */
export type Windows = Pick<DataClass, 'swrMs' | 'sieMs' | 'consistency'>;

/**
 * What an entry is worth now, given the generations that Redis (or a trusted copy) says are current. `whole`: every
 * generation is wholly equal, so that a copy may be trusted for a while.
 */
export type Verdict =
  | { readonly is: 'fresh'; readonly ttlMs: number; readonly whole: boolean }
  /** `ttlMs` is 0 or negative. In `mayRevalidate` it may be served while a refresh runs, in `mayCover` when the origin fails. */
  | {
      readonly is: 'stale';
      readonly ttlMs: number;
      readonly mayRevalidate: boolean;
      readonly mayCover: boolean;
      readonly whole: boolean;
    }
  | { readonly is: 'unusable'; readonly why: 'purged' | 'expired' | 'unchecked' };

/** `undefined`: the name was not asked for. `null`: it is missing, which equals nothing, not even missing. */
export type Current = (name: string) => string | null | undefined;

const NEVER = Number.POSITIVE_INFINITY;

export function judge(entry: Entry, windows: Windows, current: Current, nowMs: number): Verdict {
  let softPurgedMs = NEVER;
  for (const [name, captured] of entry.generations) {
    const now = current(name);
    if (now === undefined) return { is: 'unusable', why: 'unchecked' };
    if (now === captured) continue;
    const softMs = now === null ? NEVER : softPurgeBetween(captured, now);
    if (softMs === NEVER || windows.consistency === 'strict') return { is: 'unusable', why: 'purged' }; // guard: read-generations
    softPurgedMs = Math.min(softPurgedMs, softMs);
  }
  const expiresMs = entry.fetchedMs + entry.ttlMs;
  const staleFromMs = Math.min(expiresMs, softPurgedMs);
  const ttlMs = staleFromMs - nowMs;
  const whole = softPurgedMs === NEVER;
  if (ttlMs > 0) return { is: 'fresh', ttlMs, whole };
  const staleMs = -ttlMs;
  const mayRevalidate = windows.consistency === 'standard' && staleMs < windows.swrMs;
  const mayCover = windows.consistency === 'standard' && staleMs < windows.sieMs;
  if (!mayRevalidate && !mayCover)
    return { is: 'unusable', why: softPurgedMs < expiresMs ? 'purged' : 'expired' };
  return { is: 'stale', ttlMs, mayRevalidate, mayCover, whole };
}

/** When the tag was softly purged; never if it was purged hard, or the generation is not one. */
function softPurgeBetween(captured: string, now: string): number {
  const [hardBefore] = captured.split('.');
  const [hard, , at] = now.split('.');
  const atMs = Number(at);
  return hard === hardBefore && hard !== '' && Number.isSafeInteger(atMs) && atMs > 0 ? atMs : NEVER;
}

/**
 * Early refresh by chance, so that a hot entry is fetched again by one request shortly before it expires and not by
 * all of them after (optimal probabilistic cache stampede prevention, Vattani et al. 2015; β is 1).
 */
export function refreshesEarly(entry: Entry, ttlMs: number, random: number): boolean {
  return -entry.fetchMs * Math.log(random) >= ttlMs;
}
