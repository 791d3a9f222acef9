import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { cutLine, requestLine } from '../../src/edge/log-line.ts';
import { newNotes } from '../../src/engine/notes.ts';
import type { EdgeRequest } from '../../src/engine/request.ts';
import { allowWhen, cacheOf, dataClass, defineStrategy } from '../../src/index.ts';
import type { LogLine } from '../../src/telemetry/log.ts';
import type { Hit } from '../../src/telemetry/outcome.ts';
import { httpWorld, said } from '../http-cache/support.ts';
import { failing } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const bytesOf = (line: LogLine) => new TextEncoder().encode(JSON.stringify(line)).length;
const fieldsOf = (line: LogLine) => Object.keys(JSON.parse(JSON.stringify(line))).toSorted();

/** All that the line of a hit may have. One more must pay for itself below. */
const ofHit = [
  ...['age_ms', 'bytes', 'class', 'detail', 'event', 'layer', 'level', 'method', 'origin_requests'],
  ...['outcome', 'path', 'redis_commands', 'redis_ms', 'redis_requests', 'request_id', 'sample', 'status'],
  ...['tenant', 'total_ms', 'ttl_ms'],
].toSorted();

describe('The line of a hit', () => {
  const path = `/v1/${'dashboards/0190c1f4-7d0a-7c4e-9a54-1f2d3c4b5a69/'.repeat(40)}`;
  const worst: Hit = {
    kind: 'hit',
    layer: 'l2',
    ttlMs: -bounds.durationMs,
    detail: 'request-directives-ignored',
  };
  const notes = { ...newNotes(), redisRequests: 3, redisCommands: 3, redisMs: 9_999 };
  const tenant = 'acme-of-the-north-'.repeat(14);
  const edge = {
    id: crypto.randomUUID(),
    notes,
    outcome: worst,
    className: 'analytics-of-dashboards-by-month-and-quarter-of-the-year',
    identity: { tenant },
    ageMs: 2 * bounds.durationMs,
    sentBytes: bounds.maxBytesLimit,
    totalMs: 29_999,
    isolate: { random: () => 0 },
  };
  const settings = { LOG: 'all', LOG_SAMPLE: 0.000001, development: false } as const;
  const lineOf = (url: string, changed: object = {}) => {
    const request = new Request(url, { method: 'HEAD' });
    return cutLine(requestLine(request, { ...edge, ...changed } as unknown as EdgeRequest, 200, settings)!);
  };

  test.each([
    ['at its longest', path, {}],
    ['of a path beyond ASCII', encodeURI('/данные/日本/😀'.repeat(40)), {}],
    ['of a path that JSON escapes', '/%22%5C%01'.repeat(100), {}],
    ['of a tenant that JSON escapes', path, { identity: { tenant: '"\\'.repeat(128) } }],
  ])('takes at most 600 bytes: %s', (_what, at, changed) => {
    const line = lineOf(`https://edge.test${at}`, changed);
    expect(bytesOf(line)).toBeLessThanOrEqual(600);
    expect(fieldsOf(line)).toEqual(ofHit);
  });

  test('has no more than that of an ordinary one, from memory or from Redis, of either front end', async () => {
    const settings = { LOG_SAMPLE: '.6' };
    const { origin, edge: one, anotherEdge, clock } = world([aClass()], { settings });
    origin.on('/report/r1', { total: 1 });
    await one.get('/report/r1');
    await one.get('/report/r1');
    const other = anotherEdge();
    clock.advance(1_200);
    await other.get('/report/r1');
    const http = httpWorld();
    http.origin.on('/a', said('hello', { 'Cache-Control': 'max-age=60', Age: '20' }));
    await http.edge.get('/a', { as: null });
    http.clock.advance(1_000);
    await http.edge.get('/a', { as: null });
    const lines = [one.log[1]!, other.log[0]!, http.edge.log[1]!];
    expect(lines).toMatchObject([
      { layer: 'l1', age_ms: 0, ttl_ms: 10_000, bytes: 11, redis_requests: 0 },
      { layer: 'l2', age_ms: 1_200, ttl_ms: 8_800, bytes: 11, redis_requests: 1, redis_commands: 1 },
      { layer: 'l1', age_ms: 21_000, ttl_ms: 39_000, bytes: 5 },
    ]);
    for (const line of lines) {
      expect(bytesOf(line)).toBeLessThan(400);
      expect(ofHit).toEqual(expect.arrayContaining(fieldsOf(line)));
    }
  });
});

