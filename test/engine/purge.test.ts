import { describe, expect, test } from 'vitest';
import { failing, json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass({ writeThrough: 'purge' });
const purged = 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged';

test('a hard purge elsewhere: a miss, once the trust window is over', async () => {
  const { origin, clock, edge, purge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  origin.on('/report/r1', { total: 2 });
  await purge('report:r1');

  clock.advance(999);
  expect(await edge.get('/report/r1')).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=9',
    json: { total: 1 },
  });
  clock.advance(1);
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: purged, json: { total: 2 } });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

test('neither another key nor another tenant is touched', async () => {
  const { origin, clock, edge, purge } = world([report]);
  for (const id of ['r1', 'r2']) origin.on(`/report/${id}`, { total: 1 });
  await edge.get('/report/r1', { as: 'zoe@globex' });
  await edge.get('/report/r2');
  await purge('report:r1');
  clock.advance(1_000);
  expect(await edge.get('/report/r1', { as: 'zoe@globex' })).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=9',
  });
  expect(await edge.get('/report/r2')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9' });
});

test('a generation that Redis evicted: a miss, and a generation anew', async () => {
  const { origin, clock, edge, store } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  clock.advance(1_000);
  store.evict('gen:acme:report:r1');
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: purged.replace('purged', 'evicted') });
  clock.advance(1_000);
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9' });
  expect(origin.count()).toBe(2);
});

describe('a fetch that began before the purge', () => {
  test('is answered, but never served again', async () => {
    const { origin, edge, anotherEdge, purge } = world([report]);
    const held = origin.hold('/report/r1');
    const early = edge.get('/report/r1');
    await held.arrived();
    await purge('report:r1');
    held.answer(() => json({ total: 1 }));
    expect(await early).toMatchObject({ json: { total: 1 } });

    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
    expect(await anotherEdge().get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('is not served from isolate memory while its fill is under way, beyond the trust window of its lease', async () => {
    const { origin, clock, edge, purge } = world([report]);
    const held = origin.hold('/report/r1');
    const early = edge.ask('/report/r1');
    await held.arrived();
    await purge('report:r1');
    clock.advance(1_000);
    const fill = edge.redis.hold('fill', 'request');
    held.answer({ total: 1 });
    await early;
    await fill.arrived();

    // Its copy is here, but no longer trusted; the lock is still held, so the next one waits in line.
    origin.on('/report/r1', { total: 2 });
    const late = edge.ask('/report/r1');
    await clock.asleep(1);
    fill.release();
    await edge.settled();
    clock.advance(200);
    expect(await late).toMatchObject({ json: { total: 2 } });
  });
});

describe('a soft purge', () => {
  test('begins the window to serve stale at its time', async () => {
    const { origin, clock, edge, purge } = world([aClass({ staleWhileRevalidate: '5s' })]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(2_000);
    await purge('report:r1', { mode: 'soft' });
    clock.advance(4_999);
    const held = origin.hold('/report/r1');
    for (let i = 0; i < 2; i++) {
      edge.redis.took();
      expect(await edge.ask('/report/r1')).toMatchObject({
        cacheStatus: 'Stillfresh; hit; ttl=-5; detail=soft-purged',
        json: { total: 1 },
      });
      // Never trusted from memory: each asks, so that a hard purge is seen at once.
      expect(edge.redis.took()).toContain('lookup');
    }
    held.answer({ total: 2 });
    await edge.settled();
    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=10',
      json: { total: 2 },
    });
  });

  test('beyond that window the origin is asked', async () => {
    const { origin, clock, edge, purge } = world([aClass({ staleWhileRevalidate: '5s' })]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    await purge('report:r1', { mode: 'soft' });
    clock.advance(5_000);
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('covers for an origin that fails, in that class’s window', async () => {
    const { origin, clock, edge, purge } = world([aClass({ staleIfError: '1m' })]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(1_000);
    await purge('report:r1', { mode: 'soft' });
    clock.advance(3_000);
    origin.on('/report/r1', failing(500));
    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=-3; detail=stale-if-error',
    });
  });

  test('and then a hard one: a miss at once', async () => {
    const { origin, clock, edge, purge } = world([aClass({ staleWhileRevalidate: '60s' })]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(1_000);
    await purge('report:r1', { mode: 'soft' });
    const held = origin.hold('/report/r1');
    await edge.ask('/report/r1');
    await purge('report:r1');
    const next = edge.ask('/report/r1');
    await clock.asleep(1);
    held.answer({ total: 2 });
    await edge.settled();
    clock.advance(200);
    expect(await next).toMatchObject({ json: { total: 2 } });
  });
});

test('a reply that was under way while this isolate purged is not kept in its memory', async () => {
  const { origin, edge, anotherEdge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await anotherEdge().get('/report/r1');

  const mget = edge.redis.hold('lookup', 'reply');
  const early = edge.ask('/report/r1');
  await mget.arrived();
  origin.on('PATCH /report/r1', { total: 2 });
  origin.on('/report/r1', { total: 2 });
  await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
  mget.release();
  // It began before the write, and may see what was before.
  expect(await early).toMatchObject({ json: { total: 1 } });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});
