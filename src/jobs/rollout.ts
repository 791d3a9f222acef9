import type { Context } from '../engine/context.ts';
import { changeFlags, type FlagsChange } from '../engine/rollout-change.ts';
import { countedTrials, guardInputOf } from '../figures/rollout.ts';
import { type HeldClass, type RolloutState, readRolloutState } from '../figures/rollout-state.ts';
import type { AuditEntry } from '../rollout/audit.ts';
import { fingerprintOf } from '../rollout/fingerprint.ts';
import {
  type ClassFlags,
  type Flags,
  guardName,
  isSentBack,
  isTried,
  noFlags,
  readFlags,
} from '../rollout/flags.ts';
import type { GuardInput, GuardReport } from '../rollout/guard-types.ts';
import { type GuardDecision, nextFlags } from '../rollout/next-flags.ts';
import { registered } from '../rollout/registration.ts';
import { stepName } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { guarded } from './guarded.ts';
import { purgeSentBack } from './rollout-purge.ts';
import type { RolloutPart } from './tick-parts.ts';

type Judge = (input: GuardInput) => GuardReport;

/** What a tick does about roll-outs: makes each class of this deployment known, and lets the guard judge those that are being switched on. */
export const rolloutPart = (classes: readonly DataClass[], judge: Judge): RolloutPart => ({
  count(kept, { flags, told }) {
    const { state, isUnreadable } = readRolloutState(kept);
    // Where they are lost their figures still belong to what comes back.
    const by = readFlags(flags) ?? state.flags ?? noFlags;
    return { state: { ...state, trials: countedTrials(state.trials, told, by) }, isUnreadable };
  },

  async act(context, kept, flagsText) {
    const { clock, bounds } = context.isolate;
    const nowMs = clock.now();
    const { state } = readRolloutState(kept);
    const read = readFlags(flagsText) ?? noFlags;
    const gone = goneOf(state.gone, read, classes, nowMs);
    const due = Object.keys(gone).filter((name) => nowMs - gone[name]! >= bounds.rolloutGoneMs);
    const step = (flags: Flags) => stepOf(flags, { ...state, classes, judge, gone: due, nowMs });
    const { flags, taken } = await changed(context, read, step);
    const purged = await purgeSentBack(context, classes, flags, state.purged);
    // Lost ones that could not be written again come back from here at the next tick.
    const next = {
      ...state,
      flags: flags.version === noFlags.version ? state.flags : flags,
      gone,
      purged,
      watched: watchedOf(flags, classes),
    };
    return { state: next, logged: taken.length > 0 ? taken : undefined };
  },
});

interface Taken {
  readonly class: string;
  readonly decision: GuardDecision;
  readonly why: string;
}

interface Step {
  readonly flags: Flags;
  readonly audit: readonly AuditEntry[];
  readonly taken: readonly Taken[];
}

interface StepInput extends Pick<RolloutState, 'trials'> {
  readonly flags: Flags | null;
  readonly classes: readonly DataClass[];
  readonly judge: Judge;
  readonly gone: readonly string[];
  readonly nowMs: number;
}

/** One step of all classes, pure; the same flags where nothing is to be done. Made anew of whatever an operator has made of them meanwhile. */
function stepOf(before: Flags, { flags: last, trials, classes, judge, gone, nowMs }: StepInput): Step {
  let { flags, audit } = registered(before, { classes, fingerprintOf, last, gone, nowMs });
  const taken: Taken[] = [];
  // While nothing is answered from the cache there is nothing to judge.
  if (flags.kill?.on) return { flags, audit, taken };
  for (const cls of classes)
    for (const [fingerprint, now] of Object.entries(flags.classes[cls.name] ?? {})) {
      if (!now || !isTried(now)) continue;
      const next = nextFlags(now, judge(guardInputOf(cls, fingerprint, now, trials, nowMs)), nowMs);
      if (!next) continue;
      const { [cls.name]: known, ...others } = flags.classes;
      flags = { ...flags, classes: { ...others, [cls.name]: { ...known, [fingerprint]: next.flags } } };
      const why = next.flags.held ?? next.flags.why;
      taken.push({ class: cls.name, decision: next.decision, why });
      audit = [...audit, auditOf(cls.name, now, next.flags, why, nowMs)];
    }
  return { flags, audit, taken };
}

const auditOf = (name: string, from: ClassFlags, to: ClassFlags, why: string, nowMs: number): AuditEntry => ({
  ...{ at: new Date(nowMs).toISOString(), who: guardName, class: name, why, refused: null },
  from: standOf(from),
  to: standOf(to),
});
const standOf = ({ mode, percent, step }: ClassFlags) => ({ mode, percent, step });

/** The flags as they are then. They are written only where the step changes them, and where that fails they are as they were: it is tried again. */
async function changed(
  context: Context,
  read: Flags,
  step: (flags: Flags) => Step,
): Promise<Pick<Step, 'flags' | 'taken'>> {
  const none = { flags: read, taken: [] };
  if (step(read).flags === read) return none;
  let last: Step = { flags: read, audit: [], taken: [] };
  const change = (flags: Flags): FlagsChange => {
    last = step(flags);
    return last.flags === flags ? { is: 'nothing' } : { is: 'change', flags: last.flags, audit: last.audit };
  };
  const done = await guarded(context, () => changeFlags(context, change));
  if (done === null) return none;
  if (done.is !== 'changed') return { flags: done.flags, taken: [] };
  for (const it of last.taken) context.isolate.meter.add('rollout_decisions', 1, it.class, it.decision);
  return { flags: done.flags, taken: last.taken };
}

/**
 * Those that are being switched on, or that the guard has stopped: what they store now, since a mended one begins anew. What is held comes first.
 */
function watchedOf(flags: Flags, classes: readonly DataClass[]): RolloutState['watched'] {
  const watched = classes.flatMap((cls): HeldClass[] => {
    const { name } = cls;
    const it = flags.classes[name]?.[fingerprintOf(cls)];
    if (!it || !(isTried(it) || it.held)) return [];
    if (it.held === null) return [{ name, decision: null, isSentBack: false, says: WATCHED }];
    const [decision, isBack] = [stepName(fingerprintOf(cls), it.sinceMs), isSentBack(it)];
    const did = isBack ? `sent it back: it is ${it.mode === 'off' ? 'off' : 'in the shadow'}` : 'holds it';
    return [{ name, decision, isSentBack: isBack, says: `The guard ${did}. ${it.held}` }];
  });
  return watched.sort((a, b) => Number(b.decision !== null) - Number(a.decision !== null));
}

const WATCHED = 'The class is being switched on; this fires when the guard stops that.';

/** Since when this deployment has not had these classes. */
function goneOf(
  before: RolloutState['gone'],
  flags: Flags,
  classes: readonly DataClass[],
  nowMs: number,
): RolloutState['gone'] {
  const own = new Set(classes.map(({ name }) => name));
  const gone = Object.keys(flags.classes).filter((name) => !own.has(name));
  return Object.fromEntries(gone.map((name) => [name, before[name] ?? nowMs]));
}
