import { expect, test } from 'vitest';
import { watchedOf } from '../../src/figures/rollout-watched.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { type ClassFlags, noFlags } from '../../src/rollout/flags.ts';
import { aClass } from '../support/worker/world.ts';

/** Two versions of a class; each of them may run the cron. */
const [older, newer] = [aClass(), aClass({ version: 2 })];

const tried: ClassFlags = {
  ...{ mode: 'on', percent: 5, allow: [], deny: [], plan: [], step: 1, sinceMs: 10, by: 'guard', why: 'x' },
  held: null,
};
const sentBack: ClassFlags = { ...tried, mode: 'off', percent: 0, step: null, held: 'stale: 12 of 400' };
const plain: ClassFlags = { ...tried, percent: 100, step: null, by: 'ops' };

/** In the order in which they came. */
const flagsOf = (first: ClassFlags | null, second: ClassFlags | null) => ({
  ...noFlags,
  classes: { report: { [fingerprintOf(older)]: first, [fingerprintOf(newer)]: second } },
});

const cases: readonly [string, ClassFlags | null, ClassFlags | null, 'older' | 'newer', boolean][] = [
  ['the older: the newer one was sent back, it is plainly on', null, sentBack, 'older', true],
  ['the older, in a step of its own', tried, { ...sentBack, sinceMs: 20 }, 'older', true],
  ['the older, which the guard sent on since', { ...tried, sinceMs: 30 }, sentBack, 'older', true],
  ['the older, which somebody set since', { ...plain, sinceMs: 30 }, sentBack, 'older', false],
  ['the newer: itself was sent back', null, sentBack, 'newer', true],
  ['the newer: the older one was sent back beside it', { ...sentBack, sinceMs: 20 }, tried, 'newer', true],
  ['the newer, deployed since', sentBack, { ...tried, sinceMs: 20, by: 'deploy' }, 'newer', false],
  ['the newer, which the guard sent on since', sentBack, { ...tried, sinceMs: 20 }, 'newer', false],
  ['the older, where an operator took the newer one back', tried, { ...sentBack, by: 'ops' }, 'older', false],
];

test.each(cases)(
  'Whoever runs the cron, an alert says what was sent back. %s',
  (_, first, second, runs, fires) => {
    const [watched] = watchedOf(flagsOf(first, second), [runs === 'older' ? older : newer]);
    expect(watched?.isSentBack ?? false).toBe(fires);
    if (fires) expect(watched!.says).toContain('stale: 12 of 400');
  },
);

test('It is one alert, whichever of the two runs the cron', () => {
  const [here, there] = [older, newer].map((cls) => watchedOf(flagsOf(null, sentBack), [cls])[0]);
  expect(here!.decision).toBe(there!.decision);
});
