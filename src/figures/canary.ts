import { bounds } from '../bounds.ts';
import { madeMsOf } from '../engine/canary.ts';
import type { ServiceLevel } from '../strategy/service-level.ts';
import type { Flush } from '../telemetry/flush.ts';
import type { LabelValue } from '../telemetry/known-labels.ts';
import type { CanaryDay, CanaryPurge, CanaryState, LastLook } from './canary-state.ts';

export type CanaryResult = LabelValue<'canary_purges', 'result'>;

export interface CanaryStep {
  readonly state: CanaryState;
  /** Of each purge that was judged now and that somebody saw, or should have: how long it took to be seen everywhere. */
  readonly visibleMs: readonly number[];
  readonly results: readonly CanaryResult[];
  /** Looks that found a purge before it was made. */
  readonly early: number;
}

/**
 * One tick: what isolates told is taken in, and purges that are old enough are judged. `told` may come again, in whatever order: of each isolate
 * only what is later than what is known of it counts.
 */
export function canaryStep(
  before: CanaryState,
  told: readonly Pick<Flush, 'isolate' | 'seen'>[],
  nowMs: number,
  level: ServiceLevel,
): CanaryStep {
  const purges = before.purges
    .filter(({ madeMs }) => madeMs <= nowMs + bounds.canaryUnseenMs)
    .map((it) => ({ ...it }));
  const isolates: Isolates = new Map(Object.entries(before.isolates));
  const days = before.days.map((it) => ({ ...it }));
  let early = 0;
  for (const look of looksOf(told)) {
    const seenEarly = takeIn(look, purges, isolates);
    for (const madeMs of seenEarly) dayOf(days, madeMs, level).early += 1;
    early += seenEarly.length;
  }
  const results: CanaryResult[] = [];
  const visibleMs: number[] = [];
  const open = purges.filter((purge) => {
    const judged = judgedPurge(purge, isolates, nowMs, level);
    if (!judged) return true;
    const day = dayOf(days, purge.madeMs, level);
    day[judged.result] += 1;
    results.push(judged.result);
    if (judged.visibleMs === null) return false;
    day.longestMs = Math.max(day.longestMs, judged.visibleMs);
    visibleMs.push(judged.visibleMs);
    return false;
  });
  const state = {
    ...before,
    purges: open,
    isolates: Object.fromEntries(lately(isolates, open, nowMs)),
    days: kept(days, nowMs),
  };
  return { state, visibleMs, results, early };
}

/** The state with a purge that is made now; its time is later than that of any before, so that they have an order. */
export function withPurge(
  state: CanaryState,
  nowMs: number,
  maker: string,
): { state: CanaryState; madeMs: number } {
  const madeMs = Math.max(nowMs, ...state.purges.map((it) => it.madeMs + 1));
  const purges = [...state.purges, { madeMs, maker, longestMs: null }];
  return { state: { ...state, purges: purges.slice(-bounds.canaryPurges) }, madeMs };
}

type Isolates = Map<string, LastLook>;

