import type { GuardArm, GuardInput } from '../../src/rollout/guard-types.ts';
import { rolloutOf, rolloutShape } from '../../src/strategy/rollout.ts';
import type { TrialResult } from '../../src/strategy/trial.ts';
import { newArmFigures } from '../../src/telemetry/tally.ts';

/** With the defaults that the definition names: at most 0.5 % stale, 2 % differing, 1 % more errors, 50 ms slower; five steps. */
export const rollout = rolloutOf(rolloutShape.parse({}), 'tenant');

const MINUTE = 60_000;

type ArmParts = Partial<Omit<GuardArm, 'compared'>> & {
  readonly compared?: Partial<Record<TrialResult, number>>;
};

/** A group's figures: nothing but what is said. */
export const armOf = ({ compared = {}, ...parts }: ArmParts): GuardArm => ({
  ...newArmFigures,
  units: 0,
  ...parts,
  compared: { ...newArmFigures.compared, ...compared },
});

/** `requests` whose times have this mean and standard deviation. */
export const timed = (requests: number, meanMs: number, deviationMs: number) => ({
  requests,
  sumMs: requests * meanMs,
  sumSquaredMs: requests * meanMs ** 2 + (requests - 1) * deviationMs ** 2,
});

/** In the shadow, for two hours: the first step of the default plan. */
export const inShadow = (parts: Partial<GuardInput>): GuardInput => ({
  ...{ rollout, mode: 'shadow', percent: 0, plan: rollout.plan, step: 0 },
  ...{ sinceMs: 0, nowMs: 120 * MINUTE, arms: {}, looks: [] },
  ...parts,
});

/** At 5 %, for two hours: the third step. */
export const atFivePercent = (parts: Partial<GuardInput>): GuardInput =>
  inShadow({ mode: 'on', percent: 5, step: 2, ...parts });
