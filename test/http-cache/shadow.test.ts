import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { httpCache } from '../../src/index.ts';
import { failing, inPieces, json, type Reply } from '../support/worker/origin.ts';
import type { TestEdge } from '../support/worker/world.ts';
import { ask, counting, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };
const all: HttpCacheOptions = { rollout: { mode: 'shadow', shadowFills: '100%' } };
const none: HttpCacheOptions = { rollout: { mode: 'shadow', shadowFills: '0%' } };
const off: HttpCacheOptions = { rollout: { mode: 'off' } };

/** A stream of numbers in [0, 1), the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As an origin of any kind answers, which heeds conditions and ranges. */
const pages: Readonly<Record<string, Reply>> = {
  '/page': said('a page', { ...fresh, ETag: '"p1"' }),
  '/json': () => json({ a: [1, 2, { b: 'c' }] }, { headers: fresh }),
  '/validated': ({ headers }) =>
    headers.get('If-None-Match') === '"v1"'
      ? new Response(null, { status: 304, headers: { ETag: '"v1"', ...fresh } })
      : new Response('validated', { headers: { ETag: '"v1"', ...fresh } }),
  '/ranged': ({ headers }) =>
    headers.get('Range') === 'bytes=0-3'
      ? new Response('0123', { status: 206, headers: { 'Content-Range': 'bytes 0-3/10', ...fresh } })
      : new Response('0123456789', { headers: { 'Accept-Ranges': 'bytes', ETag: '"r"', ...fresh } }),
  '/language': ({ headers }) =>
    new Response(headers.get('Accept-Language') ?? '-', {
      headers: { Vary: 'Accept-Language', ETag: `"${headers.get('Accept-Language')}"`, ...fresh },
    }),
  '/mine': ({ headers }) =>
    new Response(headers.get('Cookie') ?? 'nobody', { headers: { 'Cache-Control': 'private' } }),
  '/shared': ({ headers }) =>
    new Response(headers.get('Authorization') ?? 'nobody', {
      headers: { 'Cache-Control': 'public, max-age=60' },
    }),
  '/login': said('hello', { 'Set-Cookie': 'sid=1', ...fresh }),
  '/secret': said('no', { 'Cache-Control': 'no-store' }),
  '/tagged': said('tagged', { ...fresh, 'Cache-Tag': 'a, b' }),
  '/named': said('with names', { 'Cache-Control': 'max-age=60, no-cache="x-own"', 'X-Own': 'mine' }),
  '/pieces': inPieces(['{"a":', '1', '}'], fresh),
  '/large': () => new Response('x'.repeat(300_000), { headers: fresh }),
  '/empty': () => new Response(null, { status: 204, headers: fresh }),
  '/nothing': () => new Response(null, { headers: fresh }),
  '/moved': () => new Response(null, { status: 301, headers: { Location: '/page', ...fresh } }),
  '/gone': () => new Response('gone', { status: 410, headers: fresh }),
  '/fails': failing(500),
  '/busy': failing(503, { 'Retry-After': '7' }),
  '/lost': () => Promise.reject(new Error('lost')),
  '/half': () => new Response('half', { headers: { 'Content-Length': '20', ...fresh } }),
};

const headersOfClients: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {},
  { 'If-None-Match': '"v1"' },
  { 'If-Modified-Since': 'Tue, 01 Sep 2026 00:00:00 GMT' },
  { Range: 'bytes=0-3' },
  { Range: 'bytes=0-3', 'If-Range': '"r"' },
  { 'Accept-Language': 'de' },
  { 'Accept-Language': 'en' },
  { Cookie: 'sid=ann' },
  { Authorization: 'Bearer x' },
  { 'Cache-Control': 'no-cache' },
  { 'Cache-Control': 'only-if-cached' },
  { Via: '1.1 another' },
  { Origin: 'https://app.example' },
];

