import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { cacheOf, Problem } from '../../src/index.ts';
import { failing } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass();

test('one line for each request says what was asked, how it was answered, and what it cost', async () => {
  const { origin, clock, edge } = world([report]);
  const held = origin.hold('/report/r1');
  const first = edge.get('/report/r1');
  await held.arrived();
  clock.advance(70);
  held.answer({ total: 1 });
  await first;
  clock.advance(1_000);
  await edge.get('/report/r1');
  const asked = {
    event: 'request',
    level: 'info',
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    method: 'GET',
    path: '/report/r1',
    status: 200,
    class: 'report',
    tenant: 'acme',
  };
  const missed = {
    outcome: 'miss',
    fwd: 'uri-miss',
    stored: true,
    fwd_status: 200,
    origin_requests: 1,
    origin_ms: 70,
  };
  const hit = {
    outcome: 'hit',
    layer: 'l1',
    ttl_ms: 8_930,
    redis_requests: 1,
    origin_requests: 0,
    total_ms: 0,
  };
  expect(edge.log).toMatchObject([
    { ...asked, ...missed, total_ms: 70 },
    { ...asked, ...hit },
  ]);
});

test('the request’s id is in the problem that the caller sees', async () => {
  const { edge } = world([report]);
  const { json } = await edge.get('/nothing');
  expect(json).toMatchObject({ instance: `urn:uuid:${edge.log[0]!['request_id']}` });
});

test('what background work notes later has a line of its own', async () => {
  const { origin, edge, purge } = world([report]);
  const held = origin.hold('/report/r1');
  const asked = edge.ask('/report/r1');
  await held.arrived();
  await purge('report:r1');
  const fill = edge.redis.hold('fill', 'reply');
  held.answer({ total: 1 });
  await asked;
  await fill.arrived();
  fill.release();
  await edge.settled();
  expect(edge.log).toMatchObject([
    { event: 'request', level: 'info', stored: true },
    { event: 'background', level: 'warn', class: 'report', notes: ['fill-purged'] },
  ]);
  expect(edge.log[1]!['request_id']).toBe(edge.log[0]!['request_id']);
});

test('so has work that begins when the line is written, in a body that a handler makes', async () => {
  const { origin, edge } = world([report], {
    routes: (app) =>
      app.get('/v1/lines/:id', (c) => {
        const pull = async (body: ReadableStreamDefaultController<Uint8Array>) => {
          await cacheOf(c)
            .read(report, { id: c.req.param('id') })
            .catch(() => {});
          body.close();
        };
        return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
      }),
  });
  origin.on('/report/r1', () => new Response('no', { status: 500 }));
  await edge.get('/v1/lines/r1');
  await edge.settled();
  expect(edge.log).toMatchObject([
    { event: 'request', status: 200 },
    { event: 'background', class: 'report', notes: ['origin-failed'] },
  ]);
});

test('of work in the background all is told, though its request has failed in the same way', async () => {
  const { origin, edge } = world([report], {
    routes: (app) =>
      app.get('/v1/lines/:id', async (c) => {
        const read = (id: string) => cacheOf(c).read(report, { id });
        await read('r1').catch(() => {});
        const pull = async (body: ReadableStreamDefaultController<Uint8Array>) => {
          await read('r2').catch(() => {});
          body.close();
        };
        return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
      }),
  });
  for (const id of ['r1', 'r2']) origin.on(`/report/${id}`, failing(500));
  await edge.get('/v1/lines/r1');
  await edge.settled();
  const notes = ['origin-failed'];
  const told = (id: string) => [
    { note: notes[0], says: 'status 500', class: 'report', origin_path: `/report/${id}` },
  ];
  expect(edge.log).toMatchObject([
    { event: 'request', notes, failures: told('r1') },
    { event: 'background', level: 'warn', notes, failures: told('r2') },
  ]);
});

test('a purge that fails in the background has its reason beside it, whatever the request has noted', async () => {
  const { origin, edge, clock } = world([aClass({ writeThrough: 'purge' })]);
  origin.on('PATCH /report/r1', { total: 2 });
  edge.redis.fail();
  await edge.ask('/report/r1', { method: 'PATCH', body: '{}' });
  for (const ms of bounds.purgeRetriesMs) {
    await clock.asleep(1);
    clock.advance(ms);
  }
  await edge.settled();
  const lines = edge.log.filter(({ event }) => event !== 'breaker');
  expect(lines).toMatchObject([
    { event: 'request', notes: ['purge-failed', expect.stringMatching(/^redis-/)] },
    { event: 'background', notes: ['purge-failed', expect.stringMatching(/^redis-/), 'purge-lost'] },
  ]);
});

