import { type Duration, durationText } from '../strategy/duration.ts';
import type { PlanStep, RolloutMode, RolloutUnit } from '../strategy/rollout-types.ts';
import type { DataClass } from '../strategy/types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type ClassFlags, type Flags, percentOf, type Standing, standingOf } from './flags.ts';

/** How all classes stand, as `GET /-/rollout` says it. */
export interface RolloutView {
  /** Of the flags; `"0"`: nobody has set any yet. */
  readonly version: string;
  /** Whether nothing is answered from the cache, by the flag or by the setting. */
  readonly kill: boolean;
  readonly kill_switch: {
    /** The flag in Redis. */
    readonly on: boolean;
    readonly at: string | null;
    readonly by: string | null;
    readonly why: string | null;
    /** The setting `KILL_SWITCH` of this Worker, which no flag changes. */
    readonly variable: boolean;
  };
  readonly classes: Readonly<Record<string, ClassView>>;
}

export interface ClassView {
  readonly mode: RolloutMode;
  /** Of 100 units, how many the cache answers: 0 unless it is `on`. */
  readonly percent: number;
  readonly unit: RolloutUnit;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly plan: readonly StepView[];
  /** Which of these it is in, from 0; null: in none, and it stays as it is. */
  readonly step: number | null;
  /** Null: since it is deployed. */
  readonly since: string | null;
  readonly by: string;
  readonly why: string;
  /** Why it does not go on by itself; null: it does, if it is in a step. */
  readonly held: string | null;
  readonly from: Standing['from'];
  /** Of what the class stores in this version of the Worker. */
  readonly fingerprint: string;
  /** As other versions of the Worker go by, whose class stores something else. */
  readonly others: readonly OtherView[];
}

export interface StepView {
  readonly percent: number;
  readonly dwell: Duration;
  readonly at_least: number;
}

interface OtherView {
  readonly fingerprint: string;
  /** Null: as its strategy says. */
  readonly mode: RolloutMode | null;
  readonly percent: number | null;
  readonly since: string | null;
}

export function rolloutViewOf(
  flags: Flags,
  classes: Iterable<DataClass>,
  { isKilledHere }: { readonly isKilledHere: boolean },
): RolloutView {
  const { kill, version } = flags;
  const on = kill?.on ?? false;
  return {
    version,
    kill: on || isKilledHere,
    kill_switch: {
      on,
      at: kill ? timeOf(kill.atMs) : null,
      by: kill?.by ?? null,
      why: kill?.why ?? null,
      variable: isKilledHere,
    },
    classes: Object.fromEntries([...classes].map((cls) => [cls.name, classView(cls, flags)])),
  };
}

function classView(cls: DataClass, flags: Flags): ClassView {
  const fingerprint = fingerprintOf(cls);
  const stands = standingOf(cls, fingerprint, flags);
  const { mode, allow, deny, plan, step, sinceMs, by, why, held, from } = stands;
  return {
    mode,
    percent: percentOf(stands),
    unit: cls.rollout.unit,
    ...{ allow, deny },
    plan: plan.map(stepView),
    step,
    since: timeOf(sinceMs),
    ...{ by, why, held, from, fingerprint },
    others: Object.entries(flags.classes[cls.name] ?? {})
      .filter(([other]) => other !== fingerprint)
      .map(([other, its]) => otherView(other, its)),
  };
}

const stepView = ({ percent, dwellMs, atLeast }: PlanStep): StepView => ({
  percent,
  dwell: durationText(dwellMs),
  at_least: atLeast,
});

const otherView = (fingerprint: string, its: ClassFlags | null): OtherView => ({
  fingerprint,
  mode: its?.mode ?? null,
  percent: its ? percentOf(its) : null,
  since: its ? timeOf(its.sinceMs) : null,
});

/** 0: nobody has said so at any time. */
const timeOf = (ms: number): string | null => (ms > 0 ? new Date(ms).toISOString() : null);
