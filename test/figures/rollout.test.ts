import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { countedTrials, guardInputOf } from '../../src/figures/rollout.ts';
import { readRolloutState } from '../../src/figures/rollout-state.ts';
import { type ClassFlags, type Flags, newFlags } from '../../src/rollout/flags.ts';
import { guardOf } from '../../src/rollout/guard.ts';
import type { TrialFigures } from '../../src/strategy/trial.ts';
import { newArmFigures, Units } from '../../src/telemetry/tally.ts';
import { rollout } from '../rollout/guard-support.ts';

const own: ClassFlags = {
  ...{
    mode: 'on',
    percent: 5,
    allow: [],
    deny: [],
    step: 1,
    sinceMs: 7,
    by: 'guard',
    why: 'time',
    held: null,
  },
  plan: [
    { percent: 0, dwellMs: 1, atLeast: 1 },
    { percent: 5, dwellMs: 1, atLeast: 1 },
  ],
};
const flags: Flags = { ...newFlags('v'), classes: { report: { aa: own, bb: null } } };
const row = (over: Partial<TrialFigures> = {}): TrialFigures => ({
  ...newArmFigures,
  ...{ className: 'report', step: 'aa@7', arm: 'on', requests: 1 },
  ...over,
});
const told = (...trials: readonly TrialFigures[]) => [{ trials }];

test('Figures of an arm of a step add up, and units count once', () => {
  const units = (unit: string) => {
    const it = new Units();
    it.add(unit);
    return it.toText();
  };
  const before = [row({ units: units('acme'), sumMs: 10 })];
  const after = countedTrials(
    before,
    told(row({ units: units('acme'), sumMs: 5 }), row({ units: units('globex') }), row({ arm: 'control' })),
    flags,
  );
  expect(after).toMatchObject([
    { arm: 'on', requests: 3, sumMs: 15 },
    { arm: 'control', requests: 1 },
  ]);
  expect(new Units(after[0]!.units).count).toBe(2);
});

test.each<[string, Partial<TrialFigures>]>([
  ['of the step before', { step: 'aa@6' }],
  ['of a version of which nobody said anything', { step: 'bb@7' }],
  ['of a class that the flags have not', { className: 'other' }],
])('What was told %s is dropped', (_, over) => {
  expect(countedTrials([row(over)], told(row(over)), flags)).toEqual([]);
});

test('Of as many steps as there is room for all groups are kept; of a further class none, which its status says', () => {
  const names = Array.from({ length: bounds.trialStepsKept + 1 }, (_, i) => `c${i}`);
  const classes = Object.fromEntries(names.map((name) => [name, { aa: own }]));
  const of = (arm: 'on' | 'control') => names.map((className) => row({ className, arm }));
  const trials = countedTrials([], told(...of('on'), ...of('control')), { ...flags, classes });
  expect(trials).toHaveLength(2 * bounds.trialStepsKept);
  const kept = readRolloutState({ trials }).state;
  expect(kept.trials).toEqual(trials);
  const why = (name: string) => guardOf(guardInputOf({ name, rollout }, 'aa', own, kept, 8)).why;
  expect(why('c0')).not.toContain('nothing is counted of it');
  expect(why(names.at(-1)!)).toContain('nothing is counted of it');
});

test('What was kept is read as it was written', () => {
  const look = { number: 1, atMs: 5, arms: { on: { ...newArmFigures, requests: 2 } } };
  const state = {
    ...{ trials: [row()], looks: { 'report aa@7': [look] }, flags, gone: { old: 3 }, purged: ['pur_1'] },
    unpurged: { 'report aa': 'pur_2' },
    killedMs: 4,
    watched: [{ name: 'report', decision: null, isSentBack: false, says: 'quiet' }],
  };
  const { units: _, at: __, saved: ___, ...slim } = look.arms.on;
  expect(readRolloutState(JSON.parse(JSON.stringify(state)))).toEqual({
    state: { ...state, looks: { 'report aa@7': [{ ...look, arms: { on: slim } }] } },
    isUnreadable: false,
  });
  expect(readRolloutState(undefined)).toMatchObject({
    state: { trials: [], flags: null },
    isUnreadable: false,
  });
});

test('A part or a row that cannot be read takes no other with it, and is told', () => {
  const kept = {
    trials: [row(), { ...row(), requests: -1 }, 7],
    flags: { form: 9 },
    gone: { old: 3 },
    purged: 'x',
  };
  expect(readRolloutState(kept)).toEqual({
    state: {
      ...{ trials: [row()], looks: {}, flags: null, gone: { old: 3 }, watched: [], purged: [] },
      unpurged: {},
      killedMs: null,
    },
    isUnreadable: true,
  });
});
