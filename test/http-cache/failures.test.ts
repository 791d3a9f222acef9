import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type HttpCacheOptions, httpCache } from '../../src/index.ts';
import { world } from '../support/worker/world.ts';
import { ask, counting, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=10' };
const unreachable = () => Promise.reject(new Error('Network connection lost.'));

describe('an origin that fails', () => {
  test('cannot be reached: 502, and a stale answer for a while where nothing forbids it', async () => {
    const { origin, clock, edge } = httpWorld();
    origin.on('/a', unreachable);
    expect(await get(edge, '/a')).toMatchObject({
      status: 502,
      cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-failed',
    });
    origin.on('/a', said('a', fresh));
    await get(edge, '/a');
    origin.on('/a', unreachable);
    clock.advance(15_000);
    expect(await get(edge, '/a')).toMatchObject({
      text: 'a',
      cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-disconnected',
    });
    clock.advance(600_000);
    expect((await get(edge, '/a')).status).toBe(502);
  });

  test('its 5xx is passed on as it is, and covered only where stale-if-error allows it', async () => {
    const { origin, clock, edge } = httpWorld();
    const busy = said('busy', {}, 503);
    origin.on('/plain', said('plain', fresh));
    origin.on('/sie', said('sie', { 'Cache-Control': 'max-age=10, stale-if-error=60' }));
    for (const path of ['/plain', '/sie']) await get(edge, path);
    clock.advance(15_000);
    for (const path of ['/plain', '/sie']) origin.on(path, busy);
    expect(await get(edge, '/plain')).toMatchObject({
      status: 503,
      text: 'busy',
      cacheStatus: 'Stillfresh; fwd=stale; fwd-status=503; detail=no-freshness',
    });
    expect(await get(edge, '/sie')).toMatchObject({
      text: 'sie',
      cacheStatus: 'Stillfresh; hit; ttl=-5; detail=stale-if-error',
    });
  });

  test.each([
    ['a whole one', {}],
    ['a part', { Range: 'bytes=0-3' }],
    ['one under a condition', { 'If-Match': '"a"' }],
  ])('its 5xx that breaks off is a 502: of %s', async (_what, headers) => {
    const { origin, edge } = httpWorld();
    origin.on('/a', said('short', { 'Content-Length': '100' }, 503));
    expect(await get(edge, '/a', headers)).toMatchObject({ status: 502 });
    expect(edge.notes).toContain('truncated');
  });

  test('is not buried: beyond the bulkhead 503, or a stale answer', async () => {
    const { origin, edge } = httpWorld({}, { bounds: { fetchesOfHttpCache: 2 } });
    const held = origin.hold('/a');
    const asked = [1, 2].map(() => ask(edge, '/a', { headers: { Cookie: 'x' } }));
    await held.arrived(2);
    const refused = await ask(edge, '/b');
    expect(refused).toMatchObject({
      status: 503,
      cacheStatus: 'Stillfresh; fwd=uri-miss; detail=overloaded',
    });
    expect(refused.headers.get('Retry-After')).toBe('1');
    held.answer(said('a', fresh));
    expect((await Promise.all(asked)).map(({ text }) => text)).toEqual(['a', 'a']);
  });
});

test.each([
  [{ origin: 'ftp://x' }, 'origin'],
  [{ origin: 'https://user:secret@x' }, 'origin'],
  [{ origin: 'https://x/?q' }, 'origin'],
  [{ inputs: 'some' }, 'inputs'],
  [{ requestDirectives: true }, 'requestDirectives'],
  [{ name: 'Not A Name' }, 'name'],
  [{ l1: '1 second' }, 'l1'],
  [{ unknown: 1 }, 'unknown'],
])('options %j are refused at start, and %s is named', (options, field) => {
  expect(() => httpWorld(options as never)).toThrow(field);
});

describe('what the origin is shown', () => {
  const seen = (request: Request) => new Response(JSON.stringify(Object.fromEntries(request.headers)));
  const claims = {
    'X-Forwarded-Host': 'evil.test',
    'X-Forwarded-Proto': 'gopher',
    'X-Origin-Secret': 'guess',
  };

  test('is what the settings vouch for, whatever a client claims', async () => {
    const { origin, edge } = httpWorld({}, { settings: { PUBLIC_URL: 'https://www.acme.test' } });
    origin.on('/a', seen);
    const { json } = await get(edge, '/a', claims);
    expect(json).toMatchObject({ 'x-forwarded-host': 'www.acme.test', 'x-forwarded-proto': 'https' });
    expect(json).not.toHaveProperty('x-origin-secret');
  });

  test('is the secret only where it is the origin of the settings', async () => {
    const { origin, edge } = world([], { routes: (app) => app.all('*', httpCache()) });
    origin.on('/a', seen);
    const { json } = await get(edge, '/a', claims);
    expect(json).toMatchObject({ 'x-origin-secret': 'the-secret-of-the-edge' });
    expect(json).not.toHaveProperty('x-forwarded-host');
  });
});

test('an answer with too many headers is passed on, not stored', async () => {
  const { origin, edge } = httpWorld();
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`X-${i}`, 'x'.repeat(1_000)]));
  origin.on('/a', said('a', { ...fresh, ...many }));
  const { headers, cacheStatus } = await get(edge, '/a');
  expect(headers.get('X-19')).toHaveLength(1_000);
  expect(cacheStatus).toBe('Stillfresh; fwd=uri-miss; fwd-status=200; detail=too-large');
});

