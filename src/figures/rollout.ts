import { bounds } from '../bounds.ts';
import { type ClassFlags, type Flags, isTried } from '../rollout/flags.ts';
import type { GuardArm, GuardInput } from '../rollout/guard-types.ts';
import type { Rollout } from '../strategy/rollout-types.ts';
import { type Arm, stepName, type TrialFigures } from '../strategy/trial.ts';
import type { Flush } from '../telemetry/flush.ts';
import { mergedArms, Units } from '../telemetry/tally.ts';
import { type RolloutState, stepKey } from './rollout-state.ts';

/** With what was told since, of the steps that go on by these flags: what was counted of others says nothing of them. */
export function countedTrials(
  before: readonly TrialFigures[],
  told: readonly Pick<Flush, 'trials'>[],
  flags: Flags,
): readonly TrialFigures[] {
  const going = new Set(
    Object.entries(flags.classes).flatMap(([className, known]) =>
      Object.entries(known).flatMap(([fingerprint, it]) =>
        it && isTried(it) ? [stepKey(className, stepName(fingerprint, it.sinceMs))] : [],
      ),
    ),
  );
  const rows = new Map<string, TrialFigures>();
  const steps = new Set<string>();
  for (const row of [...before, ...told.flatMap(({ trials }) => trials)]) {
    const { className, step, arm } = row;
    const of = stepKey(className, step);
    // All groups of a step, or none: one says nothing without the other.
    if (!going.has(of) || (!steps.has(of) && steps.size >= bounds.trialStepsKept)) continue;
    steps.add(of);
    const key = `${of} ${arm}`;
    const known = rows.get(key);
    rows.set(key, known ? { className, step, arm, ...mergedArms(known, row) } : row);
  }
  return [...rows.values()];
}

/** Whether there is no room for what is told of another step. */
export const areFull = (trials: readonly TrialFigures[]): boolean =>
  new Set(trials.map((it) => stepKey(it.className, it.step))).size >= bounds.trialStepsKept;

/** What the guard judges a version of a class by, as it is switched now. */
export function guardInputOf(
  { name, rollout }: { readonly name: string; readonly rollout: Rollout },
  fingerprint: string,
  { mode, percent, plan, step, sinceMs }: ClassFlags,
  { trials, looks, killedMs }: Pick<RolloutState, 'trials' | 'looks' | 'killedMs'>,
  nowMs: number,
): GuardInput {
  const present = stepName(fingerprint, sinceMs);
  const arms: Partial<Record<Arm, GuardArm>> = {};
  for (const { className, step: of, arm, ...figures } of trials)
    if (className === name && of === present)
      arms[arm] = { ...figures, units: new Units(figures.units).count };
  return {
    ...{ rollout, mode, percent, plan, step, nowMs, arms, isFull: areFull(trials) },
    // While everything was switched off nothing was tried.
    sinceMs: Math.max(sinceMs, killedMs ?? 0),
    looks: looks[stepKey(name, present)] ?? [],
  };
}
