import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { collapsed, frontEnds, path, storable } from '../support/worker/front-ends.ts';

const led = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
const unshared = 'Stillfresh; fwd=uri-miss; fwd-status=200';
const hit = 'Stillfresh; hit; ttl=10';

/** Requests that wait for what another isolate fetches. */
describe.each(frontEnds)('$name', ({ world, sharesUnstored }) => {
  test('one fetches, the other waits for what it fills', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    const other = anotherEdge();
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    const second = other.get(path);
    await clock.asleep(1, sleeps.look);
    // It looks again, finds the lock still held, and waits on.
    clock.advance(200);
    await clock.asleep(1, sleeps.look);
    held.answer(storable({ total: 1 }));
    expect(await first).toMatchObject({ cacheStatus: led });
    clock.advance(200);
    expect(await second).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    expect(other.redis.took()).toEqual(['lookup', 'lease', 'lookup', 'lookup']);
    expect(origin.count()).toBe(1);
  });

  test('one waits with jitter, from 50 to 200 ms', async () => {
    const { origin, clock, chance, edge, anotherEdge } = world();
    const other = anotherEdge();
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    chance.random = () => 0;
    const second = other.get(path);
    await clock.asleep(1, 50);
    held.answer(storable({ total: 1 }));
    await first;
    other.redis.took();
    clock.advance(49);
    expect(other.redis.took()).toEqual([]);
    clock.advance(1);
    expect(await second).toMatchObject({ json: { total: 1 } });
  });

  test('the holder dies: its lease ends by itself, and who waited contends again', async () => {
    const { origin, clock, edge, anotherEdge } = world({ bounds: { originMs: 1_000_000 } });
    const dead = origin.hold(path);
    const never = edge.ask(path);
    await dead.arrived();
    const other = anotherEdge();
    const waiting = other.get(path);
    for (let ms = 0; ms < 11_800; ms += 200) {
      await clock.asleep(1, sleeps.look);
      clock.advance(200);
    }
    await clock.asleep(1, sleeps.look);
    expect(origin.count()).toBe(1);
    clock.advance(200);
    await dead.arrived(2);
    dead.answer(storable({ total: 1 }));
    expect(await waiting).toMatchObject({ cacheStatus: led });
    await never;
  });

  test('a holder that outlived its lease fills nothing: the next one’s entry stays', async () => {
    const { origin, clock, edge, anotherEdge } = world({ bounds: { originMs: 1_000_000 } });
    const slow = origin.hold(path);
    const first = edge.get(path);
    await slow.arrived();
    clock.advance(12_000);
    const held = origin.hold(path);
    const second = anotherEdge().get(path);
    await held.arrived();
    held.answer(storable({ total: 2 }));
    await second;
    slow.answer(storable({ total: 1 }, { 'Cache-Control': 'max-age=60' })); // it is 12 s old already
    await first;
    expect(edge.notes).toContain('fill-lease-lost');
    expect(await anotherEdge().get(path)).toMatchObject({ json: { total: 2 } });
  });

  test('a dead flight of this isolate is not joined while another isolate fetches', async () => {
    const { origin, clock, edge, anotherEdge } = world({ bounds: { originMs: 1_000_000 } });
    const dead = origin.hold(path);
    const never = edge.ask(path);
    await dead.arrived();
    clock.advance(12_000);
    const held = origin.hold(path);
    const other = anotherEdge().get(path);
    await held.arrived();
    const newcomer = edge.ask(path);
    await clock.asleep(1, sleeps.look);
    held.answer(storable({ total: 2 }));
    await other;
    clock.advance(200);
    expect(await newcomer).toMatchObject({ cacheStatus: collapsed, json: { total: 2 } });
    expect(origin.count()).toBe(2);
    dead.answer(storable({ total: 1 }));
    await never;
  });

  test('past its deadline who waits fetches for itself, and stores nothing', async () => {
    const { origin, clock, edge, anotherEdge } = world({ bounds: { requestMs: 1_000 } });
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    const other = anotherEdge();
    const waiting = other.get(path);
    await clock.asleep(1, sleeps.look);
    clock.advance(1_000);
    await held.arrived(2);
    held.answer(storable({ total: 1 }));
    expect(await waiting).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=waited-too-long',
    });
    expect(other.redis.took()).not.toContain('fill');
    await first;
  });

  test('Redis goes away while one waits: after three looks in vain the origin answers', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    const other = anotherEdge();
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    const waiting = other.get(path);
    await clock.asleep(1, sleeps.look);
    other.redis.fail();
    for (let look = 1; look <= 3; look++) {
      expect(origin.count()).toBe(1);
      await clock.asleep(1, sleeps.look);
      clock.advance(200);
    }
    await held.arrived(2);
    held.answer(storable({ total: 1 }));
    expect(await waiting).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=store-unavailable',
    });
    await first;
  });

  test('one look in vain is no reason to go to the origin', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    const other = anotherEdge();
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    const waiting = other.get(path);
    await clock.asleep(1, sleeps.look);
    other.redis.fail();
    clock.advance(200);
    await clock.asleep(1, sleeps.look);
    other.redis.heal();
    held.answer(storable({ total: 1 }));
    await first;
    clock.advance(200);
    expect(await waiting).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    expect(origin.count()).toBe(1);
  });

  /** So many requests have waited for two isolates that stored nothing, and a third holds the lease. */
  async function twiceInVain(count: number) {
    const made = world();
    const { origin, clock, edge, anotherEdge, purge } = made;
    const [second, third] = [anotherEdge(), anotherEdge()];
    let holder = origin.hold(path);
    let fetching = anotherEdge().get(path);
    await holder.arrived();
    const waiting = Array.from({ length: count }, () => edge.ask(path));
    for (const next of [second, third]) {
      await clock.asleep(count, sleeps.look);
      // Purged meanwhile, it is not stored; before anybody looks the next isolate holds the lease.
      await purge();
      holder.answer(storable({ total: 0 }));
      await fetching;
      holder = origin.hold(path);
      fetching = next.get(path);
      await holder.arrived();
      clock.advance(200);
    }
    // In a list: an answer under way is not waited for here.
    return { ...made, holder, fetching: [fetching], waiting };
  }

  test('who has waited twice for what was not stored fetches; others of its isolate join where they may be given what it brings', async () => {
    const { origin, clock, edge, holder, fetching, waiting } = await twiceInVain(3);
    await holder.arrived(sharesUnstored ? 2 : 4);
    if (sharesUnstored) await clock.asleep(2, 11_900); // of the lease 200 ms have passed
    holder.answer(storable({ total: 1 }));
    const answers = await Promise.all(waiting);
    await Promise.all(fetching);
    await edge.settled();
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill('{"total":1}'));
    // In the HTTP cache what is not stored is for one client.
    const followers = Array(2).fill(sharesUnstored ? collapsed : unshared);
    expect(answers.map(({ cacheStatus }) => cacheStatus).toSorted()).toEqual(
      [unshared, ...followers].toSorted(),
    );
    expect(origin.count()).toBe(sharesUnstored ? 4 : 6);
    expect(edge.redis.took()).not.toContain('fill');
  });

  test('who comes while another fetches in vain is given what is stored meanwhile', async () => {
    const { origin, clock, edge, holder, fetching, waiting } = await twiceInVain(1);
    await holder.arrived(2);
    const newcomer = edge.ask(path);
    // Where what is not stored is shared it joins; else it looks for what the other isolate stores.
    await clock.asleep(1, sharesUnstored ? 11_900 : sleeps.look);
    holder.answer(storable({ total: 1 }));
    await Promise.all([...fetching, ...waiting]);
    clock.advance(200);
    expect(await newcomer).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    expect(origin.count()).toBe(4);
    await edge.settled();
  });

  describe('the entry is there by the time of the lease', () => {
    /** Another isolate, whose lease is stopped on its way until the entry is there. */
    async function leasing() {
      const made = world();
      const { origin, edge } = made;
      const other = made.anotherEdge();
      origin.on(path, storable({ total: 1 }));
      const lease = other.redis.hold('lease', 'request');
      const second = other.get(path);
      await lease.arrived();
      await edge.get(path);
      return { ...made, other, lease, second };
    }

    test('it is a hit', async () => {
      const { origin, other, lease, second } = await leasing();
      lease.release();
      expect(await second).toMatchObject({ cacheStatus: hit, json: { total: 1 } });
      // The lease that was not needed is given back.
      expect(other.redis.took()).toEqual(['lookup', 'lease', 'release']);
      expect(origin.count()).toBe(1);
    });

    test('trusted from before that lease, as by any other validation', async () => {
      const { clock, other, lease, second } = await leasing();
      clock.advance(900);
      lease.release();
      await second;
      other.redis.took();
      clock.advance(100);
      await other.get(path);
      expect(other.redis.took()).toEqual(['lookup']);
    });

    test('but purged: it is not used', async () => {
      const { origin, purge, lease, second } = await leasing();
      await purge();
      origin.on(path, storable({ total: 2 }));
      lease.release();
      expect(await second).toMatchObject({ cacheStatus: led, json: { total: 2 } });
    });
  });
});
