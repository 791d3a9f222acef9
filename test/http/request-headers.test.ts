import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPerHop } from '../../src/http/hop.ts';
import { endToEnd, fieldsOf, isCondition, isNeverSent } from '../../src/http/request-headers.ts';

const sent = (fields: readonly [string, string][], hasBody = false) =>
  Object.fromEntries(endToEnd(new Headers(fields as [string, string][]), { hasBody }));

describe('guard: fields that origins reflect, and no key knows (RFC 9111 §7.1)', () => {
  const never = [
    ...[
      'forwarded',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-forwarded-port',
      'x-forwarded',
    ],
    ...[
      'x-forwarded-prefix',
      'x-forwarded-scheme',
      'x-forwarded-server',
      'x-host',
      'x-original-url',
      'x-rewrite-url',
    ],
    ...[
      'x-original-host',
      'x-http-method-override',
      'x-http-method',
      'x-method-override',
      'x-real-ip',
      'true-client-ip',
    ],
    ...[
      'client-ip',
      'x-client-ip',
      'cf-connecting-ip',
      'cf-visitor',
      'fastly-client-ip',
      'x-middleware-subrequest',
    ],
    ...[
      'x-user-id',
      'x-tenant-id',
      'x-origin-secret',
      'host',
      'via',
      'expect',
      'x-accel-redirect',
      'x-sendfile',
    ],
  ];
  it.each(never)('%s is never sent', (name) => {
    expect(isNeverSent(name)).toBe(true);
    expect(
      sent([
        ['x-a', '1'],
        [name, '1'],
      ]),
    ).toEqual({ 'x-a': '1' });
  });

  it('nor what CGI takes for the same name (RFC 3875 §4.1.18): with underscores', () => {
    const underscored = never.map((name) => name.replaceAll('-', '_'));
    expect(underscored.filter((name) => !isNeverSent(name))).toEqual([]);
  });

  it.each([
    'accept',
    'accept-language',
    'authorization',
    'cookie',
    'user-agent',
    'referer',
    'origin',
    'x-a',
    'x-requested-with',
  ])('%s is sent', (name) => {
    expect(isNeverSent(name)).toBe(false);
    expect(sent([[name, '1']])).toEqual({ [name]: '1' });
  });
});

describe("a request's end-to-end fields (RFC 9110 §7.6)", () => {
  it('§7.6.1: without those of this connection', () => {
    const fields: [string, string][] = [
      ['Connection', 'close, X-Hop'],
      ['X-Hop', '1'],
      ['Keep-Alive', '1'],
      ['TE', 'trailers'],
      ['Proxy-Authorization', 'Basic eA=='],
      ['Upgrade', 'h2c'],
      ['HTTP2-Settings', 'x'],
      ['Accept', 'text/html'],
    ];
    expect(sent(fields)).toEqual({ accept: 'text/html' });
  });

  it('§8.3: what describes a body goes with one, and not without', () => {
    const fields: [string, string][] = [
      ['Content-Type', 'text/plain'],
      ['Content-Length', '3'],
      ['Content-Language', 'en'],
      ['X-A', '1'],
    ];
    expect(sent(fields)).toEqual({ 'x-a': '1' });
    expect(sent(fields, true)).toEqual({
      'content-type': 'text/plain',
      'content-length': '3',
      'content-language': 'en',
      'x-a': '1',
    });
  });

  it.each<[string, string]>([
    ['Accept-Language', 'de;q=0.1'],
    ['Accept-Language', 'en-GB, de-CH-1996;q=0.9,  *;q=0.05'],
    ['Accept-Language', 'de;q=x,,DE'],
    ['Accept-Encoding', 'gzip;q=0.5, BR'],
    ['Accept-Encoding', 'gzip, dcb, dcz'],
    ['Accept-Encoding', 'x-gzip, compress'],
    ['Accept-Encoding', 'identity;q=0'],
    ['Accept-Encoding', '*'],
    ['Accept-Encoding', ''],
    ['Accept', 'text/HTML ;q=0.5,a/b;Level="1 , 2"'],
    ['X-A', '1 ,2'],
  ])('go on as they came, though they are compared in another form: %s: %s', (name, value) => {
    for (const hasBody of [false, true])
      expect(sent([[name, value]], hasBody)).toEqual({ [name.toLowerCase()]: value });
  });

  it('§13.1: conditions and ranges are kept, and known as such', () => {
    const conditions = [
      'if-match',
      'if-none-match',
      'if-modified-since',
      'if-unmodified-since',
      'if-range',
      'range',
    ];
    expect(Object.keys(sent(conditions.map((name) => [name, 'x'])))).toEqual(conditions.toSorted());
    expect(conditions.every(isCondition)).toBe(true);
    expect(['if', 'if-x', 'accept-ranges', 'cache-control', 'etag', 'pragma'].some(isCondition)).toBe(false);
  });

  it('of whatever is sent, all goes on that need not be kept back, and nothing is made up', () => {
    const name = fc.constantFrom(
      ...[
        'x-a',
        'x-b',
        'accept',
        'cookie',
        'if-none-match',
        'content-type',
        'content-x',
        'via',
        'x-forwarded-for',
      ],
      ...['te', 'keep-alive', 'cf-ray', 'range', 'cache-control'],
    );
    const value = fc.stringMatching(/^[!-~]{1,6}$/);
    const connection = fc.array(fc.oneof(name, fc.constant('close')), { maxLength: 3 });
    fc.assert(
      fc.property(fc.dictionary(name, value), connection, fc.boolean(), (fields, options, hasBody) => {
        const header = options.join(', ');
        const got = sent([...Object.entries(fields), ['connection', header]], hasBody);
        const perHop = isPerHop(header);
        const expected = Object.entries(fields).filter(
          ([it]) => !perHop(it) && !isNeverSent(it) && (hasBody || !it.startsWith('content-')),
        );
        expect(got).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 500 },
    );
  });
});

it('fields are asked in any case, and lines are one value (RFC 9110 §5.1, §5.3)', () => {
  const fields = fieldsOf(
    new Headers([
      ['X-A', '1'],
      ['x-a', '2'],
      ['Authorization', 'Bearer t'],
    ] as [string, string][]),
  );
  expect(fields.get('X-a')).toBe('1, 2');
  expect(fields.has('AUTHORIZATION')).toBe(true);
  expect(fields.has('cookie')).toBe(false);
});

it.each(['"', '\\', ',', ' ', 'a,', ';q=', 'gzip,'])('work is bounded: 32 KiB of %j, 64 times', (unit) => {
  const text = unit.repeat((32 * 1024) / unit.length);
  for (let i = 0; i < 64; i += 1) {
    sent([
      ['connection', `x${text}${i}`],
      ['accept-encoding', `x${text}${i}`],
      ['x-a', `x${text}${i}`],
    ]);
  }
});
