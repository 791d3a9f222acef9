import * as z from 'zod';
import { bounds } from '../bounds.ts';

/** Sums as they stood at each tick of the last hour: what an alert measures is what one grew since a tick. */
export interface History {
  /** When, oldest first. */
  readonly atMs: readonly number[];
  /** By a term's key, one for each of these times; null: nobody read it then. */
  readonly sums: Readonly<Record<string, readonly (number | null)[]>>;
}

export const newHistory: History = { atMs: [], sums: {} };

/** Ticks of an hour, as close as they are kept, and the one before it. */
const mostTicks = bounds.alertWindowMs / bounds.alertTickMs + 1;
const mostTerms = 2 * bounds.alerts;

export const historyShape: z.ZodType<History> = z
  .object({
    atMs: z.array(z.int().min(0)).max(mostTicks),
    sums: z.record(z.string().max(1024), z.array(z.number().nullable()).max(mostTicks)),
  })
  .refine(
    ({ atMs, sums }) =>
      Object.keys(sums).length <= mostTerms &&
      Object.values(sums).every(({ length }) => length === atMs.length) &&
      atMs.every((ms, i) => i === 0 || ms > atMs[i - 1]!),
  );

/** With this tick, unless it comes too soon after the last one; without terms that nobody reads any more. */
export function recorded(history: History, nowMs: number, sums: ReadonlyMap<string, number>): History {
  const { atMs } = history;
  const ofFuture = atMs.findIndex((ms) => isOfFuture(ms, nowMs));
  if (ofFuture >= 0) return recorded(firstOf(history, ofFuture), nowMs, sums);
  const isTooSoon = atMs.length > 0 && nowMs < atMs.at(-1)! + bounds.alertTickMs;
  // The first that is kept is the last one that is old enough for the longest window.
  const from = Math.max(
    0,
    atMs.findLastIndex((ms) => ms <= soonEnough(nowMs, bounds.alertWindowMs)),
  );
  const next = (values: readonly (number | null)[], now: number) =>
    isTooSoon ? values : [...values.slice(from), now].slice(-mostTicks);
  return {
    atMs: next(atMs, nowMs) as readonly number[],
    sums: Object.fromEntries(
      [...sums].map(([key, sum]) => [key, next(history.sums[key] ?? atMs.map(() => null), sum)]),
    ),
  };
}

/** Of a clock that was far ahead of this one: what it has kept would keep every tick out until then, and all alerts silent. */
export const isOfFuture = (ms: number, nowMs: number): boolean => ms > nowMs + bounds.alertLateMs;

const firstOf = ({ atMs, sums }: History, ticks: number): History => ({
  atMs: atMs.slice(0, ticks),
  sums: Object.fromEntries(Object.entries(sums).map(([key, values]) => [key, values.slice(0, ticks)])),
});

/** A sum as it stood `windowMs` ago, which is as the last tick before left it; null: nobody knows, as where the cron did not run then. */
export function before({ atMs, sums }: History, key: string, nowMs: number, windowMs: number): number | null {
  const at = atMs.findLastIndex((ms) => ms <= soonEnough(nowMs, windowMs));
  return nowMs - windowMs - (atMs[at] ?? 0) > bounds.alertLateMs ? null : (sums[key]?.[at] ?? null);
}

/** Ticks of the cron do not come to the second: one that is a little too young counts too, else a window would be a minute longer now and then. */
const soonEnough = (nowMs: number, windowMs: number) => nowMs - windowMs + bounds.alertTickMs / 2;
