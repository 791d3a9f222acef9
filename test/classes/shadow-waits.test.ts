import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { path, storable } from '../support/worker/front-ends.ts';
import { inPieces } from '../support/worker/origin.ts';
import { modesWorld } from './shadowed.ts';

/** Redis takes what it is sent, and never answers. */
function stalled(shadowFills: '0%' | '100%', tagsFromAnswer = false) {
  const made = modesWorld({ tagsFromAnswer });
  made.origin.on(path, storable({ total: 1 }));
  const shadow = made.edgeIn({ mode: 'shadow', shadowFills });
  const held = [shadow.redis.hold('lookup', 'request'), shadow.redis.hold('lease', 'reply')];
  return { ...made, shadow, release: () => held.map((it) => it.release()) };
}

test('who does not fill asks the origin at once, and has its answer, whatever Redis does', async () => {
  const { shadow, release, clock } = stalled('0%');
  const before = clock.now();
  expect((await shadow.ask(path)).json).toEqual({ total: 1 });
  expect(clock.now()).toBe(before);
  release();
  await shadow.settled();
});

test('who may fill waits for its lease 50 ms at most; one that comes later is given back', async () => {
  const { shadow, origin, on, clock, release } = stalled('100%');
  const asked = shadow.ask(path);
  await clock.asleep(1, bounds.shadowLeaseMs);
  clock.advance(bounds.shadowLeaseMs - 1);
  expect(origin.count(path)).toBe(0);
  clock.advance(1);
  expect((await asked).json).toEqual({ total: 1 });
  expect(origin.count(path)).toBe(1);
  release();
  await shadow.settled();
  expect(shadow.redis.took()).toContain('release');
  expect((await on.get(path)).cacheStatus, 'nobody waits for a lease that nobody uses').toContain('stored');
});

test('where Redis cannot be reached, or fails, the origin answers all the same', async () => {
  const { edgeIn, origin } = modesWorld({});
  const shadow = edgeIn({ mode: 'shadow', shadowFills: '100%' });
  origin.on(path, storable({ total: 1 }));
  for (let n = 0; n < 40; n += 1) {
    shadow.redis.fail();
    expect((await shadow.get(path)).json).toEqual({ total: 1 });
  }
  expect(origin.count(path)).toBe(40);
});

test.each(['small', 'in pieces'])('no client waits for the fill of a body that is %s', async (kind) => {
  const { edgeIn, origin, on } = modesWorld({ tagsFromAnswer: true });
  const shadow = edgeIn({ mode: 'shadow', shadowFills: '100%' });
  const tagged = { 'Cache-Tag': 'of-nobody' };
  const large = 'x'.repeat(bounds.readFirstBytes);
  origin.on(path, kind === 'small' ? storable({ total: 1 }, tagged) : inPieces([`"${large}`, '"'], tagged));
  const fill = shadow.redis.hold('fill', 'request');
  expect((await shadow.ask(path)).status).toBe(200);
  fill.release();
  await shadow.settled();
  expect((await on.get(path)).cacheStatus).toContain('hit');
});

test.each(['0%', '100%'] as const)(
  'a write in the shadow waits for Redis before it is sent 50 ms at most, and only where it may fill: %s',
  async (shadowFills) => {
    const { edgeIn, origin, clock } = modesWorld({ writeThrough: 'store' });
    origin.on(`PATCH ${path}`, storable({ total: 2 }));
    const shadow = edgeIn({ mode: 'shadow', shadowFills });
    const held = shadow.redis.hold('lease', 'reply');
    const asked = shadow.ask(path, { method: 'PATCH', body: '{}' });
    if (shadowFills === '100%') {
      await clock.asleep(1, bounds.shadowLeaseMs);
      expect(origin.requests).toHaveLength(0);
      clock.advance(bounds.shadowLeaseMs);
    }
    expect((await asked).json).toEqual({ total: 2 });
    held.release();
    await shadow.settled();
  },
);
