import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/store/port.ts';
import { frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { failing } from '../support/worker/origin.ts';

const led = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
const hit = 'Stillfresh; hit; ttl=10';
const without = 'Stillfresh; fwd=miss; fwd-status=200; detail=store-unavailable';
/** Covers for an origin that fails, for an hour. */
const covered = () => storable({ total: 1 }, { 'Cache-Control': 'max-age=10, stale-if-error=3600' });

describe.each(frontEnds)('$name', ({ world, passesErrorsOn }) => {
  test('answers come from the origin, and are not stored', async () => {
    const { origin, edge } = world();
    let total = 0;
    origin.on(path, () => {
      total += 1;
      return storable({ total })();
    });
    edge.redis.fail();
    for (const fetched of [1, 2]) {
      expect(await edge.get(path)).toMatchObject({
        status: 200,
        cacheStatus: without,
        json: { total: fetched },
      });
    }
    expect(origin.count()).toBe(2);
    expect(edge.notes).toContain('redis-unreachable');

    edge.redis.heal();
    await edge.get(path);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit });
  });

  test('only the lease fails: the answer is not stored either', async () => {
    const { origin, edge } = world();
    origin.on(path, storable({ total: 1 }));
    edge.redis.fail('lease');
    expect(await edge.get(path)).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=store-unavailable',
    });
    edge.redis.heal();
    expect(await edge.get(path)).toMatchObject({ cacheStatus: led });
  });

  test('only the fill fails: the answer is as good as its lease found it, for as long as that is trusted', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    origin.on(path, storable({ total: 1 }));
    edge.redis.fail('fill');
    expect(await edge.get(path)).toMatchObject({ json: { total: 1 } });
    expect(edge.notes).toContain('fill-failed');
    edge.redis.heal();
    edge.redis.took();
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit });
    expect(edge.redis.took()).toEqual([]);
    clock.advance(1_000);
    await edge.get(path);
    expect(edge.redis.took()).toEqual(['lookup']);

    // Its lease was given back: whoever comes next need not wait for the end of it.
    expect(await anotherEdge().get(path)).toMatchObject({ cacheStatus: led });
    expect(origin.count()).toBe(2);
  });

  test('a fill that ends in a bug of ours, before Redis is asked, gives its lease back', async () => {
    const { origin, edge, anotherEdge } = world({ tagsFromAnswer: true });
    await edge.get('/report/r2');
    const { names } = edge.app.ready({}).isolate;
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    names.tag = () => Promise.reject(new Error('a bug'));
    held.answer(storable({ total: 1 }, { 'Cache-Tag': 'shelf:7' }));
    expect(await first).toMatchObject({ status: 200 });
    expect(await anotherEdge().get(path)).toMatchObject({ cacheStatus: led });
  });

  test('inside its trust window a copy is served all the same', async () => {
    const { origin, edge } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);
    edge.redis.fail();
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit });
  });

  test('the origin fails too: a copy that was validated before covers, where there is a window for it', async () => {
    const { origin, clock, edge, anotherEdge } = world({ staleIfError: '1h' });
    origin.on(path, covered());
    await edge.get(path);
    edge.redis.fail();
    origin.on(path, failing(500));

    clock.advance(2_000);
    expect(await edge.get(path)).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; hit; ttl=8; detail=stale-if-error',
      json: { total: 1 },
    });
    clock.advance(10_000);
    expect(await edge.get(path)).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=-2; detail=stale-if-error',
    });

    const cold = anotherEdge();
    cold.redis.fail();
    expect(await cold.get(path)).toMatchObject({ status: 500 });

    clock.advance(3_600_000);
    expect(await edge.get(path)).toMatchObject({ status: 500 });
  });

  test('without such a window it does not, though it is inside its ttl: nobody knows whether it was purged', async () => {
    const { origin, clock, edge } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);
    edge.redis.fail();
    origin.on(path, failing(500));
    clock.advance(2_000);
    const { status, cacheStatus } = await edge.get(path);
    expect(status).toBe(500);
    const detail = passesErrorsOn ? 'store-unavailable' : 'origin-failed';
    expect(cacheStatus).toBe(`Stillfresh; fwd=miss; fwd-status=500; detail=${detail}`);
  });

  test('nor does a copy that a lookup found purged', async () => {
    const { origin, clock, edge, purge } = world({ staleIfError: '1h' });
    origin.on(path, covered());
    await edge.get(path);
    await purge();
    clock.advance(1_000);
    origin.on(path, failing(500));
    expect(await edge.get(path)).toMatchObject({ status: 500 });
    edge.redis.fail();
    expect(await edge.get(path)).toMatchObject({ status: 500 });
  });

  test('a purge that reached Redis while it could not be read counts as soon as it can be', async () => {
    const { origin, clock, edge, purge } = world({ staleIfError: '1h' });
    origin.on(path, covered());
    await edge.get(path);
    edge.redis.fail();
    await purge();
    clock.advance(1_000);
    edge.redis.heal();
    origin.on(path, storable({ total: 2 }));
    expect(await edge.get(path)).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged',
      json: { total: 2 },
    });
  });

  test('the bulkhead bounds what reaches the origin', async () => {
    const { origin, edge } = world({ bounds: { fetchesPerTenant: 3, fetchesOfHttpCache: 3 } });
    edge.redis.fail();
    const held = origin.hold(path);
    const asked = Array.from({ length: 10 }, () => edge.ask(path));
    await held.arrived(3);
    const refused = await Promise.race(asked);
    expect(refused.status).toBe(503);
    held.answer(storable({ total: 1 }));
    const all = await Promise.all(asked);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(origin.count()).toBe(3);
  });

  test('down for long: the breaker opens, sends one probe at a time, and closes by itself', async () => {
    const { origin, clock, edge } = world();
    origin.on(path, storable({ total: 1 }));
    edge.redis.fail();
    const askTimes = async (count: number) => {
      for (let i = 0; i < count; i++) expect(await edge.get(path)).toMatchObject({ status: 200 });
    };
    await askTimes(20);
    expect(edge.redis.took()).toHaveLength(20);
    await askTimes(10);
    expect(edge.redis.took()).toEqual([]);
    expect(edge.notes).toContain('redis-breaker-open');

    clock.advance(5_000);
    await askTimes(10);
    expect(edge.redis.took()).toEqual(['lookup']);

    // While a probe is under way nobody else asks.
    clock.advance(5_000);
    edge.redis.heal();
    const probe = edge.redis.hold('lookup', 'reply');
    const probing = edge.get(path);
    await probe.arrived();
    expect(await edge.ask(path)).toMatchObject({ cacheStatus: without });
    probe.release();
    await probing;
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit });
  });
});

describe.each(frontEnds)('$name: a lease that nobody holds keeps nobody waiting', ({ world }) => {
  test('its reply was lost', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    origin.on(path, storable({ total: 1 }));
    const { lease } = edge.redis;
    edge.redis.lease = async (ask) => {
      await lease.call(edge.redis, ask);
      throw new StoreError('timeout');
    };
    expect(await edge.get(path)).toMatchObject({ status: 200 });
    const fromMs = clock.now();
    expect(await anotherEdge().get(path)).toMatchObject({ status: 200, cacheStatus: led });
    expect(clock.now()).toBe(fromMs);
  });

  test('the breaker opens while its fetch is under way', async () => {
    const { origin, edge, anotherEdge } = world();
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    edge.redis.fail('lookup');
    for (let i = 0; i < 20; i += 1) await edge.ask(`/report/o${i}`);
    edge.redis.heal();
    held.answer(storable({ total: 1 }));
    await first;
    expect(edge.notes).toContain('redis-breaker-open');
    expect(await anotherEdge().get(path)).toMatchObject({ status: 200, cacheStatus: led });
  });
});
