import { type AuditEntry, auditOf } from '../rollout/audit.ts';
import { fingerprintOf } from '../rollout/fingerprint.ts';
import { type Flags, guardName, isTried, withClass } from '../rollout/flags.ts';
import type { GuardInput, GuardReport, Look } from '../rollout/guard-types.ts';
import { type GuardDecision, nextFlags } from '../rollout/next-flags.ts';
import { registered } from '../rollout/registration.ts';
import { stepName } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { guardInputOf } from './rollout.ts';
import { type RolloutState, stepKey } from './rollout-state.ts';

export type Judge = (input: GuardInput) => GuardReport;

/** What the guard did, for the log. */
interface Taken {
  readonly class: string;
  readonly decision: GuardDecision;
  readonly why: string;
}

export interface RolloutStep {
  readonly flags: Flags;
  readonly audit: readonly AuditEntry[];
  readonly taken: readonly Taken[];
  readonly looks: RolloutState['looks'];
}

interface StepInput extends Pick<RolloutState, 'trials' | 'looks' | 'killedMs'> {
  /** As they last were; null: nobody knows. */
  readonly flags: Flags | null;
  readonly classes: readonly DataClass[];
  readonly judge: Judge;
  /** By the setting, which goes before all flags. */
  readonly isKilledHere: boolean;
  /** More was told than is counted, which may speak against a class: none goes on. */
  readonly isBehind: boolean;
  /** Classes that are to be forgotten. */
  readonly gone: readonly string[];
  readonly nowMs: number;
}

/** One step of all classes, pure; the same flags where nothing is to be done. Made anew of whatever an operator has made of them meanwhile. */
export function rolloutStep(before: Flags, input: StepInput): RolloutStep {
  const { flags: last, classes, judge, isKilledHere, isBehind, gone, nowMs } = input;
  let { flags, audit } = registered(before, { classes, fingerprintOf, last, gone, nowMs });
  const taken: Taken[] = [];
  // While nothing is answered from the cache there is nothing to judge.
  if (isKilledHere || flags.kill?.on) return { flags, audit, taken, looks: input.looks };
  const looks: Record<string, readonly Look[]> = {};
  for (const cls of classes)
    for (const [fingerprint, now] of Object.entries(flags.classes[cls.name] ?? {})) {
      if (!now || !isTried(now)) continue;
      const report = judge(guardInputOf(cls, fingerprint, now, input, nowMs));
      looks[stepKey(cls.name, stepName(fingerprint, now.sinceMs))] = report.looks;
      const next = nextFlags(now, report, nowMs);
      if (!next || (isBehind && goesOn(next.decision))) continue;
      flags = withClass(flags, cls.name, fingerprint, next.flags);
      const why = next.flags.held ?? next.flags.why;
      taken.push({ class: cls.name, decision: next.decision, why });
      audit = [...audit, auditOf(nowMs, guardName, cls.name, now, next.flags, why)];
    }
  return { flags, audit, taken, looks };
}

const goesOn = (decision: GuardDecision) => decision === 'advance' || decision === 'finish';

/** Since when this deployment has not had these classes. */
export function goneOf(
  before: RolloutState['gone'],
  flags: Flags,
  classes: readonly DataClass[],
  nowMs: number,
): RolloutState['gone'] {
  const own = new Set(classes.map(({ name }) => name));
  const gone = Object.keys(flags.classes).filter((name) => !own.has(name));
  return Object.fromEntries(gone.map((name) => [name, before[name] ?? nowMs]));
}
