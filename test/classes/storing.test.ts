import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { failing, inPieces, json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const missed = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
const passed = 'Stillfresh; fwd=uri-miss; fwd-status=200';
const big = 'x'.repeat(700);

describe('what is found in Redis and is not the entry asked for is a miss, and noted', () => {
  const report = aClass();
  const mine = aClass({ name: 'mine', scope: 'user', access: 'user' });
  const shaped = aClass({ name: 'shaped', value: z.object({ total: z.number() }) });

  test('filled for another tenant', async () => {
    const { origin, edge, anotherEdge } = world([report]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    const other = anotherEdge();
    other.redis.rewrite = (entry) =>
      entry.replace(/"principal":\{"tenant":"[^"]*"/, '"principal":{"tenant":"b3RoZXI"');
    expect(await other.get('/report/r1')).toMatchObject({
      status: 200,
      cacheStatus: missed,
      json: { total: 1 },
    });
    expect(other.notes).toContain('entry-of-another-tenant');
    expect(other.log.at(-1)).toMatchObject({ level: 'warn' });
    expect(origin.count()).toBe(2);
  });

  test('filled for another user', async () => {
    const { origin, edge, anotherEdge } = world([mine]);
    origin.on('/mine/r1', { total: 1 });
    await edge.get('/mine/r1');
    const other = anotherEdge();
    other.redis.rewrite = (entry) => entry.replace(/"user":"[^"]*"/, '"user":"b3RoZXI"');
    expect(await other.get('/mine/r1')).toMatchObject({ cacheStatus: missed });
    expect(other.notes).toContain('entry-of-another-user');
  });

  test.each([
    ['of another shape', '{"sums": 1}'],
    ['not JSON', '<p>text</p>'],
  ])('with a value that is %s', async (_what, value) => {
    const { origin, edge, anotherEdge } = world([shaped]);
    origin.on('/shaped/r1', { total: 1 });
    await edge.get('/shaped/r1');
    const other = anotherEdge();
    other.redis.rewrite = (entry) => entry.replace('{"total":1}', value);
    expect(await other.get('/shaped/r1')).toMatchObject({ cacheStatus: missed, json: { total: 1 } });
    expect(other.notes).toContain('entry-of-another-shape');
  });
});

describe('what comes from the origin and is not stored', () => {
  const report = aClass({ maxBytes: 1_000 });
  const shaped = aClass({ name: 'shaped', maxBytes: 1_000, value: z.object({ status: z.string() }) });
  const issued = aClass({
    name: 'issued',
    value: z.object({ status: z.string() }) as z.ZodType,
    storeWhen: (value) => (value as { status: string }).status !== 'draft',
  });

  test('one too large is passed on in full, though the class looks at values before it stores', async () => {
    const { origin, edge } = world([shaped]);
    origin.on('/shaped/r1', inPieces([big, big, big]));
    const answer = await edge.get('/shaped/r1');
    expect(answer.text).toBe(big + big + big);
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
    await edge.get('/shaped/r1');
    expect(origin.count()).toBe(2);
  });

  test('one that the class refuses, until it does not', async () => {
    const { origin, clock, edge } = world([issued]);
    origin.on('/issued/r1', { status: 'draft' });
    expect(await edge.get('/issued/r1')).toMatchObject({ status: 200, cacheStatus: passed });
    expect(edge.notes).toContain('refused-by-class');
    origin.on('/issued/r1', { status: 'open' });
    clock.advance(1_000);
    expect(await edge.get('/issued/r1')).toMatchObject({ cacheStatus: missed });
    expect(await edge.get('/issued/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  });

  test('a value of another shape', async () => {
    const { origin, edge } = world([shaped]);
    origin.on('/shaped/r1', { state: 'open' });
    expect(await edge.get('/shaped/r1')).toMatchObject({ status: 200, cacheStatus: passed });
    expect(edge.notes).toContain('value-of-another-shape');
  });

  test.each([201, 204, 205, 206, 404, 429])('a %i', async (status) => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', () => new Response([204, 205].includes(status) ? null : 'no', { status }));
    const answer = await edge.get('/report/r1');
    expect(answer).toMatchObject({ status, cacheStatus: `Stillfresh; fwd=uri-miss; fwd-status=${status}` });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(edge.redis.took()).not.toContain('fill');
  });

  test('what is known not to be stored is fetched directly for a while: nobody waits in line for it', async () => {
    const { origin, clock, edge, anotherEdge } = world([issued]);
    origin.on('/issued/r1', { status: 'draft' });
    await edge.get('/issued/r1');

    const other = anotherEdge();
    expect(await other.get('/issued/r1')).toMatchObject({ status: 200, cacheStatus: passed });
    expect(other.redis.took()).toEqual(['lookup', 'lease']);

    // Then somebody tries again.
    clock.advance(1_000);
    await other.get('/issued/r1');
    expect(other.redis.took()).toEqual(['lookup', 'lease', 'release']);
  });

  test('an origin that fails leaves nobody in line either: who comes next asks, and may store', async () => {
    const { origin, edge, anotherEdge } = world([report]);
    origin.on('/report/r1', failing(500));
    await edge.get('/report/r1');
    origin.on('/report/r1', () => json({ total: 1 }));
    expect(await anotherEdge().get('/report/r1')).toMatchObject({ status: 200, cacheStatus: missed });
  });
});
