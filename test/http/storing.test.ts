import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { parseCacheControl } from '../../src/http/cache-control.ts';
import { governing } from '../../src/http/freshness.ts';
import { FieldSet } from '../../src/http/message.ts';
import { isAnonymous, notShared, notStored, withheld } from '../../src/http/storing.ts';

const NOW = Date.UTC(2026, 9, 5, 12, 30);
const inS = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();
const anonymous = { authorization: false, cookie: false };
const withToken = { authorization: true, cookie: false };
const withCookie = { authorization: false, cookie: true };

type Fields = Readonly<Record<string, string>>;

function why(fields: Fields, { status = 200, method = 'GET', target = '/x', credentials = anonymous } = {}) {
  const set = new FieldSet(Object.entries(fields));
  const received = { status, fields: set, requestMs: NOW, responseMs: NOW };
  return notStored({ method, target, credentials }, received, governing(set));
}
const cc = (value: string, more: Fields = {}) => ({ 'cache-control': value, ...more });

describe('what is stored (RFC 9111 §3)', () => {
  it.each([
    ['max-age', cc('max-age=60'), {}],
    ['s-maxage', cc('s-maxage=60'), {}],
    ['Expires', { expires: inS(60) }, {}],
    ['a heuristic lifetime (§4.2.2)', { 'last-modified': inS(-1000) }, {}],
    ['any final status with explicit freshness', cc('max-age=60'), { status: 418 }],
    ['an error with explicit freshness', cc('max-age=60'), { status: 503 }],
    ['to be validated: ETag', { etag: '"a"' }, {}],
    ['to be validated: no-cache (§5.2.2.4)', cc('no-cache', { etag: '"a"' }), {}],
    ['to be validated: max-age=0', cc('max-age=0', { 'last-modified': inS(-9) }), {}],
    ['to be used stale (RFC 5861 §3)', cc('max-age=0, stale-while-revalidate=60'), {}],
    ['to be used stale (RFC 5861 §4)', cc('max-age=0, stale-if-error=60'), {}],
    ['private of a field (§5.2.2.7)', cc('max-age=60, private="x"'), {}],
    [
      'no-store beside must-understand, understood (§5.2.2.3)',
      cc('max-age=60, no-store, must-understand'),
      {},
    ],
    [
      'RFC 9213 §2.2: no-store in Cache-Control alone',
      cc('no-store', { 'cdn-cache-control': 'max-age=60' }),
      {},
    ],
    [
      'a Set-Cookie that is not kept (§5.2.2.4)',
      cc('max-age=60, no-cache="Set-Cookie"', { 'set-cookie': 'a=1' }),
      {},
    ],
    ['Vary, as many names as are allowed', cc('max-age=60', { vary: names(bounds.varyNames) }), {}],
  ] as [string, Fields, Parameters<typeof why>[1]][])('%s', (_, fields, asked) => {
    expect(why(fields, asked)).toBeNull();
  });

  it.each([
    ['another method', 'method', cc('max-age=60'), { method: 'POST' }],
    ['HEAD: no body', 'method', cc('max-age=60'), { method: 'HEAD' }],
    ['get is another method (RFC 9110 §9.1)', 'method', cc('max-age=60'), { method: 'get' }],
    ['a part (§3.3)', 'partial', cc('max-age=60'), { status: 206 }],
    ['304 (§4.3.4)', 'status', cc('max-age=60'), { status: 304 }],
    ['a status that is not final', 'status', cc('max-age=60'), { status: 103 }],
    [
      'must-understand, not understood (§5.2.2.3)',
      'status',
      cc('max-age=60, must-understand'),
      { status: 299 },
    ],
    ['the same with no-store', 'status', cc('max-age=60, must-understand, no-store'), { status: 299 }],
    ['no-store (§5.2.2.5)', 'no-store', cc('public, max-age=60, no-store'), {}],
    ['no-store, malformed (§4.2.1)', 'no-store', cc('public, max-age=60, no-store=x y'), {}],
    [
      'no-store for this cache (RFC 9213 §2.2)',
      'no-store',
      cc('max-age=60', { 'cdn-cache-control': 'no-store' }),
      {},
    ],
    ['private (§5.2.2.7)', 'private', cc('public, max-age=60, private'), {}],
    ['private beside private of a field', 'private', cc('max-age=60, private="x", private'), {}],
    ['Set-Cookie', 'set-cookie', cc('public, s-maxage=60', { 'set-cookie': 'a=1' }), {}],
    ['Vary: * (§4.1)', 'vary-star', cc('max-age=60', { vary: 'accept, *' }), {}],
    [
      'Vary by more than is allowed',
      'vary-names',
      cc('max-age=60', { vary: names(bounds.varyNames + 1) }),
      {},
    ],
    ['no freshness', 'no-freshness', {}, {}],
    ['public alone', 'no-freshness', cc('public'), {}],
    ['stale, and of no use', 'no-freshness', cc('max-age=60', { age: '60' }), {}],
    [
      'stale beyond its window (RFC 5861 §3)',
      'no-freshness',
      cc('max-age=0, stale-while-revalidate=60', { age: '60' }),
      {},
    ],
    ['an error without freshness', 'no-freshness', { 'last-modified': inS(-1000) }, { status: 503 }],
    ['an error with a window alone', 'no-freshness', cc('stale-if-error=60'), { status: 503 }],
    ['a validator on an error', 'no-freshness', cc('max-age=0', { etag: '"a"' }), { status: 404 }],
    ['a validator on 302', 'no-freshness', { etag: '"a"' }, { status: 302 }],
    // Its last item: neither freshness, nor public, nor a status that is cacheable by default.
    ['302 with a window alone (§3)', 'no-freshness', cc('stale-while-revalidate=60'), { status: 302 }],
    ['403 with a window alone (§3)', 'no-freshness', cc('stale-if-error=60'), { status: 403 }],
  ] as [string, string, Fields, Parameters<typeof why>[1]][])('not %s: %s', (_, reason, fields, asked) => {
    expect(why(fields, asked)).toBe(reason);
  });

  function names(count: number) {
    return Array.from({ length: count }, (_, i) => `x-${i}`).join(', ');
  }
});

