import { expect, test } from 'vitest';
import { HeldBytes } from '../../src/engine/held-bytes.ts';

test('what is held has a bound, and makes room when it is let go of, once', () => {
  const held = new HeldBytes({ most: 10, lostMs: 1_000 }, () => 0);
  const letGo = held.hold(6)!;
  expect(held.hold(5)).toBe(null);
  letGo();
  letGo();
  expect(held.hold(10)).not.toBe(null);
  expect(held.hold(1)).toBe(null);
});

test('what the platform has ended lets go of nothing, and is not held forever', () => {
  let nowMs = 0;
  const held = new HeldBytes({ most: 10, lostMs: 1_000 }, () => nowMs);
  const late = held.hold(10)!;
  nowMs = 999;
  expect(held.hold(1)).toBe(null);
  nowMs = 1_000;
  expect(held.hold(10)).not.toBe(null);
  late();
  expect(held.hold(1), 'it has been let go of already').toBe(null);
});
