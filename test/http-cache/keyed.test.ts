import { describe, expect, test } from 'vitest';
import { httpCache } from '../../src/index.ts';
import { world } from '../support/worker/world.ts';
import { get, httpWorld, said } from './support.ts';

const keyed = { inputs: 'keyed' } as const;
/** Depends on the language, and says so. */
const inLanguage = (request: Request) =>
  new Response(`in ${request.headers.get('Accept-Language') ?? 'any'}`, {
    headers: { 'Cache-Control': 'max-age=60', Vary: 'Accept-Language' },
  });

describe('an origin that is sent only what is in the key', () => {
  test('is not shown what it does not vary by', async () => {
    const { origin, edge } = httpWorld(keyed);
    origin.on('/a', (request: Request) => new Response([...request.headers.keys()].join()));
    expect((await get(edge, '/a', { 'X-Word': 'w', 'User-Agent': 'u', Accept: '*/*' })).text).toBe('via');
  });

  test('is asked again, once, with what it turns out to vary by', async () => {
    const { origin, edge, anotherEdge } = httpWorld(keyed);
    origin.on('/a', inLanguage);
    const german = { 'Accept-Language': 'de', 'X-Word': 'w' };
    expect((await get(edge, '/a', german)).text).toBe('in de');
    expect(origin.count()).toBe(2);
    expect((await get(edge, '/a', { 'Accept-Language': 'fr' })).text).toBe('in fr');
    expect(origin.count()).toBe(3); // the rule is known now
    expect((await get(edge, '/a')).text).toBe('in any');
    expect((await get(anotherEdge(), '/a', german)).cacheStatus).toMatch(/; hit/);
    expect(origin.requests.some((request) => request.headers.has('X-Word'))).toBe(false);
  });

  test('knows a person by the cookie, and what it says then is not stored, even if it is public', async () => {
    const { origin, edge } = httpWorld(keyed);
    const mine = (request: Request) =>
      new Response(request.headers.get('Cookie') ?? 'nobody', {
        headers: { 'Cache-Control': 'public, max-age=60' },
      });
    origin.on('/a', mine);
    expect(await get(edge, '/a', { Cookie: 'id=1' })).toMatchObject({
      text: 'id=1',
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=unkeyed',
    });
    expect((await get(edge, '/a')).text).toBe('nobody');
    expect(await get(edge, '/a', { Cookie: 'id=2' })).toMatchObject({
      text: 'nobody',
      cacheStatus: 'Stillfresh; hit; ttl=60',
    });
  });

  test('that keeps changing its mind is asked three times at most', async () => {
    const { origin, edge } = httpWorld(keyed);
    let count = 0;
    origin.on('/a', () => {
      count += 1;
      return new Response('a', { headers: { 'Cache-Control': 'max-age=60', Vary: `X-${count}` } });
    });
    await get(edge, '/a', { 'X-1': '1', 'X-2': '2', 'X-3': '3', 'X-4': '4' });
    expect(count).toBe(3);
  });

  test('is asked without credentials for what everyone is given, when a person finds it stale', async () => {
    const { origin, clock, edge } = httpWorld(keyed);
    const everyones = (request: Request) =>
      new Response(request.headers.get('Cookie') ?? 'for all', {
        headers: { 'Cache-Control': 'public, max-age=10, stale-while-revalidate=60' },
      });
    origin.on('/a', everyones);
    await get(edge, '/a');
    clock.advance(15_000);
    expect((await get(edge, '/a', { Cookie: 'id=1' })).cacheStatus).toBe('Stillfresh; hit; ttl=-5');
    expect(await get(edge, '/a', { Cookie: 'id=1' })).toMatchObject({
      text: 'for all',
      cacheStatus: 'Stillfresh; hit; ttl=10',
    });
  });
});

test("a stranger's page is not filed under a person's variant when the person finds hers stale", async () => {
  const { origin, clock, edge } = httpWorld(keyed);
  origin.on('/a', (request: Request) => {
    const headers = { 'Cache-Control': 'public, max-age=10, stale-while-revalidate=60', Vary: 'Cookie' };
    return new Response(`hello ${request.headers.get('Cookie') ?? 'stranger'}`, { headers });
  });
  const ann = { Cookie: 'ann' };
  await get(edge, '/a', ann);
  clock.advance(15_000);
  expect((await get(edge, '/a', ann)).cacheStatus).toContain('ttl=-5');
  expect(await get(edge, '/a', ann)).toMatchObject({
    text: 'hello ann',
    cacheStatus: 'Stillfresh; hit; ttl=10',
  });
  expect((await get(edge, '/a')).text).toBe('hello stranger');
});

test('a request that goes alone shows the origin no more: HEAD, Range, and what is known to be private', async () => {
  const { origin, edge } = httpWorld(keyed);
  const headers = { 'X-Word': 'w', 'User-Agent': 'u' };
  origin.on('/a', () => new Response('a', { headers: { 'Cache-Control': 'private' } }));
  origin.on('HEAD /a', () => new Response(null));
  await get(edge, '/a', { ...headers, Range: 'bytes=0-1' });
  await edge.get('/a', { as: null, method: 'HEAD', headers });
  for (let n = 0; n < 2; n += 1) await get(edge, '/a', { ...headers, Cookie: 'c' });
  for (const request of origin.requests) {
    expect(request.headers.get('X-Word')).toBeNull();
    expect(request.headers.get('User-Agent')).toBeNull();
  }
});

test('what the origin was shown is in the key, even if its answer does not say so', async () => {
  const { origin, edge } = httpWorld(keyed);
  // Varies by X-Foo, but not its error page, which shows it.
  origin.on('/a', (request: Request) => {
    const foo = request.headers.get('X-Foo');
    const headers = { 'Cache-Control': 'max-age=60' };
    if (foo !== null && foo !== 'a') return new Response(`no such foo: ${foo}`, { status: 404, headers });
    return new Response('page', { headers: { ...headers, Vary: 'X-Foo' } });
  });
  await get(edge, '/a', { 'X-Foo': 'a' });
  expect((await get(edge, '/a', { 'X-Foo': '<script>' })).status).toBe(404);
  expect((await get(edge, '/a')).text).toBe('page');
  expect((await get(edge, '/a', { 'X-Foo': 'a' })).text).toBe('page');
});

test('what was stored without the promise is not served with it', async () => {
  const { origin, edge } = world([], {
    routes: (app) => {
      app.all('/all/*', httpCache({ origin: 'https://origin.test' }));
      app.all('*', httpCache({ origin: 'https://origin.test', ...keyed }));
    },
  });
  origin.on('/all/a', said('a', { 'Cache-Control': 'max-age=60' }));
  origin.on('/a', said('a', { 'Cache-Control': 'max-age=60' }));
  await get(edge, '/all/a');
  await get(edge, '/a');
  const keys = edge.redis.tookWithNames().flatMap(({ verb, names: [key] }) => (verb === 'fill' ? [key] : []));
  expect(keys).toEqual([
    'http:v1:tenant:@public:https%3A%2F%2Forigin.test:%2Fall%2Fa',
    'http:v1:tenant:@public:@keyed:https%3A%2F%2Forigin.test:%2Fa',
  ]);
});
