import { describe, expect, test } from 'vitest';
import { breaksOff, failing, timesOut } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

describe('stale while it is revalidated', () => {
  const report = aClass({ staleWhileRevalidate: '60s' });

  test('serves the stale entry at once, and fetches a new one in the background', async () => {
    const { origin, clock, edge } = world([report]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    edge.redis.took();

    clock.advance(12_500);
    const held = origin.hold('/report/r1');
    const stale = await edge.ask('/report/r1');
    expect(stale).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-3', json: { total: 1 } });
    expect(stale.headers.get('Age')).toBe('12');
    await held.arrived();
    held.answer({ total: 2 });
    await edge.settled();
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);

    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=10',
      json: { total: 2 },
    });
    expect(origin.count()).toBe(2);
  });

  test('50 at once are all served stale, by one refresh', async () => {
    const { origin, clock, edge } = world([report]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');

    clock.advance(11_000);
    edge.redis.took();
    const held = origin.hold('/report/r1');
    const answers = await Promise.all(Array.from({ length: 50 }, () => edge.ask('/report/r1')));
    expect(new Set(answers.map(({ cacheStatus }) => cacheStatus))).toEqual(
      new Set(['Stillfresh; hit; ttl=-1']),
    );
    held.answer({ total: 2 });
    await edge.settled();
    expect(origin.count()).toBe(2);
    expect(edge.redis.took().filter((verb) => verb !== 'lookup')).toEqual(['lease', 'fill']);
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('while another isolate refreshes, stale hits here ask for the lease once a second', async () => {
    const { origin, clock, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');

    clock.advance(11_000);
    const held = origin.hold('/report/r1');
    await edge.ask('/report/r1');
    await held.arrived();
    other.redis.took();
    for (let i = 0; i < 5; i++) await other.get('/report/r1');
    expect(other.redis.took().filter((verb) => verb === 'lease')).toEqual(['lease']);
    clock.advance(1_000);
    await other.get('/report/r1');
    expect(other.redis.took().filter((verb) => verb === 'lease')).toEqual(['lease']);
    held.answer({ total: 2 });
    await edge.settled();
    clock.advance(1_000);
    expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('two isolates meet the same stale entry: one of them refreshes', async () => {
    const { origin, clock, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');

    clock.advance(11_000);
    const held = origin.hold('/report/r1');
    await edge.ask('/report/r1');
    await held.arrived();
    expect(await other.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-1' });
    held.answer({ total: 2 });
    await edge.settled();
    // It asks again a second later, and finds what the other fetched.
    clock.advance(1_000);
    expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
    expect(origin.count()).toBe(2);
  });

  test('a refresh that fails leaves the entry to be served stale, and is tried again later', async () => {
    const { origin, clock, edge } = world([report]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');

    clock.advance(11_000);
    origin.on('/report/r1', failing(500));
    await edge.get('/report/r1');
    clock.advance(2_000);
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-3' });
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('beyond the window it waits for the origin', async () => {
    const { origin, clock, edge } = world([report]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');

    clock.advance(70_000);
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=expired',
      json: { total: 2 },
    });
  });
});

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

  test.each([
    ['5xx', failing(500)],
    ['a redirect', failing(302, { Location: '/login' })],
    ['no answer in time', timesOut],
    ['a body that breaks off', breaksOff('{"total":', { 'Content-Length': '11' })],
  ])('%s: the entry covers for it', async (_what, reply) => {
    const { origin, edge } = await expired(5_000);
    origin.on('/report/r1', reply);
    expect(await edge.get('/report/r1')).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-if-error',
      json: { total: 1 },
    });
    expect(origin.count('/report/r1')).toBe(2);
  });

  test('overload: the entry covers for it too', async () => {
    const { origin, edge } = await expired(5_000);
    const busy = origin.hold('/report/r2');
    const other = edge.ask('/report/r2');
    await busy.arrived();
    expect(await edge.ask('/report/r1')).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-if-error',
    });
    busy.answer({ total: 2 });
    await other;
    await edge.settled();
  });

  test('a 404 is an answer, no failure', async () => {
    const { origin, edge } = await expired(5_000);
    origin.on('/report/r1', failing(404));
    expect(await edge.get('/report/r1')).toMatchObject({
      status: 404,
      cacheStatus: 'Stillfresh; fwd=stale; fwd-status=404',
    });
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

  test('an entry that was purged covers for nothing', async () => {
    const { origin, edge, purge } = await expired(5_000);
    await purge('report:r1');
    origin.on('/report/r1', failing(503, { 'Retry-After': '7' }));
    const answer = await edge.get('/report/r1');
    expect(answer).toMatchObject({
      status: 503,
      cacheStatus: 'Stillfresh; fwd=stale; fwd-status=503; detail=origin-failed',
    });
    expect(answer.headers.get('Retry-After')).toBe('7');
  });
});
