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
  for (const row of [...before, ...told.flatMap(({ trials }) => trials)]) {
    const { className, step, arm } = row;
    if (!going.has(stepKey(className, step))) continue;
    const key = `${className} ${step} ${arm}`;
    const known = rows.get(key);
    if (known) rows.set(key, { className, step, arm, ...mergedArms(known, row) });
    else if (rows.size < bounds.trialRowsKept) rows.set(key, row);
  }
  return [...rows.values()];
}

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
    ...{ rollout, mode, percent, plan, step, nowMs, arms },
    // While everything was switched off nothing was tried.
    sinceMs: Math.max(sinceMs, killedMs ?? 0),
    looks: looks[stepKey(name, present)] ?? [],
  };
}
