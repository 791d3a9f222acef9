import { expect, test } from 'vitest';
import { failing } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const rights = aClass({ name: 'rights', consistency: 'strict' });

test('every hit is validated by one MGET, of generations only once the body is here', async () => {
  const { origin, edge } = world([rights]);
  origin.on('/rights/r1', { can: [] });
  await edge.get('/rights/r1');
  edge.redis.took();
  for (let i = 0; i < 3; i++) {
    expect(await edge.get('/rights/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  }
  const asked = edge.redis.tookWithNames();
  expect(asked.map(({ verb }) => verb)).toEqual(['lookup', 'lookup', 'lookup']);
  for (const { names } of asked) expect(names.filter((name) => !name.startsWith('gen:'))).toEqual([]);
});

test('not even a clock that is set back makes a copy trusted', async () => {
  const { origin, clock, edge } = world([rights]);
  origin.on('/rights/r1', { can: [] });
  await edge.get('/rights/r1');
  clock.advance(-1);
  edge.redis.took();
  await edge.get('/rights/r1');
  expect(edge.redis.took()).toEqual(['lookup']);
});

test.each(['hard', 'soft'] as const)(
  'a %s purge in another isolate counts on the next request',
  async (mode) => {
    const { origin, edge, purge } = world([rights]);
    origin.on('/rights/r1', { can: ['read'] });
    await edge.get('/rights/r1');
    origin.on('/rights/r1', { can: [] });
    await purge('rights:r1', { mode });
    expect(await edge.get('/rights/r1')).toMatchObject({
      cacheStatus: `Stillfresh; fwd=stale; stored; fwd-status=200; detail=${mode === 'soft' ? 'soft-purged' : 'purged'}`,
      json: { can: [] },
    });
  },
);

test('expired and the origin failing: 503, never the entry', async () => {
  const { origin, clock, edge } = world([rights]);
  origin.on('/rights/r1', { can: ['read'] });
  await edge.get('/rights/r1');
  clock.advance(10_000);
  origin.on('/rights/r1', failing(500));
  expect(await edge.get('/rights/r1')).toMatchObject({
    status: 503,
    cacheStatus: 'Stillfresh; fwd=stale; fwd-status=500; detail=origin-failed',
    json: { type: 'urn:stillfresh:problem:unavailable' },
  });
});

test('without Redis: the origin’s answer, not stored; and 503 when the origin fails too', async () => {
  const { origin, edge } = world([rights]);
  origin.on('/rights/r1', { can: ['read'] });
  await edge.get('/rights/r1');

  edge.redis.fail();
  origin.on('/rights/r1', { can: [] });
  expect(await edge.get('/rights/r1')).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=miss; fwd-status=200; detail=store-unavailable',
    json: { can: [] },
  });
  origin.on('/rights/r1', failing(500));
  expect(await edge.get('/rights/r1')).toMatchObject({ status: 503 });
  expect(origin.count()).toBe(3);
});
