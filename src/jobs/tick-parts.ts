import type { Context } from '../engine/context.ts';
import type { Figures, Totals } from '../figures/types.ts';
import type { MetricsValue } from '../store/port.ts';
import type { GaugeId } from '../telemetry/catalogue.ts';
import type { Flush } from '../telemetry/flush.ts';

/** What takes part in each tick of the cron, with a state of its own in what the cron keeps. None of it fails the others. */
export interface TickParts {
  /** Null: it is off. */
  readonly canary: CanaryPart | null;
  readonly alerts: AlertsPart | null;
  /** Null: no class is switched on step by step. */
  readonly rollout: RolloutPart | null;
  /** How much the plan of Redis holds, where a setting says so; null: as Redis says. */
  readonly memoryLimitBytes: number | null;
}

/** `state`: as it was kept, whoever wrote it; undefined: it was not. */
export interface CanaryPart {
  /** Once a tick: a purge, which is written in the step that settles the tick. */
  purge(state: unknown, nowMs: number): CanaryPurged;
  /** Pure. `told`: what was not counted before. */
  step(
    state: unknown,
    input: { readonly nowMs: number; readonly told: readonly Flush[] },
  ): { readonly state: unknown; readonly counted: Figures };
}

export interface CanaryPurged {
  readonly state: unknown;
  readonly values: readonly MetricsValue[];
  /** Something of the state is lost. */
  readonly isUnreadable?: boolean;
}

export interface RolloutPart {
  /** Pure. `flags`: as they stand in Redis. `told`: what was not counted before. */
  count(
    state: unknown,
    input: { readonly flags: string | null; readonly told: readonly Flush[] },
  ): { readonly state: unknown; readonly isUnreadable: boolean };
  /**
   * Once all is counted, or as much as fits into a tick: changes the flags where somebody must, and purges. It may come twice for the same figures.
   * `isBehind`: more was told, and is not known yet.
   */
  act(
    context: Context,
    state: unknown,
    given: { readonly flags: string | null; readonly isBehind: boolean },
  ): Promise<RolloutActed>;
}

export interface RolloutActed {
  readonly state: unknown;
  /** For the log; absent: nothing was changed. */
  readonly logged?: readonly object[] | undefined;
}

export interface AlertsPart {
  /**
   * Where nothing could be settled, and so nothing sent: tells that directly, with what fires. True: not yet, look again first. Absent: nobody is
   * there to be told.
   */
  readonly tellUnsettled?: ((context: Context, unsettled: Unsettled) => Promise<boolean>) | undefined;
  /** Pure. */
  step(
    state: unknown,
    input: {
      readonly nowMs: number;
      readonly totals: Totals;
      readonly gauges: Readonly<Record<GaugeId, number | null>>;
      /** What is kept of roll-outs. */
      readonly rollout: unknown;
    },
  ): AlertsStepped;
}

/** A run of the cron that could not settle anything. */
export interface Unsettled {
  /** When it looked first. */
  readonly sinceMs: number;
  /** In all, before it looked again. */
  readonly waitedMs: number;
}

export interface AlertsStepped {
  readonly state: unknown;
  /** For the log; absent: nothing has changed. */
  readonly logged?: object | undefined;
  /** Only once the state is settled: sends what is due. The state without what was taken; null: it stays as it is. */
  deliver(context: Context): Promise<unknown>;
}

export const noParts: TickParts = { canary: null, alerts: null, rollout: null, memoryLimitBytes: null };
