import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { type Flags, flagsShape } from '../rollout/flags.ts';
import type { Look } from '../rollout/guard-types.ts';
import { looksShape } from '../rollout/looks.ts';
import { arms, type TrialFigures } from '../strategy/trial.ts';
import { trialFiguresShape } from '../telemetry/tally.ts';

/** One step of one version of a class, or that version: no class's name has a space. */
export const stepKey = (className: string, step: string): string => `${className} ${step}`;

const heldShape = z.object({
  name: z.string().max(bounds.classNameChars),
  /** What holds it; null: nothing. */
  decision: z.string().max(64).nullable(),
  isSentBack: z.boolean(),
  /** Why, with the evidence. */
  says: z.string().max(2 * bounds.rolloutWhyChars),
});

/** What the cron keeps of roll-outs from one tick to the next: bounded, and as JSON in Redis. */
export interface RolloutState {
  /** What all isolates have told of each step that goes on, a row for each arm. */
  readonly trials: readonly TrialFigures[];
  /** What the guard knew at earlier looks at a step, by `stepKey`. */
  readonly looks: Readonly<Record<string, readonly Look[]>>;
  /** As they last were: where they are lost they come back from here. Null: there were none. */
  readonly flags: Flags | null;
  /** Classes that the flags have and this deployment has not, by name: since when. */
  readonly gone: Readonly<Record<string, number>>;
  /** Those of this deployment that are being switched on, or that the guard has stopped, for alerts. */
  readonly watched: readonly HeldClass[];
  /** When a tick last found everything switched off: a step's time counts from then on. Null: never. */
  readonly killedMs: number | null;
  /** Purges that somebody has taken, of what the guard has sent back. */
  readonly purged: readonly string[];
  /** … and ids of those that nobody has taken yet, by the version of the class that it sent back: only the latest of each. */
  readonly unpurged: Readonly<Record<string, string>>;
}

export type HeldClass = Readonly<z.infer<typeof heldShape>>;

const ms = z.number().min(0);
const purgeId = z.string().max(64);

/** What was kept, whoever wrote it, part by part and row by row. `isUnreadable`: something is lost, and begins anew. */
export function readRolloutState(kept: unknown): {
  readonly state: RolloutState;
  readonly isUnreadable: boolean;
} {
  let isUnreadable = false;
  const parse = <T, const L>(shape: z.ZodType<T>, given: unknown, otherwise: L): T | L => {
    if (given === undefined || given === null) return otherwise;
    const parsed = shape.safeParse(given);
    if (!parsed.success) isUnreadable = true;
    return parsed.success ? parsed.data : otherwise;
  };
  const fields: Readonly<Record<string, unknown>> = parse(z.record(z.string(), z.unknown()), kept, {});
  const rows = parse(z.array(z.unknown()), fields['trials'], []);
  const watched = parse(z.array(z.unknown()), fields['watched'], []);
  const trials = rows.flatMap((row) => parse(trialFiguresShape, row, null) ?? []);
  const state = {
    trials: trials.slice(0, arms.length * bounds.trialStepsKept),
    // Looks tell what breaks late: a step without them is judged as a whole.
    looks: parse(z.record(z.string(), looksShape), fields['looks'], {}),
    flags: parse(flagsShape, fields['flags'], null),
    gone: parse(z.record(z.string(), ms), fields['gone'], {}),
    watched: watched.flatMap((row) => parse(heldShape, row, null) ?? []).slice(0, bounds.rolloutAlerts),
    killedMs: parse(ms, fields['killedMs'], null),
    purged: parse(z.array(purgeId), fields['purged'], []),
    unpurged: parse(z.record(z.string(), purgeId), fields['unpurged'], {}),
  };
  return { state, isUnreadable };
}
