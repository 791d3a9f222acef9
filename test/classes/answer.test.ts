import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { failing, inPieces, json } from '../support/worker/origin.ts';
import { type Asked, aClass, world } from '../support/worker/world.ts';

const report = aClass({ writeThrough: 'purge' });
const large = { rows: Array.from({ length: 200 }, (_, i) => `row ${i}`) };
const largeText = JSON.stringify(large);
const gzip = { headers: { 'Accept-Encoding': 'gzip' } };

const unzip = (bytes: Uint8Array) =>
  new Response(new Response(bytes).body!.pipeThrough(new DecompressionStream('gzip'))).text();

/** `r1` is cached; large enough to be worth compressing. */
async function cachedReport(headers: Record<string, string> = {}) {
  const it = world([report]);
  it.origin.on('/report/r1', () => json(large, { headers }));
  const first = await it.edge.get('/report/r1');
  const get = (asked?: Asked) => it.edge.get('/report/r1', asked);
  return { ...it, first, get };
}

describe('headers', () => {
  test('of the origin that are safe to show to the next user are kept, the others never', async () => {
    const kept = {
      'content-language': 'en',
      'last-modified': 'Mon, 05 Oct 2026 11:00:00 GMT',
      'content-security-policy': "default-src 'none'",
    };
    const dropped = {
      'set-cookie': 'session=ann',
      'x-user': 'ann',
      'cache-control': 'public, max-age=3600',
      expires: 'Mon, 05 Oct 2026 13:00:00 GMT',
      server: 'origin/1.0',
      vary: 'Cookie',
      'access-control-allow-origin': '*',
    };
    const { first, get } = await cachedReport({ ...kept, ...dropped });
    for (const { headers } of [first, await get()]) {
      expect(Object.fromEntries(headers)).toMatchObject({ 'content-type': 'application/json', ...kept });
      for (const [name, value] of Object.entries(dropped)) expect(headers.get(name)).not.toBe(value);
      expect(headers.get('Set-Cookie')).toBeNull();
      expect(headers.get('Cache-Control')).toBe('private, no-cache');
      expect(headers.get('Vary')).toBe('Accept-Encoding');
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    }
  });

  test('what is passed on and not stored may not be stored by anyone, and drops the same', async () => {
    const { origin, edge } = world([report]);
    origin.on(
      '/report/r1',
      failing(429, { 'Retry-After': '3', 'Set-Cookie': 'a=b', 'Cache-Control': 'public' }),
    );
    const { headers } = await edge.get('/report/r1');
    expect(headers.get('Retry-After')).toBe('3');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('Set-Cookie')).toBeNull();
  });

  test('Age is the entry’s since its fetch began; an answer fetched for this request has none', async () => {
    const { clock, first, get } = await cachedReport();
    expect(first.headers.get('Age')).toBeNull();
    expect((await get()).headers.get('Age')).toBe('0');
    clock.advance(3_999);
    expect((await get()).headers.get('Age')).toBe('3');
  });

  test('the key is in Cache-Status only in development', async () => {
    const { origin, edge } = world([report], { settings: { ENVIRONMENT: 'development' } });
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1');
    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=10; key="report:v1:tenant:acme:r1"',
    });
  });

  test('the origin sees the edge’s secret and the verified identity, and nothing of the client', async () => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', { total: 1 });
    await edge.get('/report/r1', {
      headers: { 'X-Origin-Secret': 'guess', Cookie: 'a=b', 'X-User-Id': 'root' },
    });
    expect(Object.fromEntries(origin.requests[0]!.headers)).toEqual({
      'x-origin-secret': 'the-secret-of-the-edge',
      'x-tenant-id': 'acme',
      'x-user-id': 'ann',
    });
  });
});

