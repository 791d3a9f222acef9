import type { PlanStep, Rollout, RolloutMode } from '../strategy/rollout-types.ts';
import type { Arm, ArmFigures } from '../strategy/trial.ts';

/** `units`: how many different ones, about; null: more than can be told. */
export type GuardArm = Omit<ArmFigures, 'units'> & { readonly units: number | null };

/** What had been counted at an earlier look: only what may be subtracted. */
export interface Look {
  /** The first one of a step is 1. */
  readonly number: number;
  readonly atMs: number;
  readonly arms: Readonly<
    Partial<Record<Arm, Pick<ArmFigures, 'requests' | 'errors' | 'sumMs' | 'sumSquaredMs' | 'compared'>>>
  >;
}

/** What the guard judges a class by. */
export interface GuardInput {
  readonly rollout: Rollout;
  readonly mode: RolloutMode;
  readonly percent: number;
  readonly plan: readonly PlanStep[];
  /** Null: it goes through no plan, and may only be sent back. */
  readonly step: number | null;
  /** From when on its time counts. */
  readonly sinceMs: number;
  readonly nowMs: number;
  /** Of this step alone. */
  readonly arms: Readonly<Partial<Record<Arm, GuardArm>>>;
  /** So many classes are tried that nothing is counted of further ones. Absent: there is room. */
  readonly isFull?: boolean;
  /** As the step's last report had them; none at its beginning. Without them what breaks late is found late. */
  readonly looks: readonly Look[];
}

export const guardTests = ['leak', 'stale', 'differing', 'errors', 'slower', 'ratio'] as const;
export type GuardTest = (typeof guardTests)[number];

/** One test, as an operator is shown it. */
export interface TestResult {
  readonly test: GuardTest;
  /**
   * `undecided`: more samples are needed, and nothing speaks against it so far. `not-judged`: it says nothing here, such as errors in the
   * shadow, where the origin answers.
   */
  readonly is: 'passes' | 'undecided' | 'fails' | 'not-judged';
  /** A share, or milliseconds; null: nothing was counted. */
  readonly value: number | null;
  /** Between these it is, at the guard's level; null: nothing can be said. */
  readonly low: number | null;
  readonly high: number | null;
  /** Beyond it the class is sent back. Of `ratio`: the share that there should be. */
  readonly bound: number;
  readonly samples: number;
  /** In one sentence, with its figures. */
  readonly says: string;
}

export interface GuardReport {
  /** `back`: at once, to the last safe mode. `hold`: nobody knows what the figures say, so that it neither goes on nor back. */
  readonly verdict: 'stay' | 'advance' | 'finish' | 'back' | 'hold';
  /** The first that failed; null: none did. */
  readonly failed: GuardTest | null;
  /** In one sentence: what failed, or what it waits for. */
  readonly why: string;
  /** In the order of `guardTests`; none where nothing is tried. */
  readonly tests: readonly TestResult[];
  /** To be kept until the next look at the same step: fewer than 20. */
  readonly looks: readonly Look[];
  /** How far the step is; null: it goes through no plan. */
  readonly progress: {
    readonly compared: number;
    readonly atLeast: number;
    readonly dwellLeftMs: number;
  } | null;
}