interface Recorded {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

function session(length: number): readonly Recorded[] {
  const random = seeded(13);
  const oneOf = <T>(them: readonly T[]): T => them[Math.floor(random() * them.length)]!;
  const paths = [...Object.keys(pages), '/not-scripted'];
  return Array.from({ length }, () => ({
    path: oneOf(paths),
    method: random() < 0.15 ? oneOf(['HEAD', 'POST', 'DELETE']) : 'GET',
    headers: oneOf(headersOfClients),
  }));
}

/** What each client was given, but for what says when and how; and what the origin was asked. */
async function played(options: HttpCacheOptions, recorded: readonly Recorded[]) {
  const { edge, origin, clock, chance } = httpWorld(options, { as: null });
  chance.random = seeded(7);
  for (const [path, reply] of Object.entries(pages)) {
    origin.on(path, reply);
    origin.on(`HEAD ${path}`, reply);
    origin.on(`POST ${path}`, said('written'));
  }
  const answers: unknown[] = [];
  const asked: string[][] = [];
  for (const { path, method, headers } of recorded) {
    const before = origin.requests.length;
    const response = await edge.send(path, { method, headers });
    const body = await response.arrayBuffer().catch(() => 'broken off');
    // What differs is looked at again when the clock has gone on.
    await Promise.race([edge.settled(), clock.asleep(1, bounds.purgeOnItsWayMs)]);
    const named = [...response.headers].filter(([name]) => !timed.has(name));
    answers.push([response.status, named, body === 'broken off' ? body : textOf(body as ArrayBuffer)]);
    asked.push(origin.requests.slice(before).map(requestLine));
    clock.advance(700);
  }
  clock.advance(bounds.purgeOnItsWayMs);
  await edge.settled();
  return { answers, asked, edge };
}

const timed = new Set(['date', 'server-timing', 'cache-status']);
/** A problem has the request's own id. */
const textOf = (body: ArrayBuffer) =>
  new TextDecoder('latin1').decode(body).replace(/urn:uuid:[0-9a-f-]{36}/, 'urn:uuid:…');
const requestLine = ({ method, url, headers }: Request) =>
  JSON.stringify([method, url, [...headers].filter(([name]) => name !== 'traceparent')]);

const stored = ({ redis }: TestEdge) => redis.took().filter((it) => it === 'fill').length;
const cacheStatusOf = async (edge: TestEdge, path: string) => (await get(edge, path)).cacheStatus;

/** An edge over the same store, of a Worker whose strategy switches it on. */
const onEdge = (made: ReturnType<typeof httpWorld>, options: HttpCacheOptions = {}) =>
  made.anotherEdge({
    routes: (app) => app.all('*', httpCache({ origin: 'https://origin.test', ...options })),
  });

describe('an HTTP cache in the shadow', () => {
  test.each([
    [2_000, 'all', {}],
    [500, 'keyed', { inputs: 'keyed' }],
  ] as const)(
    '%d recorded requests, inputs %s: answered, and asked of the origin, as without a cache',
    async (count, _, inputs) => {
      const recorded = session(count);
      const without = await played({ ...off, ...inputs }, recorded);
      const half: HttpCacheOptions = { rollout: { mode: 'shadow', shadowFills: '50%' } };
      const shadow = await played({ ...half, ...inputs }, recorded);
      expect(shadow.answers).toEqual(without.answers);
      expect(shadow.asked).toEqual(without.asked);
      if (!('inputs' in inputs)) expect(shadow.asked.every((it) => it.length === 1)).toBe(true);
      expect(stored(without.edge)).toBe(0);
      // Each page that may be stored, again when its minute is over.
      expect(stored(shadow.edge)).toBeGreaterThan(count / 20);
    },
    60_000,
  );

  test('who is no part of the share waits for nothing but the origin', async () => {
    const { edge, origin } = httpWorld(none);
    origin.on('/page', said('a page', fresh));
    edge.redis.hold('lookup', 'request');
    const answer = await ask(edge, '/page');
    expect([answer.text, answer.cacheStatus]).toEqual([
      'a page',
      'Stillfresh; fwd=bypass; fwd-status=200; detail=shadow',
    ]);
  });

  test.each(['lookup', 'lease'] as const)(
    'who is waits for its lease for 50 ms at most, where Redis holds the %s; and gives back one that comes later',
    async (verb) => {
      const { edge, origin, clock } = httpWorld(all);
      origin.on('/page', said('a page', fresh));
      const held = edge.redis.hold(verb, 'reply');
      const asked = ask(edge, '/page');
      await clock.asleep(1, bounds.shadowLeaseMs);
      await held.arrived();
      clock.advance(bounds.shadowLeaseMs - 1);
      expect(origin.count('/page')).toBe(0);
      clock.advance(1);
      expect((await asked).text).toBe('a page');
      held.release();
      await edge.settled();
      expect(edge.redis.took()).toEqual(expect.arrayContaining(['lease', 'release']));
      expect(stored(edge)).toBe(0);
    },
  );

  test('what it has filled answers as soon as the class is on', async () => {
    const made = httpWorld(all);
    made.origin.on('/page', counting(fresh));
    expect(await cacheStatusOf(made.edge, '/page')).toBe(
      'Stillfresh; fwd=bypass; stored; fwd-status=200; detail=shadow',
    );
    const on = onEdge(made);
    expect(await get(on, '/page')).toMatchObject({ text: 'number 1' });
    expect(await cacheStatusOf(on, '/page')).toContain('hit');
    // It is fresh: nobody takes a lease for it.
    made.edge.redis.took();
    expect(await get(made.edge, '/page')).toMatchObject({ text: 'number 2' });
    expect(made.edge.redis.took()).not.toContain('lease');
    expect(await get(on, '/page')).toMatchObject({ text: 'number 1' });
  });

  test('variants are filled each by itself', async () => {
    const made = httpWorld(all);
    made.origin.on('/language', pages['/language']!);
    for (const language of ['de', 'en', 'de'])
      await get(made.edge, '/language', { 'Accept-Language': language });
    const on = onEdge(made);
    for (const language of ['de', 'en']) {
      const answer = await get(on, '/language', { 'Accept-Language': language });
      expect([answer.text, answer.cacheStatus]).toEqual([language, expect.stringContaining('hit')]);
    }
  });

  test('a body that is passed on as it comes is stored at its end', async () => {
    const made = httpWorld(all);
    made.origin.on(
      '/pieces',
      () => new Response(new Blob(['x'.repeat(100_000)]).stream(), { headers: fresh }),
    );
    expect((await get(made.edge, '/pieces')).text).toHaveLength(100_000);
    expect(await cacheStatusOf(onEdge(made), '/pieces')).toContain('hit');
  });

  test.each<[string, string, Record<string, string>]>([
    ['HEAD', 'HEAD', {}],
    ['a condition', 'GET', { 'If-None-Match': '"x"' }],
    ['a range', 'GET', { Range: 'bytes=0-3' }],
    ['a cookie', 'GET', { Cookie: 'sid=1' }],
    ['credentials', 'GET', { Authorization: 'Bearer x' }],
    ['another proxy before it', 'GET', { Via: '1.1 another' }],
  ])('a request with %s is not what is sent for all: it fills nothing', async (_, method, headers) => {
    const { edge, origin } = httpWorld(all);
    for (const route of ['/page', 'HEAD /page']) origin.on(route, said('a page', fresh));
    await edge.get('/page', { as: null, method, headers });
    expect(edge.redis.took()).not.toContain('lease');
  });

  test('what could not be stored is not leased again for a while', async () => {
    const { edge, origin } = httpWorld(all);
    origin.on('/secret', pages['/secret']!);
    await get(edge, '/secret');
    expect(edge.redis.took()).toContain('lease');
    await get(edge, '/secret');
    expect(edge.redis.took()).not.toContain('lease');
  });

  test.each<[string, HttpCacheOptions]>([
    ['off', off],
    ['shadow', all],
  ])('%s: unsafe methods purge, and what a POST answers is not stored', async (_, options) => {
    const made = httpWorld(options);
    const on = onEdge(made);
    made.origin.on('/page', counting(fresh));
    await get(on, '/page');
    made.origin.on('POST /page', said('written', { ...fresh, 'Content-Location': '/page' }));
    const written = await made.edge.get('/page', { as: null, method: 'POST', body: 'x' });
    expect(written.cacheStatus).toBe('Stillfresh; fwd=method; fwd-status=200');
    made.clock.advance(1_500);
    const after = await get(on, '/page');
    expect([after.text, after.cacheStatus]).toEqual(['number 2', expect.stringContaining('detail=purged')]);
  });
});
