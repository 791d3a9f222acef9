import { expect, test } from 'vitest';
import { aClass, world } from '../support/worker/world.ts';

/** Fresh for 10 s, trusted in isolate memory for 1 s. */
const report = aClass();
const twoDays = aClass({ ttl: '2d', l1: '500ms' });

test('a miss asks the origin and fills; a hit inside the trust window asks Redis nothing', async () => {
  const { origin, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });

  expect(await edge.get('/report/r1')).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    json: { total: 1 },
  });
  expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);

  expect(await edge.get('/report/r1')).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; hit; ttl=10',
    json: { total: 1 },
  });
  expect(edge.redis.took()).toEqual([]);
  expect(origin.count()).toBe(1);
});

test('past the trust window a hit costs one MGET, of generations only', async () => {
  const { origin, clock, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.took();

  clock.advance(1_000);
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9' });
  expect(edge.redis.tookWithNames()).toEqual([
    {
      verb: 'lookup',
      names: ['gen:acme:@t', 'gen:acme:@c:report', 'gen:@all:@c:report', 'gen:acme:report:r1'],
    },
  ]);

  // Validated, it is trusted again.
  clock.advance(999);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual([]);
  expect(origin.count()).toBe(1);
});

test('another isolate finds it in Redis, with one MGET, and keeps it', async () => {
  const { origin, clock, edge, anotherEdge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');

  clock.advance(3_000);
  const other = anotherEdge();
  const answer = await other.get('/report/r1');
  expect(answer).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=7', json: { total: 1 } });
  expect(answer.headers.get('Age')).toBe('3');
  expect(other.log.at(-1)).toMatchObject({ outcome: 'hit', layer: 'l2' });
  await other.get('/report/r1');
  expect(other.redis.took()).toEqual(['lookup']);
  expect(other.log.at(-1)).toMatchObject({ outcome: 'hit', layer: 'l1' });
  expect(origin.count()).toBe(1);
});

test('beyond its ttl it is fetched again, and says that it was stale', async () => {
  const { origin, clock, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');

  origin.on('/report/r1', { total: 2 });
  clock.advance(10_000);
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=expired',
    json: { total: 2 },
  });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  expect(origin.count()).toBe(2);
});

test('the trust window is counted from before the call that validated', async () => {
  const { origin, clock, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  clock.advance(1_000);
  edge.redis.took();

  const mget = edge.redis.hold('lookup', 'reply');
  const slow = edge.get('/report/r1');
  await mget.arrived();
  clock.advance(900);
  mget.release();
  await slow;

  clock.advance(99);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual(['lookup']);
  clock.advance(1);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual(['lookup']);
});

test('the fill is trusted from before its lease only until Redis confirmed it', async () => {
  const { origin, clock, edge } = world([report]);
  const held = origin.hold('/report/r1');
  const first = edge.get('/report/r1');
  await held.arrived();
  clock.advance(3_000);
  held.answer({ total: 1 });
  await first;
  edge.redis.took();

  clock.advance(999);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual([]);
});

test('a clock that is set back trusts nothing', async () => {
  const { origin, clock, edge } = world([twoDays]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.took();

  clock.advance(-3_600_000);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual(['lookup']);
});
