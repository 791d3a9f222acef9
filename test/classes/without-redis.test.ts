import { expect, test } from 'vitest';
import { failing } from '../support/worker/origin.ts';
import { aClass, type TestEdge, world } from '../support/worker/world.ts';

const report = aClass();
const covered = aClass({ staleIfError: '1h' });

test('answers come from the origin, and are not stored', async () => {
  const { origin, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  edge.redis.fail();
  for (let i = 0; i < 2; i++) {
    expect(await edge.get('/report/r1')).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; fwd=miss; fwd-status=200; detail=store-unavailable',
      json: { total: 1 },
    });
  }
  expect(origin.count()).toBe(2);
  expect(edge.notes).toContain('redis-unreachable');

  edge.redis.heal();
  await edge.get('/report/r1');
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
});

test('only the lease fails: the answer is not stored either', async () => {
  const { origin, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  edge.redis.fail('lease');
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=store-unavailable',
  });
  edge.redis.heal();
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
  });
});

test('only the fill fails: the answer is as good as its lease found it, for as long as that is trusted', async () => {
  const { origin, clock, edge, anotherEdge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  edge.redis.fail('fill');
  await edge.get('/report/r1');
  edge.redis.heal();
  edge.redis.took();
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  expect(edge.redis.took()).toEqual([]);
  clock.advance(1_000);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual(['lookup']);

  // The lock that the fill left behind ends by itself.
  clock.advance(12_000);
  await anotherEdge().get('/report/r1');
  expect(origin.count()).toBe(2);
});

test('inside its trust window a copy is served all the same', async () => {
  const { origin, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.fail();
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
});

test('the origin fails too: a copy that was validated before covers, where the class has a window for it', async () => {
  const { origin, clock, edge, anotherEdge } = world([covered]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.fail();
  origin.on('/report/r1', failing(500));

  clock.advance(2_000);
  expect(await edge.get('/report/r1')).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; hit; ttl=8; detail=stale-if-error',
    json: { total: 1 },
  });
  clock.advance(10_000);
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=-2; detail=stale-if-error',
  });

  const cold = anotherEdge();
  cold.redis.fail();
  expect(await cold.get('/report/r1')).toMatchObject({ status: 500 });

  clock.advance(3_600_000);
  expect(await edge.get('/report/r1')).toMatchObject({ status: 500 });
});

test('without such a window it does not, though it is inside its ttl: nobody knows whether it was purged', async () => {
  const { origin, clock, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.fail();
  origin.on('/report/r1', failing(500));
  clock.advance(2_000);
  expect(await edge.get('/report/r1')).toMatchObject({
    status: 500,
    cacheStatus: 'Stillfresh; fwd=miss; fwd-status=500; detail=origin-failed',
  });
});

test('nor does a copy that a lookup found purged', async () => {
  const { origin, clock, edge, purge } = world([covered]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  await purge('report:r1');
  clock.advance(1_000);
  origin.on('/report/r1', failing(500));
  expect(await edge.get('/report/r1')).toMatchObject({ status: 500 });
  edge.redis.fail();
  expect(await edge.get('/report/r1')).toMatchObject({ status: 500 });
});

test('a purge that reached Redis while it could not be read counts as soon as it can be', async () => {
  const { origin, clock, edge, purge } = world([covered]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.fail();
  await purge('report:r1');
  clock.advance(1_000);
  edge.redis.heal();
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged',
    json: { total: 2 },
  });
});

test('down for long: the breaker opens, sends one probe at a time, and closes by itself', async () => {
  const { origin, clock, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  edge.redis.fail();
  const askTimes = async (times: number, it: TestEdge = edge) => {
    for (let i = 0; i < times; i++) expect(await it.get('/report/r1')).toMatchObject({ status: 200 });
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
  const probing = edge.get('/report/r1');
  await probe.arrived();
  expect(await edge.ask('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=miss; fwd-status=200; detail=store-unavailable',
  });
  probe.release();
  await probing;
  expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
});
