import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { type ClassFlags, type Flags, newFlags } from '../../src/rollout/flags.ts';
import { LiveFlags } from '../../src/rollout/live-flags.ts';
import { defaultPlan } from '../../src/strategy/rollout.ts';
import type { DataClass } from '../../src/strategy/types.ts';

/** As an operator has set it, one that goes through no plan; each test says what is different. */
export const classFlags = (different: Partial<ClassFlags> = {}): ClassFlags => ({
  ...{ mode: 'on', percent: 100, allow: [], deny: [], plan: defaultPlan, step: null },
  ...{ sinceMs: 1_000, by: 'ops', why: 'as a test has it', held: null },
  ...different,
});

/** Flags of one class, as Redis has them. */
export const flagsOf = (cls: DataClass, different: Partial<ClassFlags> = {}, version = 'v1'): Flags => ({
  ...newFlags(version),
  classes: { [cls.name]: { [fingerprintOf(cls)]: classFlags(different) } },
});

export const killed = (flags: Flags = newFlags('killed')): Flags => ({
  ...flags,
  kill: { on: true, atMs: 1_000, by: 'ops', why: 'as a test has it' },
});

export const textOf = (flags: object): string => JSON.stringify(flags);

/** Flags as an isolate has them before any have come. */
export const liveFlags = (isKilled = false): LiveFlags =>
  new LiveFlags({ name: 'rollout', isKilled, rideMs: 5_000, askMs: 20_000 });