describe('with whom it is shared (RFC 9111 §3.5)', () => {
  it.each([
    ['max-age=60', 'authorization', 'cookie'],
    ['max-age=60, proxy-revalidate', 'authorization', 'cookie'],
    ['max-age=60, no-cache="x"', 'authorization', 'cookie'],
    ['max-age=60, must-revalidate', null, 'cookie'],
    ['max-age=60, public', null, null],
    ['s-maxage=60', null, null],
  ])('%s: %s, %s', (header, forToken, forCookie) => {
    const directives = parseCacheControl(header);
    expect(notShared(anonymous, directives)).toBeNull();
    expect(notShared(withToken, directives)).toBe(forToken);
    expect(notShared(withCookie, directives)).toBe(forCookie);
    expect(notShared({ authorization: true, cookie: true }, directives)).toBe(forCookie ?? forToken);
    expect(why(cc(header), { credentials: withToken })).toBe(forToken);
    expect(why(cc(header), { credentials: withCookie })).toBe(forCookie);
  });

  it('Expires alone shares nothing', () => {
    expect(why({ expires: inS(60) }, { credentials: withToken })).toBe('authorization');
  });

  it.each([
    ['public', withToken, 'max-age=60, public x', 'authorization'],
    ['public in a quote that is never closed', withToken, 'max-age=60, x="a, public', 'authorization'],
    ['must-revalidate', withToken, 'max-age=60, must-revalidate x', 'authorization'],
    ['s-maxage', withToken, 'max-age=60, s-maxage=x', 'authorization'],
    ['must-understand', anonymous, 'max-age=60, no-store, must-understand x', 'no-store'],
  ])('guard: what is malformed allows nothing: %s', (_, credentials, header, reason) => {
    expect(why(cc(header), { credentials })).toBe(reason);
  });

  it('anonymous is who has neither', () => {
    expect([anonymous, withToken, withCookie].map(isAnonymous)).toEqual([true, false, false]);
  });

  it('guard: with credentials, not under a path that can be read in two ways', () => {
    const shared = cc('public, max-age=60', { 'content-type': 'text/html' });
    const target = '/account/x.css';
    expect(why(shared, { target, credentials: withCookie })).toBe('ambiguous-path');
    expect(why(shared, { target, credentials: withToken })).toBe('ambiguous-path');
    expect(why(shared, { target })).toBeNull();
  });
});

