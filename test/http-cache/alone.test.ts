import { describe, expect, test } from 'vitest';
import type { HttpCacheOptions } from '../../src/index.ts';
import type { Asked, TestEdge } from '../support/worker/world.ts';
import { httpWorld, said } from './support.ts';

/** Reads that are neither shared nor stored: what is asked, and what comes before. */
interface Alone extends Asked {
  readonly options?: HttpCacheOptions;
  /** The origin's `Cache-Control`. */
  readonly says?: string;
  readonly before?: (edge: TestEdge) => unknown;
}

const german = { 'Accept-Language': 'de', 'X-Word': 'w' };
const cookie = { Cookie: 'id=1' };
const honoured = { requestDirectives: 'honoured' } as const;

const alone: readonly (readonly [string, Alone])[] = [
  ['a part of what is not stored', { headers: { Range: 'bytes=0-99' } }],
  ['a HEAD of what is not stored', { method: 'HEAD' }],
  ['a GET while Redis fails', { before: (edge) => edge.redis.fail() }],
  ['a GET for which no lease can be had', { before: (edge) => edge.redis.fail('lease') }],
  ['a part while Redis fails', { headers: { Range: 'bytes=0-99' }, before: (edge) => edge.redis.fail() }],
  ['a HEAD while Redis fails', { method: 'HEAD', before: (edge) => edge.redis.fail() }],
  [
    'what is known to be private to those with credentials',
    { headers: cookie, says: 'private', before: (edge) => edge.get('/a', { as: null, headers: cookie }) },
  ],
  ['what may not be stored, by the client', { headers: { 'Cache-Control': 'no-store' }, options: honoured }],
  ['a condition that only the origin can evaluate', { headers: { 'If-Match': '*' } }],
];

describe.each(alone)('a read that goes alone: %s', (_what, { options, says, before, ...asked }) => {
  const scene = async (inputs: 'all' | 'keyed') => {
    const made = httpWorld({ inputs, ...options });
    // Depends on the language, and says so.
    const inLanguage = (request: Request) =>
      new Response(
        request.method === 'HEAD' ? null : `in ${request.headers.get('Accept-Language') ?? 'any'}`,
        {
          headers: {
            'Cache-Control': says ?? 'max-age=60',
            Vary: 'Accept-Language, X-Absent',
            'Content-Language': request.headers.get('Accept-Language') ?? 'any',
          },
        },
      );
    for (const method of ['GET', 'HEAD']) made.origin.on(`${method} /a`, inLanguage);
    await before?.(made.edge);
    made.origin.requests.length = 0;
    const ask = (headers = german) =>
      made.edge.get('/a', { as: null, ...asked, headers: { ...headers, ...asked.headers } });
    return { ...made, ask };
  };

  test('is answered in the variant that a shared one is, from an origin that is shown no more', async () => {
    const { origin, ask } = await scene('keyed');
    const { headers, text } = await ask();
    expect(headers.get('Content-Language')).toBe('de');
    if (asked.method !== 'HEAD') expect(text).toBe('in de');
    const shown = origin.requests.map((request) => request.headers);
    expect(shown.map((it) => it.get('X-Word'))).toEqual(shown.map(() => null));
    expect(shown.map((it) => it.get('Cookie'))).toEqual(shown.map(() => asked.headers?.['Cookie'] ?? null));
    expect(shown.map((it) => it.get('Range'))).toEqual(shown.map(() => asked.headers?.['Range'] ?? null));
    // Known from now on.
    origin.requests.length = 0;
    expect((await ask({ ...german, 'Accept-Language': 'fr' })).headers.get('Content-Language')).toBe('fr');
    expect(origin.count()).toBe(1);
  });

  test('is asked once where the origin sees all', async () => {
    const { origin, ask } = await scene('all');
    expect((await ask()).headers.get('Content-Language')).toBe('de');
    expect(origin.count()).toBe(1);
  });

  test.each(['all', 'keyed'] as const)('a 304 that nobody asked for is an error: %s', async (inputs) => {
    const { origin, edge, ask } = await scene(inputs);
    for (const method of ['GET', 'HEAD']) origin.on(`${method} /a`, said('', { ETag: '"a"' }, 304));
    const { status, cacheStatus } = await ask();
    expect(status).toBe(502);
    expect(cacheStatus).not.toContain('hit');
    expect(edge.remarks).toContain('origin-failed: 304 to no condition');
  });
});

