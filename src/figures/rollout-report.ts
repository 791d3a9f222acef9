import type { Context } from '../engine/context.ts';
import { fingerprintOf } from '../rollout/fingerprint.ts';
import { type ClassFlags, type Flags, isTried, standingOf } from '../rollout/flags.ts';
import { guardOf } from '../rollout/guard.ts';
import type { GuardReport } from '../rollout/guard-types.ts';
import { type Arm, type ArmFigures, arms } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { readState } from './read.ts';
import { guardInputOf } from './rollout.ts';
import { readRolloutState } from './rollout-state.ts';

/** What was counted of a class as it is switched now, and what the guard finds in it, as `GET /-/rollout/:class` says it. */
export interface RolloutReport extends Pick<GuardReport, 'verdict' | 'failed' | 'why' | 'tests'> {
  /** How far its step is; null: it is in none. */
  readonly progress: {
    readonly compared: number;
    readonly at_least: number;
    readonly dwell_left_ms: number;
  } | null;
  /** Those of which something was counted. */
  readonly arms: Readonly<Partial<Record<Arm, ArmReport>>>;
  /** Until then what isolates told is in it; null: nothing was rolled up yet. */
  readonly rolled_up_at: string | null;
}

export interface ArmReport {
  readonly requests: number;
  readonly errors: number;
  /** Of the time to the answer; null: there was no request. */
  readonly mean_ms: number | null;
  /** How many different ones, about; null: more than can be told. */
  readonly units: number | null;
  /** Answers of the cache beside the origin's. */
  readonly compared: ArmFigures['compared'];
  /** What the cache would have saved; counted in the shadow alone, else 0. */
  readonly saved: ArmFigures['saved'] & { readonly dollars: number };
  /** Where answers differed: paths of fields, never what is there. */
  readonly differences: readonly string[];
}

/** Null: nothing is tried, so that nothing is counted. `commandPrice`: dollars for one of Redis. One request of Redis; rejects with `StoreError`. */
export async function readRolloutReport(
  context: Context,
  cls: DataClass,
  flags: Flags,
  commandPrice: number,
): Promise<RolloutReport | null> {
  const fingerprint = fingerprintOf(cls);
  const stands = standingOf(cls, fingerprint, flags);
  if (!isTried(stands)) return null;
  const state = await readState(context);
  const kept = readRolloutState(state?.rollout).state;
  const input = guardInputOf(cls, fingerprint, stands, kept, context.isolate.clock.now());
  const { tests, progress, ...found } = guardOf(input);
  const isKilled = flags.kill?.on || context.isolate.flags.isKilledHere;
  const { verdict, failed, why } = isKilled ? unjudged : asHeld(found, stands);
  const counted = arms.flatMap((arm) => {
    const its = input.arms[arm];
    return its ? [[arm, armReport(its, commandPrice)] as const] : [];
  });
  const rolledUpMs = state?.rollup.rolledUpMs ?? 0;
  return {
    ...{ verdict, failed, why, tests },
    progress: progress && {
      compared: progress.compared,
      at_least: progress.atLeast,
      dwell_left_ms: progress.dwellLeftMs,
    },
    arms: Object.fromEntries(counted),
    rolled_up_at: rolledUpMs === 0 ? null : new Date(rolledUpMs).toISOString(),
  };
}

/** The flags as the cron has kept them; null: it has kept none. One request of Redis; rejects with `StoreError`. */
export const keptFlags = async (context: Context): Promise<Flags | null> =>
  readRolloutState((await readState(context))?.rollout).state.flags;

/** While nothing is answered from the cache the cron judges nothing. */
const unjudged = {
  verdict: 'stay',
  failed: null,
  why: 'nothing is judged until the kill switch is off again',
} as const;

/** What is held goes back all the same, and nowhere else, whatever the figures say. */
const asHeld = (found: Pick<GuardReport, 'verdict' | 'failed' | 'why'>, { held }: ClassFlags) =>
  held === null || found.verdict === 'back'
    ? found
    : { ...found, verdict: 'hold' as const, why: `it is held; else: ${found.why}` };

const armReport = (
  {
    requests,
    errors,
    sumMs,
    units,
    compared,
    saved,
    at,
  }: Omit<ArmFigures, 'units'> & { readonly units: number | null },
  commandPrice: number,
): ArmReport => ({
  requests,
  errors,
  mean_ms: requests === 0 ? null : sumMs / requests,
  units,
  compared,
  saved: { ...saved, dollars: saved.commands * commandPrice },
  differences: at,
});
