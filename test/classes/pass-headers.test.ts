import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { json } from '../support/worker/origin.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

const passHeaders = ['X-Total-Count', 'X-Next', 'Last-Modified'];
const listed = aClass({ passHeaders, writeThrough: 'store' });
const sent = {
  'X-Total-Count': '70',
  'X-Next': '/report/r2',
  'X-Secret': 'hunter2',
  'Last-Modified': 'Mon, 05 Oct 2026 11:00:00 GMT',
};

const passed = ({ headers }: Answer) =>
  ['X-Total-Count', 'X-Next', 'Last-Modified', 'X-Secret'].map((name) => headers.get(name));
const all = ['70', '/report/r2', 'Mon, 05 Oct 2026 11:00:00 GMT', null];

test('they go to the caller and are stored: a miss, a hit here and elsewhere, a 304, a HEAD', async () => {
  const { origin, edge, anotherEdge } = world([listed]);
  origin.on('/report/r1', () => json({ total: 1 }, { headers: sent }));
  const miss = await edge.get('/report/r1');
  const other = anotherEdge();
  const held = { headers: { 'If-None-Match': miss.headers.get('ETag')! } };
  for (const answer of [miss, await edge.get('/report/r1'), await other.get('/report/r1')])
    expect(passed(answer)).toEqual(all);
  const notModified = await other.get('/report/r1', held);
  expect([notModified.status, ...passed(notModified)]).toEqual([304, ...all]);
  expect(passed(await other.get('/report/r1', { method: 'HEAD' }))).toEqual(all);
  expect(origin.count()).toBe(1);
});

test('a class that names none has none, as before', async () => {
  const { origin, edge } = world([aClass()]);
  origin.on('/report/r1', () => json({ total: 1 }, { headers: sent }));
  for (let i = 0; i < 2; i++)
    expect(passed(await edge.get('/report/r1'))).toEqual([null, null, sent['Last-Modified'], null]);
});

describe('also of an answer that is not stored', () => {
  test.each<[string, () => Response]>([
    ['a refusal', () => json({ error: 'no' }, { status: 404, headers: sent })],
    ['a body that is passed on as it comes', () => new Response('x'.repeat(200_000), { headers: sent })],
  ])('%s', async (_what, reply) => {
    const { origin, edge } = world([listed]);
    origin.on('/report/r1', reply);
    expect(passed(await edge.get('/report/r1'))).toEqual(all);
  });

  test('of a loader, where an answer of the origin ends it', async () => {
    const { origin, edge } = world([aClass({ read: 'cache-aside', passHeaders })]);
    origin.on('/report/r1', () => json({ total: 1 }, { headers: sent }));
    origin.on('/report/r2', () => json({ error: 'no' }, { status: 404, headers: sent }));
    // A value has no headers.
    expect(passed(await edge.get('/report/r1'))).toEqual([null, null, null, null]);
    expect(passed(await edge.get('/report/r2'))).toEqual(all);
  });
});

test('of a write, and of what it stored', async () => {
  const { origin, edge } = world([listed]);
  origin.on('PATCH /report/r1', () => json({ total: 2 }, { headers: { ...sent, 'X-Total-Count': '71' } }));
  const write = await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
  const read = await edge.get('/report/r1');
  expect(read).toMatchObject({ json: { total: 2 }, cacheStatus: 'Stillfresh; hit; ttl=10' });
  for (const answer of [write, read]) expect(passed(answer)).toEqual(['71', ...all.slice(1)]);
});

test.each<[string, Record<string, string>, (string | null)[]]>([
  ['one that Connection names', { Connection: 'X-Next' }, ['70', null]],
  [
    'the one that is beyond 8 KiB with those before it',
    { 'X-Next': 'x'.repeat(bounds.answerHeaderBytes - 1) },
    ['70', null],
  ],
  [
    'one beyond it alone',
    { 'X-Total-Count': 'x'.repeat(bounds.answerHeaderBytes + 1) },
    [null, '/report/r2'],
  ],
])('left out: %s', async (_what, more, seen) => {
  const { origin, edge } = world([listed]);
  origin.on('/report/r1', () => json({ total: 1 }, { headers: { ...sent, ...more } }));
  for (let i = 0; i < 2; i++) expect(passed(await edge.get('/report/r1')).slice(0, 2)).toEqual(seen);
  expect(edge.log[0]!['notes']).toEqual('Connection' in more ? undefined : ['pass-headers-too-large']);
});

describe('one that is too large is left out by itself, and a note tells', () => {
  const large = {
    ...sent,
    'X-Total-Count': 'x'.repeat(bounds.answerHeaderBytes - 10),
    'X-Next': '/report/another',
  };
  const room = { 'Last-Modified': 'Mon' };
  const told = {
    notes: ['pass-headers-too-large'],
    failures: [{ note: 'pass-headers-too-large', class: 'report', origin_path: '/report/r1' }],
  };
  const class4 = aClass({ passHeaders: ['X-Total-Count', 'X-Next', 'X-Page'], writeThrough: 'store' });
  test.each([
    ['a read', 'GET', 200],
    ['a refusal', 'GET', 404],
    ['a write', 'PATCH', 200],
  ])('%s', async (_what, method, status) => {
    const { origin, edge } = world([class4]);
    const answer = () => json({ total: 1 }, { status, headers: { ...large, ...room, 'X-Page': '2' } });
    origin.on(method === 'GET' ? '/report/r1' : `${method} /report/r1`, answer);
    const { headers } = await edge.get('/report/r1', { method, ...(method === 'PATCH' && { body: '{}' }) });
    expect([headers.get('X-Next'), headers.get('X-Page')]).toEqual([null, '2']);
    expect(edge.log).toMatchObject([told]);
  });

  test('of a loader that the origin’s answer ends', async () => {
    const { origin, edge } = world([
      aClass({ read: 'cache-aside', passHeaders: ['X-Total-Count', 'X-Next'] }),
    ]);
    origin.on('/report/r1', () => json({}, { status: 404, headers: large }));
    await edge.get('/report/r1');
    expect(edge.log).toMatchObject([told]);
  });
});

describe('other origins may read them where CORS allows anything', () => {
  const always = 'Age, Cache-Status, ETag, Retry-After, Server-Timing';
  test.each<[string, string | undefined, string | null]>([
    ['all origins', '*', `${always}, x-total-count, x-next, last-modified`],
    ['this one', 'https://app.test', `${always}, x-total-count, x-next, last-modified`],
    ['another', 'https://other.test', null],
    ['none', undefined, null],
  ])('%s', async (_what, allowed, exposed) => {
    const plain = aClass({ name: 'plain' });
    const { origin, edge } = world([listed, plain], { settings: allowed ? { CORS_ORIGINS: allowed } : {} });
    origin.on('/report/r1', () => json({ total: 1 }, { headers: sent }));
    origin.on('/plain/r1', { total: 1 });
    const asked = { headers: { Origin: 'https://app.test' } };
    const exposedBy = ({ headers }: Answer) => headers.get('Access-Control-Expose-Headers');
    for (const url of ['/report/r1', '/report/r1', '/report/none'])
      expect(exposedBy(await edge.get(url, asked))).toBe(exposed);
    expect(exposedBy(await edge.get('/plain/r1', asked))).toBe(exposed && always);
  });
});