describe('codings', () => {
  test('a client that takes gzip gets the stored bytes; any other the plain ones, under another tag', async () => {
    const { get } = await cachedReport();
    const zipped = await get(gzip);
    const plain = await get();
    expect(zipped.headers.get('Content-Encoding')).toBe('gzip');
    expect(zipped.bytes.length).toBeLessThan(largeText.length / 2);
    expect(await unzip(zipped.bytes)).toBe(largeText);
    expect(plain.headers.get('Content-Encoding')).toBeNull();
    expect(plain.text).toBe(largeText);
    expect(zipped.headers.get('ETag')).toBe(plain.headers.get('ETag')!.replace(/"$/, '-gzip"'));
    for (const { headers } of [zipped, plain]) expect(headers.get('Vary')).toBe('Accept-Encoding');
  });

  test('from another isolate too', async () => {
    const { anotherEdge } = await cachedReport();
    const { bytes } = await anotherEdge().get('/report/r1', gzip);
    expect(await unzip(bytes)).toBe(largeText);
  });
});

describe('ETag and conditions', () => {
  test('a strong tag of our own where the origin sends none; the same body has the same tag', async () => {
    const { first, get } = await cachedReport();
    expect(first.headers.get('ETag')).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    expect((await get()).headers.get('ETag')).toBe(first.headers.get('ETag'));
  });

  test.each(['"v7"', 'W/"v7"'])('the origin’s own tag is kept: %s', async (etag) => {
    const { first, get } = await cachedReport({ ETag: etag });
    expect(first.headers.get('ETag')).toBe(etag);
    expect((await get(gzip)).headers.get('ETag')).toBe(etag.replace(/"$/, '-gzip"'));
  });

  test.each(['"v7"', '"v7-gzip"', 'W/"v7"', '"x", "v7"', '*'])(
    '304 to a client that holds %s',
    async (held) => {
      const { get } = await cachedReport({ ETag: '"v7"' });
      for (const accept of ['gzip', 'identity']) {
        const { status, headers, text } = await get({
          headers: { 'If-None-Match': held, 'Accept-Encoding': accept },
        });
        expect({ status, text }).toEqual({ status: 304, text: '' });
        expect(headers.get('ETag')).toMatch(/^"v7(-gzip)?"$/);
        expect(headers.get('Vary')).toBe('Accept-Encoding');
        expect(headers.get('Cache-Control')).toBe('private, no-cache');
        expect(headers.get('Cache-Status')).toBe('Stillfresh; hit; ttl=10');
        expect(headers.get('Content-Encoding')).toBeNull();
      }
    },
  );

  test.each(['"v8"', '"v7-br"', ''])('200 to one that holds %j', async (held) => {
    const { get } = await cachedReport({ ETag: '"v7"' });
    expect((await get({ headers: { 'If-None-Match': held } })).status).toBe(200);
  });

  test('304 on a miss as well, once the body is known', async () => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', () => json({ total: 1 }, { headers: { ETag: '"v7"' } }));
    expect(await edge.get('/report/r1', { headers: { 'If-None-Match': '"v7"' } })).toMatchObject({
      status: 304,
      cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    });
  });

  test('a short body without a length is read first, so that its first answer has a tag already', async () => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', inPieces(['{"total":', '1}']));
    expect((await edge.get('/report/r1')).headers.get('ETag')).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
  });

  test('the first answer of a streamed miss has only the origin’s tag, the next its own', async () => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', inPieces(['"', 'x'.repeat(70_000), '"']));
    expect((await edge.get('/report/r1')).headers.get('ETag')).toBeNull();
    expect((await edge.get('/report/r1')).headers.get('ETag')).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
  });

  test.each([
    ...['v7', '"v7', '"a" "b"', 'W/v7', "'v7'", 'w/"v7"', '"v7";q=1', '"v7", *', '\\"v7\\"', 'null'],
    '"v7", '.repeat(bounds.ifNoneMatchTags + 1),
  ])('a condition that cannot be read is none, on a miss and on a hit: %s', async (held) => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', () => json({ total: 1 }, { headers: { ETag: '"v7"' } }));
    for (const method of ['GET', 'GET', 'HEAD'])
      expect(await edge.get('/report/r1', { method, headers: { 'If-None-Match': held } })).toMatchObject({
        status: 200,
      });
    expect(origin.count()).toBe(1);
  });
});

describe('HEAD', () => {
  test('is GET without the body, on a miss and on a hit, and fills too', async () => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', () => json(large));
    const head = { method: 'HEAD' };
    expect(await edge.get('/report/r1', head)).toMatchObject({
      status: 200,
      text: '',
      cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    });
    const bare = await edge.get('/report/r1', { ...head, ...gzip });
    const full = await edge.get('/report/r1', gzip);
    expect(bare).toMatchObject({ status: 200, text: '', cacheStatus: 'Stillfresh; hit; ttl=10' });
    expect(Object.fromEntries(bare.headers)).toEqual(Object.fromEntries(full.headers));
    expect(origin.count('/report/r1')).toBe(1);
  });

  test('of a streamed miss fills as well', async () => {
    const { origin, edge } = world([report]);
    origin.on('/report/r1', inPieces(['{"total":', '1}']));
    expect(await edge.get('/report/r1', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await edge.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=10',
      json: { total: 1 },
    });
  });
});
