import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Remark } from '../../src/engine/notes.ts';
import { allowWhen, cacheOf, dataClass, type Load } from '../../src/index.ts';
import { breaksOff, failing, json, type Reply, timesOut } from '../support/worker/origin.ts';
import { aClass, type WorldOptions, world } from '../support/worker/world.ts';

const value = z.object({ can: z.array(z.string()), at: z.record(z.string(), z.number()).optional() });
const rights = dataClass({
  name: 'rights',
  version: 1,
  scope: 'user',
  key: '',
  params: z.object({}),
  access: 'user',
  read: 'read-through',
  origin: '/rights/of?user={user_id}',
  ttl: '2m',
  value,
  rationale: 'asked on every request',
});
const report = aClass({
  access: allowWhen('may', [rights], (_identity, _params, [held]) => held.can.includes('report:read')),
});
const plain = aClass({ name: 'plain', value });

function office(options: WorldOptions = {}) {
  const it = world([report, rights, plain], options);
  it.origin.on('/report/r1', { total: 1 });
  it.origin.on('/rights/of?user=ann', { can: ['report:read'] });
  return it;
}

const path = '/rights/of';
const shape = 'value-of-another-shape';

/** What the origin does, and what the log says of the failure. */
const faults: readonly [what: string, reply: Reply, told: object][] = [
  ['500', failing(500), { note: 'origin-failed', says: 'status 500' }],
  ['401 to the edge', failing(401), { note: 'origin-failed', says: 'status 401: is ORIGIN_SECRET right?' }],
  [
    'no answer in time',
    timesOut,
    { note: 'origin-timeout', says: expect.stringMatching(/^no answer|Error/) },
  ],
  ['a body that breaks off', breaksOff('{"can":'), { note: 'truncated' }],
  ['a field of another type', { can: 'all' }, { note: shape, fields: ['can'] }],
  ['an item of another type', { can: ['a', 7] }, { note: shape, fields: ['can.1'] }],
  ['a field that is missing', {}, { note: shape, fields: ['can'] }],
  ['two fields', { can: 1, at: 2 }, { note: shape, fields: ['can', 'at'] }],
  ['a name that is data', { can: [], at: { 'ann@acme.test': 'x' } }, { note: shape, fields: ['at.*'] }],
  ['no object', ['report:read'], { note: shape, fields: ['(the whole)'] }],
  ['no JSON', () => new Response('no', { headers: { 'Content-Length': '2' } }), { note: shape }],
];

describe('An access rule’s input that fails is told as its own class’s', () => {
  test.each(faults)('%s', async (_what, reply, told) => {
    const { origin, edge } = office();
    origin.on('/rights/of?user=ann', reply);
    const { status } = await edge.get('/report/r1');
    expect(status).toBeGreaterThanOrEqual(400);
    expect(edge.log[0]).toMatchObject({
      class: 'report',
      origin_path: path,
      why: expect.stringMatching(/^rights(:| gave)/),
      failures: [{ class: 'rights', origin_path: path, ...told }],
    });
    expect(JSON.stringify(edge.log)).not.toMatch(/user=ann|ann@/);
  });

  test('an answer that is none of its own: what the origin said', async () => {
    const { origin, edge } = office();
    origin.on('/rights/of?user=ann', failing(404));
    expect(await edge.get('/report/r1')).toMatchObject({ status: 403 });
    const why = 'rights gave no value to decide by; the origin answered 404';
    expect(edge.log[0]).toMatchObject({ class: 'report', origin_path: path, why });
  });
});