describe('The line of a hit that had more to say, as an edge writes it, takes at most 600 bytes too', () => {
  const name = 'analytics-of-dashboards-by-month-and-quarter';
  const longOrigin = `/v1/${'m'.repeat(140)}`;
  const as = `ann@${'t'.repeat(60)}`;
  const at = `/${name}/${'p'.repeat(100)}`;
  const ofHits = (log: readonly LogLine[]) =>
    log.filter(({ outcome }) => outcome === 'hit' || outcome === 'stale');

  test('its access rule had to fetch, or has failed to refresh', async () => {
    const member = dataClass({
      ...{ name: 'members-of-the-organisation', version: 1, scope: 'tenant', access: 'tenant', tags: [] },
      ...{ key: 'm', params: z.object({}), value: z.object({ ok: z.boolean() }) },
      ...{
        read: 'read-through',
        origin: longOrigin,
        ttl: '2s',
        staleWhileRevalidate: '1h',
        rationale: 'a test',
      },
    });
    const long = aClass({
      ...{ name, ttl: '2h' },
      access: allowWhen('may', [member], (_, __, [{ ok }]) => ok),
    });
    const { origin, edge, clock } = world([member, long]);
    origin.on(longOrigin, { ok: true });
    origin.on(at, { total: 1 });
    await edge.get(at, { as });
    clock.advance(5_000_000);
    await edge.get(at, { as });
    origin.on(longOrigin, failing(503));
    clock.advance(5_000);
    await edge.get(at, { as });
    const lines = ofHits(edge.log);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ origin_requests: 1, origin_status: 200 });
    for (const line of lines) expect(bytesOf(line)).toBeLessThanOrEqual(600);
  });

  test.each(['alone', 'while Redis is down', 'with hashed ids'])(
    'stale, because its origin fails: %s',
    async (how) => {
      const stale = aClass({ name, staleIfError: '1h', l1: '1m', origin: `${longOrigin}/{id}` });
      const settings = how === 'with hashed ids' ? { LOG_HASH_IDS: 'a-key-for-the-log-alone' } : {};
      const { origin, edge, clock } = world([stale], { settings });
      origin.on(`${longOrigin}/p1`, { total: 1 });
      await edge.get(`/${name}/p1`, { as });
      origin.on(`${longOrigin}/p1`, failing(503));
      clock.advance(600_000);
      if (how === 'while Redis is down') edge.redis.fail();
      await edge.get(`/${name}/p1`, { as });
      await edge.get(`/${name}/p1`, { as });
      for (const line of ofHits(edge.log)) {
        expect(bytesOf(line)).toBeLessThanOrEqual(600);
        // That something went wrong is never left out.
        expect(line).toMatchObject({ level: 'warn', notes: expect.arrayContaining(['origin-failed']) });
      }
    },
  );

  test('its handler tells 16 events', async () => {
    const long = aClass({ name, ttl: '1h', tags: ['report:{id}'] });
    const strategy = defineStrategy({
      classes: [long],
      events: { changed: { payload: z.object({ id: z.string() }), purges: { tags: ['report:{id}'] } } },
    });
    const { origin, edge } = world([long], {
      strategy,
      routes: (app) =>
        app.get('/own/*', async (c) => {
          const read = await cacheOf(c).read(long, { id: 'p1' });
          for (let i = 0; i < 16; i += 1) await cacheOf(c).emit('changed', { payload: { id: `p${i}` } });
          return cacheOf(c).json(read);
        }),
    });
    origin.on(`/${name}/p1`, { total: 1 });
    await edge.get(`/${name}/p1`, { as });
    await edge.get(`/own/${'p'.repeat(140)}`, { as });
    const [line] = ofHits(edge.log);
    expect(String(line!['purge_id']).split(',')).toHaveLength(2);
    expect(bytesOf(line!)).toBeLessThanOrEqual(600);
  });
});

