import { describe, expect, test } from 'vitest';
import { failing, timesOut } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

describe('early refresh by chance', () => {
  /** An entry that took a second to fetch, with a second left to live. */
  async function almostExpired(cls = aClass()) {
    const it = world([cls]);
    const held = it.origin.hold('/report/r1');
    const filled = it.edge.get('/report/r1');
    await held.arrived();
    it.clock.advance(1_000);
    held.answer({ total: 1 });
    await filled;
    it.clock.advance(8_000);
    it.origin.on('/report/r1', { total: 2 });
    return it;
  }

  test('refreshes in the background when chance says so: -1 s · ln(0.36) is more than what is left', async () => {
    const { origin, chance, edge } = await almostExpired();
    chance.random = () => 0.36;
    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=1',
      json: { total: 1 },
    });
    expect(origin.count()).toBe(2);
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('otherwise leaves it alone', async () => {
    const { origin, chance, edge } = await almostExpired();
    chance.random = () => 0.37;
    await edge.get('/report/r1');
    expect(origin.count()).toBe(1);
  });

  test('has no place where a window to serve stale does the same', async () => {
    const { origin, chance, edge } = await almostExpired(aClass({ staleWhileRevalidate: '60s' }));
    chance.random = () => 0.01;
    await edge.get('/report/r1');
    expect(origin.count()).toBe(1);
  });
});

describe('stale if the origin fails', () => {
  const report = aClass({ staleIfError: '1h' });

  async function expired(byMs: number) {
    const it = world([report], { bounds: { fetchesPerTenant: 1 } });
    it.origin.on('/report/r1', { total: 1 });
    await it.edge.get('/report/r1');
    it.clock.advance(10_000 + byMs);
    return it;
  }

  test('a redirect is a failure too: the entry covers for it', async () => {
    const { origin, edge } = await expired(5_000);
    origin.on('/report/r1', failing(302, { Location: '/login' }));
    expect(await edge.get('/report/r1')).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-if-error',
      json: { total: 1 },
    });
    expect(origin.count('/report/r1')).toBe(2);
  });

  test('beyond the window the failure shows, as a problem without the origin’s words', async () => {
    const { origin, edge } = await expired(3_600_000);
    origin.on('/report/r1', failing(500));
    const answer = await edge.get('/report/r1');
    expect(answer).toMatchObject({
      status: 500,
      cacheStatus: 'Stillfresh; fwd=stale; fwd-status=500; detail=origin-failed',
      json: { type: 'urn:stillfresh:problem:origin-failed' },
    });
    expect(answer.text).not.toContain('the origin says no');
  });

  test('without a window no entry covers', async () => {
    const { origin, clock, edge } = world([aClass()]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(10_001);
    origin.on('/report/r1', timesOut);
    expect(await edge.get('/report/r1')).toMatchObject({
      status: 504,
      cacheStatus: 'Stillfresh; fwd=stale; detail=origin-timeout',
    });
  });
});
