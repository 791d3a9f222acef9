import { expect, test } from 'vitest';
import { json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass({ tagsFromAnswer: true });
const loaded = aClass({ name: 'loaded', read: 'cache-aside', tagsFromAnswer: true });
const purged = 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged';
const tagged = (total: number, tags = 'team:red, area:north') =>
  json({ total }, { headers: { 'Cache-Tag': tags } });

test.each([
  ['Cache-Tag', 'area:north, team:red'],
  ['Surrogate-Key', 'area:north team:red'],
])('a tag that only the answer names, in %s, purges it', async (header, value) => {
  const { origin, clock, edge, anotherEdge, purge } = world([report]);
  origin.on('/report/r1', () => json({ total: 1 }, { headers: { [header]: value } }));
  await edge.get('/report/r1');
  await purge('team:red');
  origin.on('/report/r1', () => tagged(2));
  expect(await anotherEdge().get('/report/r1')).toMatchObject({ cacheStatus: purged, json: { total: 2 } });
  clock.advance(1_000);
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=9',
    json: { total: 2 },
  });
});

test('an isolate that has not seen the key pays one more MGET, and then no more', async () => {
  const { origin, clock, edge, anotherEdge } = world([report]);
  origin.on('/report/r1', () => tagged(1));
  await edge.get('/report/r1');

  const other = anotherEdge();
  expect(await other.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  expect(other.redis.tookWithNames()).toMatchObject([
    { verb: 'lookup' },
    { verb: 'lookup', names: ['gen:acme:team:red', 'gen:acme:area:north'] },
  ]);
  clock.advance(1_000);
  await other.get('/report/r1');
  expect(other.redis.took()).toEqual(['lookup']);
});

test('an entry whose late tags cannot be asked for is not used', async () => {
  const { origin, edge, anotherEdge } = world([report]);
  origin.on('/report/r1', () => tagged(1));
  await edge.get('/report/r1');

  const other = anotherEdge();
  const first = other.redis.hold('lookup', 'reply');
  const asked = other.get('/report/r1');
  await first.arrived();
  other.redis.fail('lookup');
  first.release();
  origin.on('/report/r1', () => tagged(2));
  expect(await asked).toMatchObject({ json: { total: 2 } });
  expect(origin.count()).toBe(2);
});

test('a purge during the fetch: not stored; the next lease captures the tags, and is not held up by other purges', async () => {
  const { origin, edge, purge } = world([report]);
  const first = origin.hold('/report/r1');
  const early = edge.get('/report/r1');
  await first.arrived();
  await purge('team:red');
  first.answer(() => tagged(1));
  await early;
  expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);

  const second = origin.hold('/report/r1');
  const next = edge.get('/report/r1');
  await second.arrived();
  await purge('something:else');
  second.answer(() => tagged(2));
  expect(await next).toMatchObject({ json: { total: 2 } });
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=10',
    json: { total: 2 },
  });
});

test('captured, it guards as any other: purged during the fetch, the answer is not stored', async () => {
  const { origin, clock, edge, purge } = world([report]);
  origin.on('/report/r1', () => tagged(1));
  await edge.get('/report/r1');
  clock.advance(10_000);
  const held = origin.hold('/report/r1');
  const early = edge.get('/report/r1');
  await held.arrived();
  await purge('team:red');
  held.answer(() => tagged(2));
  await early;
  origin.on('/report/r1', () => tagged(3));
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 3 } });
});

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

test('a refresh from a trusted copy captures its late tags: another purge of the tenant does not discard it', async () => {
  const swr = aClass({ tagsFromAnswer: true, staleWhileRevalidate: '60s' });
  const { origin, clock, edge, purge } = world([swr]);
  origin.on('/report/r1', () => tagged(1));
  await edge.get('/report/r1');
  clock.advance(9_500);
  await edge.get('/report/r1'); // validated: trusted for a second
  clock.advance(600);
  const held = origin.hold('/report/r1');
  await edge.ask('/report/r1');
  await held.arrived();
  await purge('unrelated');
  held.answer(() => tagged(2));
  await edge.settled();
  expect(edge.notes).toEqual([]);
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});
