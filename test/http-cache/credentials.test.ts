import { describe, expect, test } from 'vitest';
import { httpCache } from '../../src/index.ts';
import { world } from '../support/worker/world.ts';
import { get, httpWorld, said } from './support.ts';

/** Names whoever asks, as a page with a greeting does. */
const greeting = (headers: Record<string, string>) => (request: Request) =>
  new Response(
    `hello ${['Cookie', 'Authorization', 'X-Api-Key'].map((name) => request.headers.get(name)).find(Boolean) ?? 'stranger'}`,
    {
      headers,
    },
  );

describe.each([
  ['Cookie', { Cookie: 'session=ann' }, 'cookie'],
  ['Authorization', { Authorization: 'Bearer ann' }, 'authorization'],
  ['X-Api-Key', { 'X-Api-Key': 'key-of-ann' }, 'authorization'],
])('a request with %s', (_, ann, detail) => {
  const bob = Object.fromEntries(
    Object.entries(ann).map(([name, value]) => [name, value.replace('ann', 'bob')]),
  );

  test('shares nothing: neither what others stored, nor what it is answered', async () => {
    const { origin, edge } = httpWorld();
    origin.on('/a', greeting({ 'Cache-Control': 'max-age=60' }));
    expect((await get(edge, '/a', ann)).text).toContain('ann');
    expect((await get(edge, '/a')).text).toBe('hello stranger');
    expect(await get(edge, '/a', bob)).toMatchObject({
      text: expect.stringContaining('bob'),
      cacheStatus: `Stillfresh; fwd=bypass; fwd-status=200; detail=${detail}`,
    });
    expect((await get(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=60');
  });

  test('is not given a stored answer that is for all without credentials', async () => {
    const { origin, edge } = httpWorld();
    origin.on('/a', greeting({ 'Cache-Control': 'max-age=60' }));
    await get(edge, '/a');
    expect((await get(edge, '/a', ann)).text).toContain('ann');
  });

  test.each(['public, max-age=60', 's-maxage=60'])('shares what says %s', async (cacheControl) => {
    const { origin, edge } = httpWorld();
    origin.on('/a', greeting({ 'Cache-Control': cacheControl }));
    const first = await get(edge, '/a', ann);
    expect(first.cacheStatus).toContain('stored');
    for (const headers of [bob, {}]) expect((await get(edge, '/a', headers)).text).toBe(first.text);
  });

  test.each([
    ['/account;x.css', 'text/css'],
    ['/account%2Fx.css', 'text/css'],
    ['/account%00.css', 'text/css'],
    ['//account', 'text/html'],
    ['/account/x.css', 'text/html'],
    ['/account/x.png', 'text/html'],
  ])('never shares %s as %s, whatever its origin says: it may be a private page', async (path, type) => {
    const { origin, edge } = httpWorld();
    origin.on(path, greeting({ 'Cache-Control': 'public, max-age=60', 'Content-Type': type }));
    expect((await get(edge, path, ann)).cacheStatus).toContain('detail=ambiguous-path');
    expect((await get(edge, path)).text).toBe('hello stranger');
  });
});

test('must-revalidate lets what needs Authorization be shared (RFC 9111 §3.5), but nothing that needs a cookie', async () => {
  const { origin, edge } = httpWorld();
  const cacheControl = { 'Cache-Control': 'max-age=60, must-revalidate' };
  origin.on('/a', greeting(cacheControl));
  expect((await get(edge, '/a', { Authorization: 'Bearer ann' })).cacheStatus).toContain('stored');
  expect((await get(edge, '/a', { Cookie: 'session=bob' })).text).toBe('hello session=bob');
});

test('an answer that sets a cookie is not stored, unless the origin says that the cookie is private', async () => {
  const { origin, edge } = httpWorld();
  origin.on(
    '/a',
    () => new Response('a', { headers: { 'Cache-Control': 'max-age=60', 'Set-Cookie': 'id=1' } }),
  );
  const first = await get(edge, '/a');
  expect(first.cacheStatus).toBe('Stillfresh; fwd=uri-miss; fwd-status=200; detail=set-cookie');
  expect(first.headers.get('Set-Cookie')).toBe('id=1');
  const limited = { 'Cache-Control': 'max-age=60, private="set-cookie"', 'Set-Cookie': 'id=2' };
  origin.on('/b', () => new Response('b', { headers: limited }));
  expect((await get(edge, '/b')).headers.get('Set-Cookie')).toBe('id=2');
  const second = await get(edge, '/b');
  expect(second.cacheStatus).toBe('Stillfresh; hit; ttl=60');
  expect(second.headers.get('Set-Cookie')).toBeNull();
});

test('coded content is for those who take its coding, even if its origin forgets to say so', async () => {
  const { origin, edge } = httpWorld();
  origin.on('/a', (request: Request) => {
    const coded = request.headers.get('Accept-Encoding')?.includes('gzip');
    const headers = { 'Cache-Control': 'max-age=60', ...(coded && { 'Content-Encoding': 'gzip' }) };
    return new Response(coded ? 'as gzip' : 'as it is', { headers, encodeBody: 'manual' });
  });
  const gzip = { 'Accept-Encoding': 'gzip' };
  await get(edge, '/a', gzip);
  expect((await get(edge, '/a')).text).toBe('as it is');
});

describe('a path is one for routes, middleware, key and origin', () => {
  const scene = () => {
    const made = world([], {
      routes: (app) => {
        app.use('/pub/internal/*', async (c) => c.text('not for you', 403));
        app.all('/pub/*', httpCache({ origin: 'https://origin.test' }));
      },
    });
    made.origin.on('/pub/a', said('a', { 'Cache-Control': 'max-age=60' }));
    made.origin.on('/pub/internal/x', said('internal'));
    made.origin.on('/other', said('other'));
    const raw = (path: string) => {
      const request = new Request('https://edge.test/');
      // As the platform hands it on: not resolved.
      return made.edge.answer(
        new Proxy(request, {
          get: (it, name) => (name === 'url' ? `https://edge.test${path}` : bound(it, name)),
        }),
      );
    };
    return { ...made, raw };
  };
  const bound = (it: Request, name: string | symbol) => {
    const value = Reflect.get(it, name) as unknown;
    return typeof value === 'function' ? value.bind(it) : value;
  };

  test.each([
    ['/pub/internal/x', 403],
    ['/pub/./internal/x', 403],
    ['/pub/y/../internal/x', 403],
    ['/pub/%2e/internal/x', 403],
    ['/pub\\internal\\x', 404],
    ['/pub/../other', 404],
    ['/pub/.%2E/other', 404],
    ['/pub/./a', 200],
  ])('%s: %i', async (path, status) => {
    const { raw, edge } = scene();
    const response = await raw(path);
    expect(response.status).toBe(status);
    await response.text();
    await edge.settled();
  });
});
