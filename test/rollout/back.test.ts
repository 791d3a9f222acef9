import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { backFrom } from '../../src/rollout/back.ts';
import { type ClassFlags, flagsShape, newFlags } from '../../src/rollout/flags.ts';

const plan = [
  { percent: 0, dwellMs: 1, atLeast: 1 },
  { percent: 5, dwellMs: 1, atLeast: 1 },
  { percent: 100, dwellMs: 1, atLeast: 1 },
];
const stands: ClassFlags = {
  ...{ mode: 'on', percent: 5, allow: ['acme'], deny: ['globex'], plan, step: 1 },
  ...{ sinceMs: 1, by: 'ops', why: 'step 2', held: null },
};

test.each([
  ['on', false, 'shadow', 0],
  ['shadow', false, 'off', null],
  ['off', false, 'off', null],
  ['on', true, 'off', null],
  ['shadow', true, 'off', null],
] as const)('from %s (a leak: %s) to %s, where it is held', (mode, isLeak, to, step) => {
  const back = backFrom({ ...stands, mode }, { isLeak, why: 'it failed', atMs: 7 });
  expect(back).toEqual({
    ...stands,
    ...{ mode: to, percent: 0, step, sinceMs: 7, by: 'guard', why: 'it failed', held: 'it failed' },
  });
});

test('however much there is to say, the flags can be read', () => {
  const back = backFrom(stands, { isLeak: true, why: 'x'.repeat(5_000), atMs: 7 });
  expect(back.held).toHaveLength(bounds.rolloutWhyChars);
  expect(flagsShape.safeParse({ ...newFlags('1'), classes: { report: { a: back } } }).success).toBe(true);
});