describe('a 304 that nobody can have asked for is an error', () => {
  const conditional = { 'If-None-Match': '"a"' };
  test.each<[string, Record<string, string>]>([
    ['POST', {}],
    // RFC 9110 §15.4.5: it answers a GET or HEAD alone; these fail with 412.
    ['POST', conditional],
    ['PUT', conditional],
    ['PATCH', {}],
    ['DELETE', {}],
    ['OPTIONS', {}],
    ['OPTIONS', conditional],
    ['PROPFIND', { 'If-Modified-Since': 'Mon, 05 Oct 2026 12:00:00 GMT' }],
  ])('%s %j', async (method, headers) => {
    for (const inputs of ['all', 'keyed'] as const) {
      const { origin, edge } = httpWorld({ inputs });
      origin.on(`${method} /a`, said('', { ETag: '"a"' }, 304));
      expect((await edge.ask('/a', { as: null, method, headers })).status).toBe(502);
      expect(edge.remarks).toContain('origin-failed: 304 to no condition');
    }
  });

  test.each([{ Range: 'bytes=0-1' }, { 'If-Match': '"a"' }, { 'If-Range': '"a"', Range: 'bytes=0-1' }])(
    'a GET with %j',
    async (headers) => {
      const { origin, edge } = httpWorld();
      origin.on('/a', said('', { ETag: '"a"' }, 304));
      expect((await edge.get('/a', { as: null, headers: headers as Record<string, string> })).status).toBe(
        502,
      );
    },
  );
});

describe('a 304 to a client that asked for one is its own', () => {
  const conditions = [{ 'If-None-Match': '"a"' }, { 'If-Modified-Since': 'Mon, 05 Oct 2026 12:00:00 GMT' }];
  test.each(conditions)('%j', async (condition) => {
    for (const inputs of ['all', 'keyed'] as const) {
      const { origin, edge } = httpWorld({ inputs });
      origin.on('/a', said('', { ETag: '"a"' }, 304));
      edge.redis.fail();
      expect((await edge.get('/a', { as: null, headers: condition })).status).toBe(304);
    }
  });
});

describe('under keyed', () => {
  /** `Vary: Accept-Language`; a tag for each, and 304 to whoever has it. */
  const tagged = (request: Request) => {
    const language = request.headers.get('Accept-Language') ?? 'any';
    const headers = { 'Cache-Control': 'max-age=10', Vary: 'Accept-Language', ETag: `"${language}"` };
    return request.headers.get('If-None-Match') === `"${language}"`
      ? new Response(null, { status: 304, headers })
      : new Response(`in ${language}`, { headers });
  };

  test("a client's condition is evaluated in its own variant", async () => {
    const { origin, edge } = httpWorld({ inputs: 'keyed' });
    origin.on('/a', tagged);
    edge.redis.fail();
    const ask = (tag: string) =>
      edge.get('/a', { as: null, headers: { 'Accept-Language': 'de', 'If-None-Match': tag } });
    expect(await ask('"any"')).toMatchObject({ status: 200, text: 'in de' });
    expect((await ask('"de"')).status).toBe(304);
  });

  test('a 304 to what was not shown all that it depends on confirms nothing of another variant', async () => {
    const { origin, edge, clock } = httpWorld({ inputs: 'keyed' });
    origin.on('/a', said('in any', { 'Cache-Control': 'max-age=10', ETag: '"any"' }));
    await edge.get('/a', { as: null });
    // From now on it depends on the language.
    origin.on('/a', tagged);
    clock.advance(15_000);
    for (let n = 0; n < 2; n += 1)
      expect((await edge.get('/a', { as: null, headers: { 'Accept-Language': 'de' } })).text).toBe('in de');
    expect((await edge.get('/a', { as: null })).text).toBe('in any');
  });

  test('a HEAD that describes another variant does not purge what is stored', async () => {
    const { origin, edge, clock } = httpWorld({ inputs: 'keyed' });
    const headers = { 'Cache-Control': 'max-age=10, stale-if-error=60' };
    origin.on('/a', said('plain', { ...headers, ETag: '"plain"' }));
    await edge.get('/a', { as: null });
    clock.advance(15_000);
    origin.on('HEAD /a', (request: Request) => {
      const tag = request.headers.has('X-Kind') ? '"plain"' : '"other"';
      return new Response(null, { headers: { ...headers, ETag: tag, Vary: 'X-Kind' } });
    });
    const plain = { as: null, headers: { 'X-Kind': 'plain' } };
    await edge.get('/a', { ...plain, method: 'HEAD' });
    origin.on('/a', said('busy', {}, 503));
    expect((await edge.get('/a', plain)).text).toBe('plain');
  });
});

test('of what is never stored the isolate knows what it depends on, and that nothing of it is stored', async () => {
  const { origin, edge } = httpWorld({ inputs: 'keyed' });
  const headers = { 'Cache-Control': 'no-store', Vary: 'Accept-Language' };
  origin.on('/a', (request: Request) => new Response(request.headers.get('Accept-Language'), { headers }));
  for (const language of ['de', 'fr', 'de'])
    expect(await edge.get('/a', { as: null, headers: { 'Accept-Language': language } })).toMatchObject({
      text: language,
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=no-store',
    });
  expect(origin.count()).toBe(4);
});

test('a stored copy that has no validator is not confirmed by a 304', async () => {
  const { origin, edge, clock } = httpWorld();
  origin.on('/a', said('old', { 'Cache-Control': 'max-age=10, must-revalidate, stale-if-error=0' }));
  await edge.get('/a', { as: null });
  clock.advance(15_000);
  origin.on('/a', said('', {}, 304));
  expect((await edge.get('/a', { as: null })).status).toBe(502);
});