it('fields that are not kept (RFC 9111 §5.2.2.4, §5.2.2.7)', () => {
  const directives = parseCacheControl('no-cache="A, b", private="C", no-cache=d, max-age=1');
  expect([...withheld(directives)].sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(withheld(parseCacheControl('no-cache, private, max-age=1')).size).toBe(0);
});

describe('of whatever is sent (RFC 9111 §3)', () => {
  const directive = fc.constantFrom(
    ...['public', 'private', 'private="x"', 'no-store', 'no-cache', 'no-cache="x"', 'must-understand'],
    ...['must-revalidate', 'proxy-revalidate', 'max-age=0', 'max-age=60', 's-maxage=60', 's-maxage=0'],
    ...['stale-while-revalidate=60', 'stale-if-error=60', 'x', 'No-Store', 'PRIVATE'],
  );
  const asked = fc.record({
    status: fc.constantFrom(103, 200, 201, 203, 204, 206, 299, 301, 302, 304, 403, 404, 418, 500, 503),
    method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'HEAD', 'POST'),
    credentials: fc.constantFrom(anonymous, withToken, withCookie),
  });
  const more = fc.subarray([
    ['expires', inS(60)],
    ['last-modified', inS(-1000)],
    ['etag', '"a"'],
    ['age', '30'],
  ] as const);

  // RFC 9110 §15.1, without 206.
  const cacheable = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
  const understood = [200, 201, 203, 204, 301, 302, 403, 404, 500, 503];

  it('what §3 forbids is not stored', () => {
    fc.assert(
      fc.property(
        fc.subarray(['x-a', 'x-b']),
        fc.array(directive, { maxLength: 5 }),
        more,
        asked,
        (vary, list, fields, it) => {
          const all = { ...cc(list.join(', ')), vary: vary.join(','), ...Object.fromEntries(fields) };
          if (why(all, it) !== null) return;
          const has = (name: string) => list.some((one) => one.toLowerCase().split('=')[0] === name);
          const isWhole = (name: string) => list.some((one) => one.toLowerCase() === name);
          expect(it.method).toBe('GET');
          expect(it.status).toBeGreaterThanOrEqual(200);
          expect([206, 304]).not.toContain(it.status);
          if (has('must-understand')) expect(understood).toContain(it.status);
          else expect(has('no-store')).toBe(false);
          expect(isWhole('private')).toBe(false);
          if (it.credentials.authorization)
            expect(has('must-revalidate') || has('public') || has('s-maxage')).toBe(true);
          const mayBe = has('public') || 'expires' in all || has('max-age') || has('s-maxage');
          expect(mayBe || cacheable.includes(it.status)).toBe(true);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('and what is fresh, public and without a ban is', () => {
    const allowed = fc.subarray([
      'no-cache="x"',
      'private="x"',
      'must-revalidate',
      'proxy-revalidate',
      's-maxage=60',
      'x',
    ]);
    const status = fc.constantFrom(200, 201, 203, 299, 301, 302, 403, 404, 418, 500, 503);
    fc.assert(
      fc.property(allowed, more, status, asked, (list, fields, final, { credentials }) => {
        const all = { ...cc(['public', 'max-age=60', ...list].join(', ')), ...Object.fromEntries(fields) };
        expect(why(all, { status: final, credentials })).toBeNull();
      }),
    );
  });
});
