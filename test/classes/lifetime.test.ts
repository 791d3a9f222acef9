import { describe, expect, test } from 'vitest';
import { path } from '../../src/classes/params.ts';
import { cached } from '../../src/classes/route.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { failing, inPieces } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

/** Public, with `cacheControl` for browsers, and a ttl that is longer than it says. */
function publicReport(cacheControl = 'public, max-age=60, s-maxage=30, stale-while-revalidate=20') {
  const windows = { ttl: '10m', staleWhileRevalidate: '10m', staleIfError: '1h' } as const;
  const report = aClass({ scope: 'public', access: 'public', cacheControl, ...windows });
  const it = world([report], { as: null });
  it.origin.on('/report/r1', { total: 1 });
  return it;
}

const lifetime = ({ headers }: { readonly headers: Headers }) => [
  headers.get('Age'),
  headers.get('Cache-Control'),
];

describe('RFC 9111 §4.2.1: what a public class says is how long each answer is fresh from now on', () => {
  test('an answer made for this request has no Age, and the figures alone', async () => {
    const { edge } = publicReport();
    expect(lifetime(await edge.get('/report/r1'))).toEqual([
      null,
      'public, max-age=60, s-maxage=30, stale-while-revalidate=20',
    ]);
  });

  const aged = ['100', 'public, max-age=160, s-maxage=130, stale-while-revalidate=20'];

  test.each([
    ['a hit', {}, 200],
    ['its HEAD', { method: 'HEAD' }, 200],
    ['its 304', { headers: { 'If-None-Match': '*' } }, 304],
    ['its gzip', { headers: { 'Accept-Encoding': 'gzip' } }, 200],
  ])('%s', async (_what, asked, status) => {
    const { edge, clock, anotherEdge } = publicReport();
    await edge.get('/report/r1');
    clock.advance(100_000);
    for (const one of [edge, anotherEdge()]) {
      const answer = await one.get('/report/r1', asked);
      expect(answer.status).toBe(status);
      expect(lifetime(answer)).toEqual(aged);
    }
  });

  test('a stale hit, and one that covers for a failing origin', async () => {
    const { edge, clock, origin } = publicReport();
    await edge.get('/report/r1');
    origin.on('/report/r1', failing(503));
    clock.advance(700_000);
    const stale = ['700', 'public, max-age=760, s-maxage=730, stale-while-revalidate=20'];
    expect(lifetime(await edge.get('/report/r1'))).toEqual(stale);
    clock.advance(1_000_000);
    const covered = ['1700', 'public, max-age=1760, s-maxage=1730, stale-while-revalidate=20'];
    expect(lifetime(await edge.get('/report/r1'))).toEqual(covered);
  });

  test('a collapsed one, whose fetch began before it', async () => {
    const { edge, clock, origin } = publicReport();
    const held = origin.hold('/report/r1');
    const leader = edge.ask('/report/r1');
    await held.arrived();
    const follower = edge.ask('/report/r1');
    clock.advance(3_000);
    held.answer({ total: 1 });
    expect(lifetime(await leader)[0]).toBeNull();
    const { headers, cacheStatus } = await follower;
    expect(cacheStatus).toContain('collapsed');
    expect(lifetime({ headers })).toEqual([
      '3',
      'public, max-age=63, s-maxage=33, stale-while-revalidate=20',
    ]);
  });

  test('one that is passed on as it comes has the figures alone', async () => {
    const { edge, origin } = publicReport();
    origin.on('/report/r1', inPieces(['"', 'x'.repeat(70_000), '"']));
    expect(lifetime(await edge.get('/report/r1'))[1]).toContain('max-age=60');
  });

  test.each([0, 999, 59_999, 60_000, 599_000])(
    '%i ms after its fetch it is fresh for the figure',
    async (ms) => {
      const { edge, clock } = publicReport('public, max-age=60');
      await edge.get('/report/r1');
      clock.advance(ms);
      const [age, said] = lifetime(await edge.get('/report/r1'));
      expect(Number(said?.replace('public, max-age=', '')) - Number(age)).toBe(60);
    },
  );

  test('what a route says itself stands', async () => {
    const report = aClass({ scope: 'public', access: 'public', cacheControl: 'public, max-age=60' });
    const { edge, clock, origin } = world([], {
      strategy: defineStrategy({ classes: [report] }),
      routes: (app) =>
        app.get(
          '/own/:id',
          async (c, next) => {
            await next();
            c.header('Cache-Control', 'max-age=5');
          },
          cached(report, { params: { id: path('id') } }),
        ),
    });
    origin.on('/report/r1', { total: 1 });
    await edge.get('/own/r1', { as: null });
    clock.advance(5_000);
    expect(lifetime(await edge.get('/own/r1', { as: null }))).toEqual(['5', 'max-age=5']);
  });

  test('tenant data say what they said', async () => {
    const { edge, clock, origin } = world([aClass()]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(5_000);
    expect(lifetime(await edge.get('/report/r1'))).toEqual(['5', 'private, no-cache']);
  });
});
