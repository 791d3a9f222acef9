import { expect, test } from 'vitest';
import { Unsent } from '../../src/engine/unsent.ts';
import { FakeClock } from '../support/worker/clock.ts';

const never = new Promise<never>(() => {});

test('a part counts until it is taken, or never will be', async () => {
  const unsent = new Unsent({ unreadMs: 1_000 }, new FakeClock().now);
  const [ann, bob] = [unsent.open(), unsent.open()];
  const taken = Promise.withResolvers<void>();
  const failing = Promise.withResolvers<void>();
  const both = [unsent.count(ann, 3, taken.promise), unsent.count(ann, 4, failing.promise)];
  void unsent.count(bob, 5, never);
  expect(unsent.bytes).toBe(12);
  taken.resolve();
  failing.reject(new Error('gone'));
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(unsent.bytes).toBe(5);
});

test('a client is stalled when it has taken nothing for so long, however slow it is otherwise', async () => {
  const clock = new FakeClock();
  const unsent = new Unsent({ unreadMs: 1_000 }, clock.now);
  const backlog = unsent.open();
  clock.advance(5_000);
  expect(unsent.isStalled(backlog)).toBe(false); // it was given nothing
  const parts = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const counted = parts.map(({ promise }) => unsent.count(backlog, 1, promise));
  for (const [i, { resolve }] of parts.entries()) {
    clock.advance(999);
    expect(unsent.isStalled(backlog)).toBe(false);
    resolve();
    await counted[i];
  }
  clock.advance(5_000);
  expect(unsent.isStalled(backlog)).toBe(false); // it has it all
  void unsent.count(backlog, 1, never);
  clock.advance(1_000);
  expect(unsent.isStalled(backlog)).toBe(true);
});

test('what belongs to a request that the platform has ended, whose promises never settle, is forgotten', () => {
  const clock = new FakeClock();
  const unsent = new Unsent({ unreadMs: 1_000 }, clock.now);
  void unsent.count(unsent.open(), 7, never);
  clock.advance(999);
  void unsent.count(unsent.open(), 5, never);
  expect(unsent.bytes).toBe(12);
  clock.advance(1);
  unsent.open();
  expect(unsent.bytes).toBe(5);
});