describe('Any other failure too', () => {
  test.each(faults)('of a route’s own class: %s', async (_what, reply, told) => {
    const { origin, edge } = office();
    origin.on('/plain/p1', reply);
    await edge.get('/plain/p1');
    const failure = { class: 'plain', origin_path: '/plain/p1', ...told };
    expect(edge.log[0]).toMatchObject({ class: 'plain', origin_path: '/plain/p1', failures: [failure] });
  });

  test('of several classes that a handler reads at once: each by itself', async () => {
    const { origin, edge } = office({
      routes: (app) =>
        app.get('/both', async (c) => {
          const cache = cacheOf(c);
          const reads = [cache.read(rights, {}), cache.read(plain, { id: 'p1' })];
          return c.json(await Promise.allSettled(reads));
        }),
    });
    origin.on('/rights/of?user=ann', failing(500));
    origin.on('/plain/p1', { can: 1 });
    await edge.get('/both');
    expect(edge.log[0]!['failures']).toHaveLength(2);
    expect(edge.log[0]!['failures']).toEqual(
      expect.arrayContaining([
        { note: 'origin-failed', says: 'status 500', class: 'rights', origin_path: path },
        { note: shape, class: 'plain', origin_path: '/plain/p1', fields: ['can'] },
      ]),
    );
  });

  test('of a hundred that a handler reads: the first few', async () => {
    const { origin, edge } = office({
      routes: (app) =>
        app.get('/all', async (c) => {
          for (let i = 0; i < 100; i++)
            await cacheOf(c)
              .read(plain, { id: `p${i}` })
              .catch(() => {});
          return c.text('done');
        }),
    });
    for (let i = 0; i < 100; i++) origin.on(`/plain/p${i}`, failing(500));
    await edge.get('/all');
    expect(edge.log[0]!['failures']).toHaveLength(8);
  });

  test('of an entry that is there and not usable: its class', async () => {
    const { edge, anotherEdge } = office();
    await edge.get('/report/r1');
    const other = anotherEdge();
    other.redis.rewrite = (entry) => (entry.includes('rights:v1') ? entry.slice(0, 20) : entry);
    await other.get('/report/r1');
    expect(other.log[0]).toMatchObject({
      class: 'report',
      notes: ['entry-corrupt'],
      failures: [{ note: 'entry-corrupt', class: 'rights' }],
    });
  });

  test('of a refresh, in the line of what came later', async () => {
    const cls = aClass({ staleWhileRevalidate: '1m' });
    const { origin, edge, clock } = world([cls]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    clock.advance(11_000);
    origin.on('/report/r1', failing(500));
    await edge.get('/report/r1');
    const failure = { note: 'origin-failed', says: 'status 500', class: 'report', origin_path: '/report/r1' };
    expect(edge.log.at(-1)).toMatchObject({ event: 'background', failures: [failure] });
  });

  test('of a write', async () => {
    const { origin, edge } = world([aClass({ writeThrough: 'purge' })]);
    origin.on('PATCH /report/r1', failing(500));
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    const note = 'origin-failed';
    const told = { note, says: 'status 500', class: 'report', origin_path: '/report/r1' };
    expect(edge.log[0]).toMatchObject({
      class: 'report',
      origin_path: '/report/r1',
      why: 'status 500',
      notes: [note],
      failures: [told],
    });
  });

  const written: readonly [what: string, reply: Reply, told: Remark][] = [
    ['401 to the edge', failing(401), { note: 'origin-failed', says: 'status 401: is ORIGIN_SECRET right?' }],
    ['no answer in time', timesOut, { note: 'origin-timeout', says: expect.any(String) }],
    ['a body that breaks off', breaksOff('{"can":'), { note: 'truncated' }],
    [
      'no connection',
      () => Promise.reject(new Error('lost')),
      { note: 'origin-failed', says: 'Error: lost' },
    ],
  ];
  test.each(written)('of a write: %s', async (_what, reply, told) => {
    const { origin, edge } = world([aClass({ writeThrough: 'purge' })]);
    origin.on('PATCH /report/r1', reply);
    await edge.ask('/report/r1', { method: 'PATCH', body: '{}' });
    const failures = [{ ...told, class: 'report', origin_path: '/report/r1' }];
    expect(edge.log[0]).toMatchObject({ notes: [told.note], failures });
  });
});

describe('A loader that fails', () => {
  const cls = aClass({ read: 'cache-aside' });
  const cases: readonly [what: string, load: Load, says: unknown, at?: string][] = [
    [
      'throws',
      async () => {
        throw new RangeError('no such month');
      },
      'RangeError: no such month',
    ],
    [
      'throws at length',
      async () => {
        throw new Error('x'.repeat(10_000));
      },
      `Error: ${'x'.repeat(200)}`,
    ],
    ['throws what is no error', () => Promise.reject('so'), 'unknown'],
    [
      'returns what JSON cannot hold',
      async () => undefined,
      expect.stringContaining('load returned undefined'),
    ],
    ['is answered 500', ({ origin }) => origin.json('/a?user=ann'), 'status 500', '/a'],
    [
      'asks twice, and is answered 500 then',
      async ({ origin }) => [await origin.json('/ok'), await origin.json('/a?user=ann')],
      'status 500',
      '/a',
    ],
  ];
  test.each(cases)('%s', async (_what, load, says, at) => {
    const { origin, edge } = world([cls], { load });
    origin.on('/ok', {});
    origin.on('/a?user=ann', failing(500));
    await edge.get('/report/r1');
    const failure = { note: 'origin-failed', says, class: 'report', ...(at && { origin_path: at }) };
    expect(edge.log[0]).toMatchObject({ class: 'report', failures: [failure] });
    expect(edge.log[0]!['origin_path']).toBe(at);
  });
});

test('the path that was asked stands in every line, with the prefix of ORIGIN_URL and without the query', async () => {
  const { origin, edge } = office({ settings: { ORIGIN_URL: 'https://origin.test/api' } });
  origin.on('/api/rights/of?user=ann', () => json({ can: ['report:read'] }));
  origin.on('/api/report/r1', { total: 1 });
  await edge.get('/report/r1');
  await edge.get('/report/r1');
  expect(edge.log[0]).toMatchObject({ origin_path: '/api/report/r1' });
  expect(edge.log[1]).not.toHaveProperty('origin_path', expect.anything());
  expect(edge.log[0]!['failures']).toBeUndefined();
});

describe('origin_path is of what failed', () => {
  const aside = aClass({ name: 'aside', read: 'cache-aside' });
  const handled = (body: (cache: ReturnType<typeof cacheOf>) => Promise<unknown>) =>
    world([rights, plain, aside], {
      routes: (app) => app.get('/it', async (c) => c.json((await body(cacheOf(c))) as object)),
    });
  const gone: Load = async () => {
    throw new Error('no database');
  };
  const both: Load = ({ origin }) => Promise.all([origin.json('/bad?user=ann'), origin.json('/good')]);
  const cases: readonly [
    what: string,
    path: string | undefined,
    body: (cache: ReturnType<typeof cacheOf>) => Promise<unknown>,
  ][] = [
    ['the only read', '/bad', (cache) => cache.wrap(aside, { id: 'a' }, ({ origin }) => origin.json('/bad'))],
    [
      'the second of two',
      '/plain/bad',
      async (cache) => [await cache.read(rights, {}), await cache.read(plain, { id: 'bad' })],
    ],
    [
      'the first of two at once',
      '/plain/bad',
      (cache) => Promise.all([cache.read(plain, { id: 'bad' }), cache.read(rights, {})]),
    ],
    [
      'what ended it, after one that was caught',
      '/bad',
      async (cache) => {
        await cache.read(plain, { id: 'bad' }).catch(() => {});
        return cache.wrap(aside, { id: 'a' }, ({ origin }) => origin.json('/bad'));
      },
    ],
    ['the one of a loader’s two', '/bad', (cache) => cache.wrap(aside, { id: 'a' }, both)],
    [
      'none: a loader that asked nothing, after a read',
      undefined,
      async (cache) => [await cache.read(rights, {}), await cache.wrap(aside, { id: 'a' }, gone)],
    ],
  ];
  test.each(cases)('%s', async (_what, path, body) => {
    const { origin, edge } = handled(body);
    origin.on('/rights/of?user=ann', { can: [] });
    origin.on('/plain/bad', failing(500));
    for (const bad of ['/bad', '/bad?user=ann']) origin.on(bad, failing(500));
    origin.on('/good', {});
    expect((await edge.get('/it')).status).toBeGreaterThanOrEqual(500);
    expect(edge.log[0]!['origin_path']).toBe(path);
  });
});
