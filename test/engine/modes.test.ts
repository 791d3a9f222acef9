import { describe, expect, test } from 'vitest';
import { httpRoute } from '../../src/http-cache/options.ts';
import { newFlags } from '../../src/rollout/flags.ts';
import { flagsOf, killed } from '../rollout/support.ts';
import { setFlags } from '../support/worker/flags.ts';
import { type FrontEndOptions, frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { failing } from '../support/worker/origin.ts';
import { aClass } from '../support/worker/world.ts';

const S = 1_000;
const long = { 'Cache-Control': 'max-age=3600' };
/** An isolate goes on answering from its memory for ten minutes, and sends nothing to Redis. */
const fromMemory: FrontEndOptions = { l1: '10m', ttl: '1h' };

describe.each(frontEnds)('$name, as they are switched', ({ name, world }) => {
  const cls = name === 'classes' ? aClass() : httpRoute({}).cls;
  const bypassed = (detail: string) => `Stillfresh; fwd=bypass; fwd-status=200; detail=${detail}`;

  test('off: each read is one fetch, and nothing is stored, looked up or told apart from the origin', async () => {
    const { edge, origin } = world({ rollout: { mode: 'off' } });
    origin.on(path, storable({ total: 1 }));
    for (let i = 0; i < 3; i += 1) {
      const answer = await edge.get(path);
      expect([answer.status, answer.json]).toEqual([200, { total: 1 }]);
      expect(answer.cacheStatus).toBe(bypassed('off'));
      expect(answer.headers.has('Age')).toBe(false);
    }
    expect(origin.count(path)).toBe(3);
    expect(edge.redis.took(), 'the flags, once').toEqual(['lookup']);
    expect(edge.log.at(-1)).toMatchObject({ outcome: 'bypass', fwd: 'bypass', detail: 'off', stored: false });
    expect(edge.isolate.tally.take(), 'nothing is tried').toEqual([]);
  });

  test('off: an origin that fails is not covered for by what was stored before', async () => {
    const { edge, origin, store, clock } = world({ staleIfError: '1h' });
    origin.on(path, storable({ total: 1 }, { 'Cache-Control': 'max-age=10, stale-if-error=3600' }));
    await edge.get(path);
    await setFlags(store, flagsOf(cls, { mode: 'off' }));
    clock.advance(11 * S);
    await edge.get(path);
    origin.on(path, failing(503));
    expect((await edge.get(path)).status).toBe(503);
  });

  test('killed by the setting: whatever is stored, and whatever Redis does', async () => {
    const { edge, origin, anotherEdge, store } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);
    await setFlags(store, flagsOf(cls, { mode: 'on' }));
    const dead = anotherEdge({ settings: { KILL_SWITCH: 'on' } });
    dead.redis.fail();
    origin.on(path, storable({ total: 2 }));
    for (let i = 0; i < 3; i += 1) {
      const answer = await dead.get(path);
      expect([answer.cacheStatus, answer.json]).toEqual([bypassed('kill-switch'), { total: 2 }]);
    }
    dead.redis.heal();
    expect((await dead.get(path)).cacheStatus).toBe(bypassed('kill-switch'));
    expect((await edge.get(path)).cacheStatus, 'of this isolate alone').toContain('hit');
  });

  test('killed by flag: a busy isolate and idle ones bypass within 30 s', async () => {
    const { edge: busy, origin, anotherEdge, store, clock } = world({ ttl: '1h' });
    const all = [busy, anotherEdge(), anotherEdge()];
    origin.on(path, storable({ total: 1 }, long));
    for (const it of all) await it.get(path);
    await setFlags(store, killed());
    let busyAtS = 0;
    for (let s = 1; s <= 30; s += 1) {
      clock.advance(S);
      const { cacheStatus } = await busy.get(path);
      if (!busyAtS && cacheStatus === bypassed('kill-switch')) busyAtS = s;
    }
    expect(busyAtS, 'with an MGET that was sent anyway').toBeLessThanOrEqual(6);
    for (const it of all) expect((await it.get(path)).cacheStatus).toBe(bypassed('kill-switch'));
  });

  test('one that answers from memory alone asks in the background after 20 s, and no more', async () => {
    const { edge, origin, store, clock } = world(fromMemory);
    origin.on(path, storable({ total: 1 }, long));
    await edge.get(path);
    await setFlags(store, killed());
    edge.redis.took();
    const said: (string | null)[] = [];
    for (let s = 5; s <= 30; s += 5) {
      clock.advance(5 * S);
      said.push((await edge.get(path)).cacheStatus);
    }
    expect(said.map((it) => /hit|kill-switch/.exec(it ?? '')?.[0])).toEqual([
      ...['hit', 'hit', 'hit', 'hit'],
      ...['kill-switch', 'kill-switch'],
    ]);
    expect(edge.redis.took()).toEqual(['lookup']);
  });

  test('and whose question was not answered asks again in time', async () => {
    const { edge, origin, store, clock } = world(fromMemory);
    origin.on(path, storable({ total: 1 }, long));
    await edge.get(path);
    await setFlags(store, killed());
    clock.advance(20 * S);
    edge.redis.fail();
    expect((await edge.get(path)).cacheStatus).toContain('hit');
    edge.redis.heal();
    clock.advance(5 * S);
    expect((await edge.get(path)).cacheStatus).toContain('hit');
    clock.advance(5 * S);
    expect((await edge.get(path)).cacheStatus).toBe(bypassed('kill-switch'));
  });

  test('an idle isolate asks before it answers from memory', async () => {
    const { edge, origin, store, clock } = world(fromMemory);
    origin.on(path, storable({ total: 1 }, long));
    await edge.get(path);
    await setFlags(store, killed());
    clock.advance(25 * S);
    expect((await edge.get(path)).cacheStatus).toBe(bypassed('kill-switch'));
  });

  test.each([
    ['off', flagsOf(cls, { mode: 'off' }), 'off'],
    ['in the shadow', flagsOf(cls, { mode: 'shadow' }), 'shadow'],
    ['killed', killed(), 'kill-switch'],
  ])('%s, it asks once in 20 s, and is on again within 30', async (_, flags, detail) => {
    const { edge, origin, store, clock, chance } = world();
    chance.random = () => 0.99;
    origin.on(path, storable({ total: 1 }, { 'Cache-Control': 'no-store' }));
    await setFlags(store, flags);
    await edge.get(path);
    const alone = detail !== 'shadow';
    edge.redis.took();
    for (let s = 1; s <= 60; s += 1) {
      clock.advance(S);
      expect((await edge.get(path)).cacheStatus).toBe(bypassed(detail));
    }
    // In the shadow each read looks up what it would have been answered.
    if (alone) expect(edge.redis.took()).toEqual(['lookup', 'lookup', 'lookup']);
    await setFlags(store, flagsOf(cls, { mode: 'on' }, 'v2'));
    for (let s = 1; s <= 30; s += 1) {
      clock.advance(S);
      await edge.get(path);
    }
    expect((await edge.get(path)).cacheStatus).not.toContain('bypass');
  });

  test('Redis dies: no isolate changes its mode, and one that knows nothing yet goes by the strategy', async () => {
    const { edge, origin, store, clock, anotherEdge } = world();
    origin.on(path, storable({ total: 1 }));
    await setFlags(store, flagsOf(cls, { mode: 'off' }));
    await edge.get(path);
    expect((await edge.get(path)).cacheStatus).toBe(bypassed('off'));
    edge.redis.fail();
    for (let min = 0; min < 10; min += 1) {
      clock.advance(60 * S);
      expect((await edge.get(path)).cacheStatus).toBe(bypassed('off'));
    }
    edge.redis.heal();
    // It comes back without anything in it.
    await setFlags(store, { ...newFlags('lost'), form: 2 as never });
    for (let s = 0; s < 60; s += 5) {
      clock.advance(5 * S);
      expect((await edge.get(path)).cacheStatus).toBe(bypassed('off'));
    }
    const late = anotherEdge();
    late.redis.fail();
    expect((await late.get(path)).cacheStatus).toContain(
      'fwd=miss; fwd-status=200; detail=store-unavailable',
    );
  });

  test.each(['off', 'shadow'] as const)(
    'what was stored before %s is judged by every purge since',
    async (mode) => {
      const { edge, origin, store, clock, purge, anotherEdge } = world({ ttl: '1h' });
      origin.on(path, storable({ total: 1 }, long));
      await edge.get(path);
      await setFlags(store, flagsOf(cls, { mode }));
      const other = anotherEdge();
      await other.get(path);
      expect((await other.get(path)).cacheStatus).toBe(bypassed(mode));
      origin.on(path, storable({ total: 2 }, long));
      await purge();
      await setFlags(store, flagsOf(cls, { mode: 'on' }, 'v2'));
      clock.advance(30 * S);
      for (const it of [edge, other]) expect((await it.get(path)).json).toEqual({ total: 2 });
    },
  );

  test.each([
    ['shadow', 0, ['shadow']],
    ['on', 100, []],
    ['on', 0, ['control']],
    ['off', 0, []],
  ] as const)('%s at %d %%: counted for the guard as %j', async (mode, percent, arms) => {
    const { edge, origin, store } = world();
    origin.on(path, storable({ total: 1 }));
    await setFlags(store, flagsOf(cls, { mode, percent }));
    // The first read brings the flags.
    await edge.get('/report/other');
    await edge.get(path);
    edge.isolate.tally.take();
    for (let i = 0; i < 3; i += 1) await edge.get(path);
    expect(edge.isolate.tally.take().map(({ arm, requests, errors }) => [arm, requests, errors])).toEqual(
      arms.map((arm) => [arm, 3, 0]),
    );
  });
});