/** What an isolate's lookups found, while it was one canary. */
interface Look {
  readonly isolate: string;
  /** 0: there was none, which is valid for nothing that was stored, so that it hides no purge. */
  readonly madeMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

function looksOf(told: readonly Pick<Flush, 'isolate' | 'seen'>[]): Look[] {
  const looks = told.flatMap(({ isolate, seen }) =>
    seen.flatMap(([canary, firstMs, lastMs]) => {
      const madeMs = madeMsOf(canary);
      return madeMs === null ? [] : [{ isolate, madeMs, firstMs, lastMs }];
    }),
  );
  return looks.sort((a, b) => a.firstMs - b.firstMs);
}

/** Returns when those purges were made that were seen before they were. */
function takeIn(look: Look, purges: readonly CanaryPurge[], isolates: Isolates): number[] {
  const { isolate, firstMs, lastMs } = look;
  const [madeBefore, lookedMs] = isolates.get(isolate) ?? [-1, Number.NEGATIVE_INFINITY];
  if (lastMs <= lookedMs) return [];
  const latest = Math.max(0, madeBefore, ...purges.map((it) => it.madeMs).filter((it) => it < lastMs));
  const madeMs = look.madeMs === 0 ? latest : look.madeMs;
  const early: number[] = [];
  for (const purge of purges) {
    const isNew = purge.madeMs > madeBefore && purge.madeMs <= madeMs;
    if (!isNew || purge.maker === isolate) continue;
    if (firstMs < purge.madeMs) early.push(purge.madeMs);
    const tookMs = tookMsOf(purge.madeMs, lookedMs, firstMs);
    if (tookMs !== null) purge.longestMs = Math.max(purge.longestMs ?? 0, tookMs);
  }
  isolates.set(isolate, [madeMs, lastMs]);
  return early;
}

/**
 * For how long lookups of an isolate may have been answered as before a purge: until its first look that found it, but no longer than a look is
 * good for after the last that did not. Null: it had nothing to look for when the purge was made, and says nothing.
 */
function tookMsOf(madeMs: number, lookedMs: number, firstMs: number): number | null {
  const everyMs = bounds.canaryLookMs;
  if (firstMs <= madeMs + everyMs) return Math.max(0, firstMs - madeMs);
  return lookedMs < madeMs - everyMs ? null : Math.max(0, Math.min(firstMs, lookedMs + everyMs) - madeMs);
}

/** Whether this isolate's last look was after the purge, and did not find it. */
const isLaggingBehind = ({ madeMs, maker }: CanaryPurge, isolate: string, [foundMs, lookedMs]: LastLook) =>
  foundMs < madeMs && lookedMs > madeMs && isolate !== maker;

/** Null: it is too early to tell. */
function judgedPurge(
  purge: CanaryPurge,
  isolates: Isolates,
  nowMs: number,
  { targetMs }: ServiceLevel,
): { readonly result: CanaryResult; readonly visibleMs: number | null } | null {
  const { madeMs, longestMs } = purge;
  const ageMs = nowMs - madeMs;
  if (ageMs < bounds.canaryJudgedMs) return null;
  let visibleMs = longestMs;
  let isLagging = false;
  for (const [isolate, look] of isolates) {
    if (!isLaggingBehind(purge, isolate, look)) continue;
    const [, lookedMs] = look;
    // Whoever fell silent is gone, or asleep: it was without it for as long as its last look was good for.
    if (nowMs - lookedMs > bounds.canaryGoneMs)
      visibleMs = Math.max(visibleMs ?? 0, lookedMs + bounds.canaryLookMs - madeMs);
    else isLagging = true;
  }
  if (isLagging && ageMs < bounds.canaryUnseenMs) return null;
  if (isLagging) return { result: 'unseen', visibleMs: ageMs };
  if (visibleMs === null) return { result: 'unmeasured', visibleMs };
  return { result: visibleMs <= targetMs ? 'within' : 'late', visibleMs };
}

/** Isolates come and go: those that looked last are known, first of all those that a purge waits for. What the others saw says nothing any more. */
function lately(isolates: Isolates, open: readonly CanaryPurge[], nowMs: number): [string, LastLook][] {
  const sinceMs = nowMs - bounds.canaryUnseenMs;
  return [...isolates]
    .filter(([, [, lookedMs]]) => lookedMs > sinceMs)
    .map((it) => ({ it, isWaitedFor: open.some((purge) => isLaggingBehind(purge, ...it)) }))
    .sort((a, b) => Number(b.isWaitedFor) - Number(a.isWaitedFor) || b.it[1][1] - a.it[1][1])
    .slice(0, bounds.canaryIsolates)
    .map(({ it }) => it);
}

const DAY_MS = 86_400_000;

/** The row of the day in which a purge was made. */
function dayOf(days: CanaryDay[], madeMs: number, { targetMs }: ServiceLevel): CanaryDay {
  const startMs = madeMs - (madeMs % DAY_MS);
  const known = days.find((it) => it.startMs === startMs && it.targetMs === targetMs);
  if (known) return known;
  const none = { within: 0, late: 0, unseen: 0, unmeasured: 0, early: 0, longestMs: 0 };
  const made = { startMs, targetMs, ...none };
  days.push(made);
  return made;
}

const kept = (days: readonly CanaryDay[], nowMs: number): CanaryDay[] =>
  days
    .filter(({ startMs }) => startMs > nowMs - (bounds.canaryDays + 1) * DAY_MS)
    .sort((a, b) => a.startMs - b.startMs)
    .slice(-2 * bounds.canaryDays);

/** A day's service level as it is shown. */
export interface DayOfService extends CanaryDay {
  /** Of the purges that were measured; null: none was. */
  readonly share: number | null;
  readonly isMet: boolean | null;
}

/** "x s for y % of purges", day by day, the latest last. Purges that nobody could measure do not count. */
export const daysOfService = ({ days }: CanaryState, level: ServiceLevel): DayOfService[] =>
  days.map((day) => {
    const measured = day.within + day.late + day.unseen;
    const share = measured === 0 ? null : day.within / measured;
    return { ...day, share, isMet: share === null ? null : share >= level.share };
  });