describe('how long a stale answer covers for a failing origin', () => {
  const scene = async (options: HttpCacheOptions, cacheControl: string) => {
    const made = httpWorld(options);
    made.origin.on('/a', said('a', { 'Cache-Control': cacheControl }));
    await get(made.edge, '/a');
    made.origin.on('/a', said('busy', {}, 503));
    made.clock.advance(30_000);
    return made;
  };
  const covers = 'Stillfresh; hit; ttl=-20; detail=stale-if-error';

  test('is the route’s to say where the origin says nothing', async () => {
    const { edge, clock } = await scene({ staleIfError: '1m' }, 'max-age=10');
    expect((await get(edge, '/a')).cacheStatus).toBe(covers);
    clock.advance(60_000);
    expect((await get(edge, '/a')).status).toBe(503);
  });

  test.each(['max-age=10, stale-if-error=5', 'max-age=10, must-revalidate', 's-maxage=10'])(
    'but not where it says %s',
    async (cacheControl) => {
      const { edge } = await scene({ staleIfError: '1m' }, cacheControl);
      expect((await get(edge, '/a')).status).toBe(503);
    },
  );

  test('is the client’s to say too (RFC 5861 §4), where its directives are honoured', async () => {
    const asks = { 'Cache-Control': 'stale-if-error=60' };
    const honoured = await scene({ requestDirectives: 'honoured' }, 'max-age=10');
    expect((await get(honoured.edge, '/a', asks)).cacheStatus).toBe(covers);
    const ignored = await scene({}, 'max-age=10');
    expect((await get(ignored.edge, '/a', asks)).status).toBe(503);
    const forbidden = await scene({ requestDirectives: 'honoured' }, 'max-age=10, must-revalidate');
    expect((await get(forbidden.edge, '/a', asks)).status).toBe(503);
  });
});

test('Redis and origin both gone: what nobody has validated is not served, for it may have been purged', async () => {
  const { origin, clock, edge, purge } = httpWorld();
  origin.on('/a', said('old', { 'Cache-Control': 'max-age=86400' }));
  await get(edge, '/a');
  await purge('uri:/a');
  clock.advance(3_600_000);
  edge.redis.fail();
  origin.on('/a', unreachable);
  expect((await get(edge, '/a')).status).toBe(502);
});

test('an error with a lifetime does not take the place of what covers for it', async () => {
  const { origin, clock, edge } = httpWorld();
  const both = { 'Cache-Control': 'max-age=10, stale-if-error=3600' };
  origin.on('/a', said('good', both));
  await get(edge, '/a');
  clock.advance(15_000);
  origin.on('/a', said('boom', both, 503));
  for (let n = 0; n < 3; n += 1) expect((await get(edge, '/a')).text).toBe('good');
});

test('a client that says how old it may be is not given what is staler, even inside a window', async () => {
  const { origin, clock, edge } = httpWorld({ requestDirectives: 'honoured' });
  origin.on('/a', counting({ 'Cache-Control': 'max-age=10, stale-while-revalidate=600' }));
  await get(edge, '/a');
  clock.advance(300_000);
  expect((await get(edge, '/a', { 'Cache-Control': 'max-age=0' })).text).toBe('number 2');
});

test('Max-Forwards is counted down, and at 0 the request ends here', async () => {
  const { origin, edge } = httpWorld();
  origin.on('OPTIONS /a', (request: Request) => new Response(request.headers.get('Max-Forwards')));
  const options = (hops: string) => ask(edge, '/a', { method: 'OPTIONS', headers: { 'Max-Forwards': hops } });
  expect((await options('3')).text).toBe('2');
  expect((await options('0')).status).toBe(204);
  expect(origin.count()).toBe(1);
});

