import type { Context } from '../engine/context.ts';
import { changeFlags, type FlagsChange } from '../engine/rollout-change.ts';
import { areFull, countedTrials } from '../figures/rollout.ts';
import { type RolloutState, readRolloutState } from '../figures/rollout-state.ts';
import { goneOf, type Judge, type RolloutStep, rolloutStep } from '../figures/rollout-step.ts';
import { watchedOf } from '../figures/rollout-watched.ts';
import { type Flags, noFlags, readFlags } from '../rollout/flags.ts';
import type { DataClass } from '../strategy/types.ts';
import { guarded } from './guarded.ts';
import { purgeSentBack } from './rollout-purge.ts';
import type { RolloutPart } from './tick-parts.ts';

/** What a tick does about roll-outs: makes each class of this deployment known, and lets the guard judge those that are being switched on. */
export const rolloutPart = (classes: readonly DataClass[], judge: Judge): RolloutPart => ({
  count(kept, { flags, told }) {
    const { state, isUnreadable } = readRolloutState(kept);
    // Where they are lost their figures still belong to what comes back.
    const by = readFlags(flags) ?? state.flags ?? noFlags;
    return { state: { ...state, trials: countedTrials(state.trials, told, by) }, isUnreadable };
  },

  async act(context, kept, { flags: flagsText, isBehind }) {
    const { clock, bounds, flags: live } = context.isolate;
    const { isKilledHere } = live;
    const nowMs = clock.now();
    const { state } = readRolloutState(kept);
    if (areFull(state.trials)) context.notes.noted.add('trials-full');
    const read = readFlags(flagsText) ?? noFlags;
    live.looked(flagsText);
    // Where Redis has lost all of it, this isolate may know what was sent back or killed.
    const last = state.flags ?? live.flags;
    const gone = goneOf(state.gone, read, classes, nowMs);
    const due = Object.keys(gone).filter((name) => nowMs - gone[name]! >= bounds.rolloutGoneMs);
    const step = (flags: Flags) =>
      rolloutStep(flags, { ...state, flags: last, classes, judge, isKilledHere, isBehind, gone: due, nowMs });
    const { flags, taken, looks } = await changed(context, read, step, state.flags);
    const next: RolloutState = {
      trials: state.trials,
      looks,
      // Lost ones that could not be written again come back from here at the next tick.
      flags: flags.version === noFlags.version ? state.flags : flags,
      gone,
      watched: watchedOf(flags, classes),
      killedMs: isKilledHere || flags.kill?.on ? nowMs : state.killedMs,
      ...(await purgeSentBack(context, classes, flags, state)),
    };
    return { state: next, logged: taken.length > 0 ? taken : undefined };
  },
});

/** The flags as they are then. They are written only where the step changes them, and where that fails they are as they were: it is tried again. */
async function changed(
  context: Context,
  read: Flags,
  step: (flags: Flags) => RolloutStep,
  kept: Flags | null,
): Promise<Omit<RolloutStep, 'audit'>> {
  let last = step(read);
  if (last.flags === read) return last;
  const change = (flags: Flags): FlagsChange => {
    last = step(flags);
    return last.flags === flags ? { is: 'nothing' } : { is: 'change', flags: last.flags, audit: last.audit };
  };
  const done = await guarded(context, () => changeFlags(context, change, () => Promise.resolve(kept)));
  if (done?.is !== 'changed') return { flags: done?.flags ?? read, taken: [], looks: last.looks };
  for (const it of last.taken) context.isolate.meter.add('rollout_decisions', 1, it.class, it.decision);
  return { ...last, flags: done.flags };
}
