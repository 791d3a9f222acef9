import { expect, test } from 'vitest';
import { json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass({ tagsFromAnswer: true });
const loaded = aClass({ name: 'loaded', read: 'cache-aside', tagsFromAnswer: true });
const purged = 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged';
const tagged = (total: number, tags = 'team:red, area:north') =>
  json({ total }, { headers: { 'Cache-Tag': tags } });

test('a loader names tags as an origin does', async () => {
  const { clock, edge, purge, origin } = world([loaded], {
    load: async ({ origin: api, tag }) => {
      tag('team:red');
      return api.json('/figures');
    },
  });
  origin.on('/figures', { total: 1 });
  await edge.get('/loaded/r1');
  await purge('team:red');
  clock.advance(1_000);
  expect(await edge.get('/loaded/r1')).toMatchObject({ cacheStatus: purged });
});

test('more tags than an entry can hold: passed on, not stored', async () => {
  const { origin, edge } = world([report]);
  const many = Array.from({ length: 33 }, (_, i) => `t:${i}`).join(',');
  origin.on('/report/r1', () => tagged(1, many));
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 1 } });
  expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200',
  });
});

test('a class that does not ask for tags of the answer has none', async () => {
  const { origin, clock, edge, purge } = world([aClass()]);
  origin.on('/report/r1', () => tagged(1));
  await edge.get('/report/r1');
  await purge('team:red');
  clock.advance(1_000);
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9' });
});
