import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { fresh, frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { breaksOff, failing, timesOut } from '../support/worker/origin.ts';

const elsewhere = '/report/r2';
const unreachable = () => Promise.reject(new Error('Network connection lost.'));

describe.each(frontEnds)('$name', ({ world, passesErrorsOn }) => {
  test('that cannot be reached is a problem: 502', async () => {
    const { origin, edge } = world();
    origin.on(path, unreachable);
    expect(await edge.get(path)).toMatchObject({
      status: 502,
      cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-failed',
      json: { type: 'urn:stillfresh:problem:origin-failed' },
    });
  });

  test('that does not answer in time is given up: 504', async () => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const late = edge.get(path);
    await held.arrived();
    await clock.asleep(1, sleeps.originDeadline);
    clock.advance(sleeps.originDeadline);
    expect(await late).toMatchObject({
      status: 504,
      cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-timeout',
      json: { type: 'urn:stillfresh:problem:origin-timeout' },
    });
  });

  describe('the bulkhead', () => {
    const one = { fetchesPerIsolate: 1, fetchesOfHttpCache: 1 };

    test('has so many places and no more; beyond it 503, and the origin is not asked', async () => {
      const { origin, edge } = world({ bounds: one });
      const held = origin.hold(elsewhere);
      const under = edge.ask(elsewhere);
      await held.arrived();
      const refused = await edge.ask(path);
      expect(refused).toMatchObject({
        status: 503,
        cacheStatus: 'Stillfresh; fwd=uri-miss; detail=overloaded',
        json: { type: 'urn:stillfresh:problem:overloaded' },
      });
      expect(refused.headers.get('Retry-After')).toBe('1');
      expect(edge.log.at(-1)).toMatchObject({ level: 'error', notes: ['overloaded'] });
      expect(origin.count(path)).toBe(0);

      held.answer(storable({ total: 2 }));
      expect(await under).toMatchObject({ status: 200 });
      await edge.settled();
      // Its lease was given back, without a marker: the next one may store.
      origin.on(path, storable({ total: 1 }));
      expect(await edge.get(path)).toMatchObject({
        cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
      });
    });

    test('is given a place back whatever the fetch comes to', async () => {
      const { origin, edge } = world({ bounds: { ...one, fetchesPerTenant: 1 } });
      for (const reply of [() => new Response(null, { status: 500 }), unreachable]) {
        origin.on(path, reply);
        await edge.get(path);
      }
      origin.on(elsewhere, storable({ total: 1 }));
      expect(await edge.get(elsewhere)).toMatchObject({ status: 200 });
    });
  });

  describe('stale if the origin fails', () => {
    /** Expired so long ago, with a window of an hour. */
    async function expired(byMs: number) {
      const made = world({ staleIfError: '1h', bounds: { fetchesPerTenant: 1, fetchesOfHttpCache: 1 } });
      made.origin.on(path, storable({ total: 1 }, { 'Cache-Control': 'max-age=10, stale-if-error=3600' }));
      await made.edge.get(path);
      made.clock.advance(10_000 + byMs);
      return made;
    }

    test.each([
      ['5xx', failing(500)],
      ['cannot be reached', unreachable],
      ['no answer in time', timesOut],
      ['a body that breaks off', breaksOff('{"total":', { ...fresh, 'Content-Length': '11' })],
    ])('%s: the entry covers for it', async (_what, reply) => {
      const { origin, edge } = await expired(5_000);
      origin.on(path, reply);
      expect(await edge.get(path)).toMatchObject({
        status: 200,
        cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-if-error',
        json: { total: 1 },
      });
      expect(origin.count(path)).toBe(2);
    });

    test('overload: the entry covers for it too', async () => {
      const { origin, edge } = await expired(5_000);
      const busy = origin.hold(elsewhere);
      const other = edge.ask(elsewhere);
      await busy.arrived();
      expect(await edge.ask(path)).toMatchObject({
        status: 200,
        cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-if-error',
      });
      busy.answer(storable({ total: 2 }));
      await other;
      await edge.settled();
    });

    test('a 404 is an answer, no failure', async () => {
      const { origin, edge } = await expired(5_000);
      origin.on(path, failing(404));
      const { status, cacheStatus } = await edge.get(path);
      expect(status).toBe(404);
      const detail = passesErrorsOn ? '; detail=no-freshness' : '';
      expect(cacheStatus).toBe(`Stillfresh; fwd=stale; fwd-status=404${detail}`);
    });

    test('beyond the window the failure shows', async () => {
      const { origin, edge } = await expired(3_600_000);
      origin.on(path, failing(500));
      const { status, cacheStatus } = await edge.get(path);
      const detail = passesErrorsOn ? 'no-freshness' : 'origin-failed';
      expect(status).toBe(500);
      expect(cacheStatus).toBe(`Stillfresh; fwd=stale; fwd-status=500; detail=${detail}`);
    });

    test('an entry that was purged covers for nothing', async () => {
      const { origin, edge, purge } = await expired(5_000);
      await purge();
      origin.on(path, failing(503, { 'Retry-After': '7' }));
      const { status, cacheStatus, headers } = await edge.get(path);
      const detail = passesErrorsOn ? 'purged' : 'origin-failed';
      expect(status).toBe(503);
      expect(cacheStatus).toBe(`Stillfresh; fwd=stale; fwd-status=503; detail=${detail}`);
      expect(headers.get('Retry-After')).toBe('7');
    });
  });
});