test('a refused request says which field was at fault', async () => {
  const { edge } = world([report]);
  await edge.get('/report/r1?colour=red');
  expect(edge.log).toMatchObject([{ status: 400, problem: 'invalid-request', fields: ['colour'] }]);
});

test('LOG=problems leaves out what went well', async () => {
  const { origin, edge } = world([report], { settings: { LOG: 'problems' } });
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  await edge.get('/nothing');
  expect(edge.log).toEqual([]);
  origin.on('/report/r2', failing(500));
  await edge.get('/report/r2');
  expect(edge.log).toMatchObject([{ level: 'error', problem: 'origin-failed', why: 'status 500' }]);
});

test('no secret, no token, no query and no body is ever in it', async () => {
  const { origin, edge } = world([report]);
  origin.on('/report/r1', failing(500));
  await edge.get('/report/r1?api_key=query-secret', {
    headers: { Cookie: 'cookie-secret', 'X-API-Key': 'key-secret' },
  });
  await edge.get('/report/r1');
  const log = JSON.stringify(edge.log);
  for (const secret of [
    'query-secret',
    'cookie-secret',
    'key-secret',
    'the-secret-of-the-edge',
    'eyJ',
    'the origin says no',
  ])
    expect(log).not.toContain(secret);
});

test.each<[why: string, told: string]>([
  ['no keys from https://ann:SECRET@id.test/jwks?key=SECRET', 'no keys from https://id.test/jwks'],
  ['x'.repeat(100_000), 'x'.repeat(bounds.loggedTextChars)],
])('what a problem says to the log is bounded too, and has no more of a URL', async (why, told) => {
  const throwing = () => {
    throw new Problem('unavailable', { why });
  };
  const { edge } = world([report], { routes: (app) => app.get('/it', throwing) });
  await edge.get('/it');
  expect(edge.log[0]!['why']).toBe(told);
});

test('in development the query is in it, at most 256 characters, and the key; deployed neither is', async () => {
  const cases = [
    ['development', '?colour=red', 'report:v1:tenant:acme:r1'],
    ['production', undefined, undefined],
  ] as const;
  for (const [ENVIRONMENT, query, key] of cases) {
    const { origin, edge } = world([report], { settings: { ENVIRONMENT } });
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1?colour=red');
    await edge.get('/report/r1');
    expect(edge.log.map((line) => line['query'])).toEqual([query, undefined]);
    expect(edge.log[1]!['key']).toBe(key);
  }
  const { edge } = world([report], { settings: { ENVIRONMENT: 'development' } });
  await edge.get(`/nothing?q=${'x'.repeat(1_000)}`);
  expect(edge.log[0]!['query']).toHaveLength(256);
});

test.each([
  [new RangeError('no total'), 'RangeError: no total'],
  [new Problem('unprocessable', { why: 'ledger 7 is closed' }), 'Problem: ledger 7 is closed'],
  [new Problem('not-found', { detail: 'no report', why: 'r1 is of 2019' }), 'Problem: r1 is of 2019'],
  [new Problem('not-found', { detail: 'no report' }), 'Problem: no report'],
  [new Problem('not-found'), 'Problem: There is nothing here'],
])('in development it says where a loader threw, and why: %#', async (thrown, first) => {
  const total = aClass({ read: 'cache-aside' });
  const load = () => Promise.reject(thrown);
  for (const ENVIRONMENT of ['development', 'production']) {
    const { edge } = world([total], { settings: { ENVIRONMENT }, load });
    await edge.get('/report/r1');
    const stack =
      ENVIRONMENT === 'development' ? expect.stringMatching(new RegExp(`^${first}\\n +at `)) : undefined;
    expect(edge.log[0]!['stack']).toEqual(stack);
    expect(edge.log[0]).toMatchObject({ status: 502 });
  }
});

test('health needs no token and tells nothing', async () => {
  const { edge } = world([report]);
  const { status, json, headers } = await edge.get('/-/health', { as: null });
  expect({ status, json }).toEqual({ status: 200, json: { status: 'ok' } });
  expect(headers.get('Cache-Control')).toBe('no-store');
});
