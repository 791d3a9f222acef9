import type { PlanStep, Rollout, RolloutMode } from '../strategy/rollout-types.ts';
import type { Arm, ArmFigures } from '../strategy/trial.ts';

/** `units`: how many different ones, about; NaN: nobody knows. */
export type GuardArm = Omit<ArmFigures, 'units'> & { readonly units: number };

/** What the guard judges a class by. */
export interface GuardInput {
  readonly rollout: Rollout;
  readonly mode: RolloutMode;
  readonly percent: number;
  readonly plan: readonly PlanStep[];
  /** Null: it goes through no plan, and may only be sent back. */
  readonly step: number | null;
  readonly sinceMs: number;
  readonly nowMs: number;
  /** Of this step alone. */
  readonly arms: Readonly<Partial<Record<Arm, GuardArm>>>;
}

export const guardTests = ['leak', 'stale', 'differing', 'errors', 'slower', 'ratio'] as const;
export type GuardTest = (typeof guardTests)[number];

/** One test, as an operator is shown it. */
export interface TestResult {
  readonly test: GuardTest;
  /** `undecided`: more samples are needed, and nothing speaks against it so far. */
  readonly is: 'passes' | 'undecided' | 'fails';
  /** A share, or milliseconds; null: nothing was counted. */
  readonly value: number | null;
  /** Between these it is, at the guard's level; null: nothing can be said. */
  readonly low: number | null;
  readonly high: number | null;
  readonly bound: number;
  readonly samples: number;
  /** In one sentence, with its figures. */
  readonly says: string;
}

export interface GuardReport {
  /** `back`: at once, to the last safe mode. `hold`: nobody knows what the figures say, so that it neither goes on nor back. */
  readonly verdict: 'stay' | 'advance' | 'finish' | 'back' | 'hold';
  /** In one sentence: what failed, or what it waits for. */
  readonly why: string;
  readonly tests: readonly TestResult[];
}