describe('What a line says of its cost', () => {
  test('a miss: commands, the origin’s status, and for how long the answer is fresh', async () => {
    const { origin, edge } = world([aClass()]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    expect(edge.log[0]).toMatchObject({
      outcome: 'miss',
      redis_requests: 3,
      redis_commands: 3,
      origin_status: 200,
      ttl_ms: 10_000,
      bytes: 11,
    });
    expect(edge.log[0]!['age_ms']).toBeUndefined();
  });

  test('an answer of an origin that failed, and of none', async () => {
    const { origin, edge } = world([aClass()]);
    origin.on('/report/r1', failing(503));
    origin.on('/report/r2', () => Promise.reject(new Error('lost')));
    await edge.get('/report/r1');
    await edge.get('/report/r2');
    expect(edge.log).toMatchObject([
      { status: 503, origin_status: 503, origin_path: '/report/r1' },
      { status: 502, origin_path: '/report/r2' },
    ]);
    expect(edge.log[1]!['origin_status']).toBeUndefined();
    for (const name of ['age_ms', 'ttl_ms', 'bytes']) expect(edge.log[0]![name]).toBeUndefined();
  });

  test('a write, and one of the HTTP cache, passed on', async () => {
    const { origin, edge } = world([aClass({ writeThrough: 'purge' })]);
    origin.on(
      'PATCH /report/r1',
      () => new Response('{}', { status: 201, headers: { 'Content-Length': '2' } }),
    );
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    expect(edge.log[0]).toMatchObject({ origin_status: 201, redis_requests: 1, redis_commands: 1, bytes: 2 });
    const http = httpWorld();
    http.origin.on('/a', said('no', {}, 404));
    await http.edge.get('/a', { as: null });
    expect(http.edge.log[0]).toMatchObject({ status: 404, origin_status: 404, bytes: 2 });
  });

  test('a confirmed one, and a HEAD: no bytes', async () => {
    const { origin, edge } = world([aClass()]);
    origin.on('/report/r1', { total: 1 });
    const { headers } = await edge.get('/report/r1');
    await edge.get('/report/r1', { headers: { 'If-None-Match': headers.get('ETag')! } });
    await edge.get('/report/r1', { method: 'HEAD' });
    expect(edge.log.map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 11],
      [304, undefined],
      [200, undefined],
    ]);
  });

  test('one that waited for another’s: its age too', async () => {
    const { origin, edge, clock } = world([aClass()]);
    const held = origin.hold('/report/r1');
    const asked = [edge.get('/report/r1'), edge.get('/report/r1')];
    await held.arrived();
    clock.advance(70);
    held.answer({ total: 1 });
    await Promise.all(asked);
    expect(edge.log.find(({ collapsed }) => collapsed)).toMatchObject({
      age_ms: 70,
      ttl_ms: 9_930,
      bytes: 11,
    });
  });

  test('a purge that finds no room: two requests, and a command for each generation', async () => {
    const { origin, edge } = world([aClass({ writeThrough: 'purge' })]);
    origin.on('PATCH /report/r1', {});
    edge.redis.purge = async () => ({ applied: 'deleted', stored: null });
    await edge.ask('/report/r1', { method: 'PATCH', body: '{}' });
    expect(edge.log[0]).toMatchObject({ redis_requests: 2, redis_commands: 3 });
  });
});
