import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endToEndOfResponse, isPerHop } from '../../src/http/hop.ts';

describe('fields of one connection (RFC 9110 §7.6.1)', () => {
  const always = [
    ...['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade', 'trailer'],
    // RFC 9111 §3.1.
    ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization'],
  ];
  it.each(always)('%s, named or not', (name) => {
    expect(isPerHop(null)(name)).toBe(true);
    expect(isPerHop('close')(name)).toBe(true);
    expect(isPerHop(name)(name)).toBe(true);
  });

  it.each([
    'age',
    'authorization',
    'cookie',
    'date',
    'etag',
    'set-cookie',
    'www-authenticate',
    'x-a',
    'te-x',
    'close',
  ])('not %s, unless it is named', (name) => {
    expect(isPerHop(null)(name)).toBe(false);
    expect(isPerHop('x-b, x-')(name)).toBe(false);
    expect(isPerHop(name)(name)).toBe(true);
  });

  it.each([
    ['x-a', true],
    ['X-A', true],
    ['close, X-a', true],
    [' ,, x-a\t,', true],
    ['x-a,x-b', true],
    ['', false],
    ['x-a x-b', false],
    ['x-ab', false],
    ['"x-a"', false],
  ])('Connection: %s names x-a: %s', (connection, expected) => {
    expect(isPerHop(connection)('x-a')).toBe(expected);
  });

  it.each(['cache-control', 'content-type', 'content-encoding', 'vary'])(
    '%s is for all recipients, whatever Connection says',
    (name) => {
      expect(isPerHop(`close, ${name.toUpperCase()}`)(name)).toBe(false);
    },
  );

  it('of whatever it says, it takes away what it names and what is always of one connection', () => {
    const token = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,8}$/).map((it) => `x${it}`);
    const space = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 2 });
    const option = fc.tuple(
      space,
      token.chain((it) => fc.mixedCase(fc.constant(it))),
      space,
    );
    fc.assert(
      fc.property(fc.array(option), token, (options, other) => {
        const is = isPerHop(options.map((it) => it.join('')).join(','));
        const named = options.map(([, it]) => it.toLowerCase());
        for (const name of named) expect(is(name)).toBe(true);
        expect(is(other)).toBe(named.includes(other));
        for (const name of always) expect(is(name)).toBe(true);
      }),
    );
  });

  it('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (connection) => {
        expect(isPerHop(connection)('vary')).toBe(false);
      }),
    );
  });
});

describe("a response's end-to-end fields (RFC 9110 §7.6.1)", () => {
  it('are all but those of this connection, names in lower case', () => {
    const headers = new Headers([
      ['Connection', 'close, X-Hop'],
      ['X-Hop', '1'],
      ['Keep-Alive', 'timeout=5'],
      ['Transfer-Encoding', 'chunked'],
      ['Trailer', 'Digest'],
      ['Proxy-Authenticate', 'Basic'],
      ['ETag', '"a"'],
      ['X-Unknown', 'kept'],
      ['Cache-Control', 'max-age=60'],
    ]);
    expect(Object.fromEntries(endToEndOfResponse(headers))).toEqual({
      'cache-control': 'max-age=60',
      etag: '"a"',
      'x-unknown': 'kept',
    });
  });

  it('RFC 9110 §5.3: lines of a name are one, but each Set-Cookie is its own', () => {
    const headers = new Headers([
      ['Set-Cookie', 'a=1; Expires=Mon, 05 Oct 2026 00:00:00 GMT'],
      ['Vary', 'a'],
      ['Set-Cookie', 'b=2'],
      ['Vary', 'b'],
    ]);
    const list = endToEndOfResponse(headers);
    expect(list.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual([
      'a=1; Expires=Mon, 05 Oct 2026 00:00:00 GMT',
      'b=2',
    ]);
    expect(list.filter(([name]) => name === 'vary')).toEqual([['vary', 'a, b']]);
  });
});

it.each([',', ' ', 'a,', ', ', '"', '\\'])('work is bounded: 32 KiB of %j, 64 times', (unit) => {
  const text = unit.repeat((32 * 1024) / unit.length);
  for (let i = 0; i < 64; i += 1) isPerHop(`${text}${i}`)('x-a');
});
