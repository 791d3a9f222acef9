import { type Trial, type TrialResult, trialResults } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import type { Bulkhead } from './bulkhead.ts';
import { cannotBeCompared, comparisonOf } from './compared.ts';
import { comparisonLine } from './comparison-line.ts';
import { type Context, type Isolate, within } from './context.ts';
import { countFailure, countFetch } from './count-fetch.ts';
import type { Comparison, HitCompared, Present } from './hit-compared.ts';
import { stopForLeak } from './leak.ts';
import { newNotes } from './notes.ts';
import { type FetchFailure, failed, timedOut } from './origin-call.ts';

/** A hit, and how its front end asks the origin for the same. */
export interface HitToCompare extends HitCompared {
  readonly bulkhead: Bulkhead;
  /** Whose share of the bulkhead it takes. */
  readonly tenant: string;
  /** Asks as the class does, for who was served, under no lease, and stores nothing. Its body as it came. */
  readonly fetch: (context: Context) => Promise<Present | FetchFailure>;
}

/** Whether one is of the class's share that is compared: of a larger one while the class is tried. */
export function isCompared({ random }: Pick<Isolate, 'random'>, cls: DataClass, trial?: Trial): boolean {
  const share = trial ? Math.max(cls.compareShare, cls.rollout.compareShare) : cls.compareShare;
  return share > 0 && random() < share;
}

/** Compares a hit with the origin in the background, if there is room for it. It never takes a place that a fetch needs. */
export function compareHit(context: Context, hit: HitToCompare): void {
  const { comparisonsAtOnce: atOnce, placesLeftByComparison: leaves } = context.isolate.bounds;
  const end = new AbortController();
  const leave = hit.bulkhead.enterAside(hit.tenant, { atOnce, leaves }, () => end.abort());
  if (!leave) return;
  const ended = runComparison(context, hit, end.signal, leave).catch(() => {});
  context.waitUntil(
    ended.finally(() => {
      leave();
      // Lets go of a body that nobody reads any more.
      end.abort();
    }),
  );
}

async function runComparison(
  context: Context,
  hit: HitToCompare,
  signal: AbortSignal,
  leave: () => void,
): Promise<void> {
  const apart: Context = { ...apartFrom(context), signal };
  countFetch(context, hit.label.className, 'comparison', true);
  const ended = runToEnd(apart, hit, signal, leave);
  await concludeComparison(context, hit, await ended.catch(() => cannotBeCompared));
}

async function runToEnd(
  apart: Context,
  hit: HitToCompare,
  signal: AbortSignal,
  leave: () => void,
): Promise<Comparison> {
  const { className } = hit.label;
  const present = await presentOf(apart, hit, signal);
  if (signal.aborted) return { result: 'dropped' };
  if (present.is === 'failed') countFailure(apart, className, present);
  else if (typeof present.body !== 'string')
    apart.isolate.meter.add('origin_bytes', present.body.length, className);
  return comparisonOf(apart, hit, present, { checksEqual: true, tellRead: leave });
}

/** Within the origin's deadline, its body included, or until it has to give way. */
async function presentOf(
  apart: Context,
  { fetch }: HitToCompare,
  signal: AbortSignal,
): Promise<Present | FetchFailure> {
  const { clock, bounds } = apart.isolate;
  const gaveWay = Promise.withResolvers<FetchFailure>();
  signal.addEventListener('abort', () => gaveWay.resolve(failed('gave way')), { once: true });
  const asked = Promise.race([fetch(apart), gaveWay.promise]);
  return within(clock, bounds.originMs, asked, timedOut(bounds.originMs));
}

/** With notes of its own: the request's line says what its client met. */
export function apartFrom(context: Context): Context {
  const { isolate, identity, deadlineMs } = context;
  const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
  return { isolate, identity, deadlineMs, waitUntil, notes: newNotes() };
}

/** Counts it, says where it differs, and stops what gives one user's answers to another. */
export async function concludeComparison(
  context: Context,
  hit: HitCompared,
  comparison: Comparison,
): Promise<void> {
  const { meter, tally, logComparison } = context.isolate;
  const { result } = comparison;
  const at = 'at' in comparison ? comparison.at : [];
  // Each has one result.
  meter.add('comparisons', 1, hit.label.className, result);
  if (hit.trial && isOfTrial(result)) tally.compared(hit.trial, result, at);
  if (!('at' in comparison)) return;
  logComparison(comparisonLine(context, hit, comparison.result, at));
  if (result === 'leak') await stopForLeak(context, hit.cls, at);
}

const isOfTrial = (result: Comparison['result']): result is TrialResult =>
  (trialResults as readonly string[]).includes(result);