test('a TRACE shows nobody a secret, neither ours nor a person’s', async () => {
  const { origin, edge } = world([], { routes: (app) => app.all('*', httpCache()) });
  let sent: Headers | undefined;
  origin.on('TRACE /a', (request: Request) => {
    sent = request.headers;
    return new Response('traced');
  });
  const made = await edge.request('/a', { as: null, headers: { Cookie: 'id=1', 'X-A': '1' } });
  const request = new Proxy(made, {
    get: (it, name) => {
      const value = name === 'method' ? 'TRACE' : (Reflect.get(it, name) as unknown);
      return typeof value === 'function' ? value.bind(it) : value;
    },
  });
  await (await edge.answer(request)).text();
  expect(sent?.get('X-A')).toBe('1');
  expect(sent?.get('X-Origin-Secret')).toBeNull();
  expect(sent?.get('Cookie')).toBeNull();
});

test('an exception while a small answer is stored costs its client nothing, and leaves no lease behind', async () => {
  const { origin, edge } = httpWorld();
  origin.on('/a', () => {
    const digest = vi.spyOn(crypto.subtle, 'digest').mockRejectedValue(new Error('no digest'));
    onTestFinished(() => digest.mockRestore());
    return new Response('a', { headers: fresh });
  });
  expect(await get(edge, '/a')).toMatchObject({ status: 200, text: 'a' });
  expect(edge.notes).toEqual(['fill-failed']);
  expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
});

test('slow uploads do not keep reads from the origin', async () => {
  const { origin, edge } = httpWorld({}, { bounds: { fetchesOfHttpCache: 2 } });
  const held = origin.hold('POST /up');
  const uploads = [1, 2].map(() => ask(edge, '/up', { method: 'POST', body: 'x' }));
  await held.arrived(2);
  expect((await ask(edge, '/up', { method: 'POST', body: 'x' })).status).toBe(503);
  origin.on('/a', said('a', fresh));
  expect((await ask(edge, '/a')).text).toBe('a');
  held.answer(said('done'));
  await Promise.all(uploads);
});

test('a write whose outcome is unknown leaves what covers for an origin that is down', async () => {
  const { origin, clock, edge } = httpWorld();
  origin.on('/a', said('a', { 'Cache-Control': 'max-age=10, stale-if-error=600' }));
  await get(edge, '/a');
  for (const route of ['/a', 'POST /a']) origin.on(route, unreachable);
  expect((await ask(edge, '/a', { method: 'POST', body: 'x' })).status).toBe(502);
  clock.advance(1_500);
  expect((await ask(edge, '/a')).cacheStatus).toContain('detail=stale-if-error');
});

test('a bug of ours on the way to the fill keeps nobody waiting', async () => {
  const { origin, edge, anotherEdge } = httpWorld();
  await get(edge, '/b');
  const { names } = edge.app.ready({}).isolate;
  const held = origin.hold('/a');
  const first = get(edge, '/a');
  await held.arrived();
  names.rule = () => Promise.reject(new Error('a bug'));
  held.answer(said('a', fresh));
  await first;
  expect(edge.notes).toContain('fill-failed');
  expect(await get(anotherEdge(), '/a')).toMatchObject({ text: 'a' });
});

test('a 304 that nobody asked for is no answer', async () => {
  const { origin, edge } = httpWorld();
  origin.on('/a', said('', {}, 304));
  expect(await get(edge, '/a')).toMatchObject({
    status: 502,
    cacheStatus: expect.stringContaining('origin-failed'),
  });
  expect(origin.count()).toBe(1);
});

test('HEADs that describe another representation make what is stored stale once, however many they are', async () => {
  const { clock, origin, edge } = httpWorld();
  const tagged = (etag: string) => ({ 'Cache-Control': 'max-age=10', ETag: etag });
  origin.on('/a', said('a', tagged('"a"')));
  await get(edge, '/a');
  clock.advance(11_000);
  origin.on('HEAD /a', said('', tagged('"b"')));
  edge.redis.took();
  for (let i = 0; i < 10; i += 1) {
    await edge.ask('/a', { as: null, method: 'HEAD' });
    await edge.settled();
  }
  expect(edge.redis.took().filter((verb) => verb === 'purge')).toEqual(['purge']);
});

test.each([
  ['a read', 'GET', { Cookie: 'a=b' }, unreachable, 'origin-failed'],
  ['a write', 'POST', {}, unreachable, 'origin-failed'],
  ['a body that breaks off', 'POST', {}, said('short', { 'Content-Length': '100' }), 'truncated'],
])('one for a single client says where too: %s', async (_what, method, headers, reply, note) => {
  const { origin, edge } = httpWorld();
  origin.on(method === 'GET' ? '/a?b=SECRET' : 'POST /a?b=SECRET', reply);
  await edge.ask('/a?b=SECRET', { as: null, method, headers });
  const says = note === 'truncated' ? undefined : 'Error: Network connection lost.';
  const failures = [{ note, says, class: 'http', origin_path: '/a' }];
  expect(edge.log[0]).toMatchObject({ status: 502, notes: [note], failures });
});
