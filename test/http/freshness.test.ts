import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explicitLifetimeMs,
  freshnessOf,
  governing,
  heuristicLifetimeMs,
  initialAgeMs,
  mayBeStale,
  staleWindows,
} from '../../src/http/freshness.ts';
import { FieldSet } from '../../src/http/message.ts';

const NOW = Date.UTC(2026, 9, 5, 12, 30);
const DAY_MS = 86_400_000;
const date = (ms: number) => new Date(ms).toUTCString();
const inS = (seconds: number) => date(NOW + seconds * 1000);

type Fields = Readonly<Record<string, string>>;

const received = (fields: Fields, { status = 200, delayMs = 0 } = {}) => ({
  status,
  fields: new FieldSet(Object.entries(fields)),
  requestMs: NOW - delayMs,
  responseMs: NOW,
});
const rulesOf = (fields: Fields) => governing(new FieldSet(Object.entries(fields)));
const cc = (value: string) => rulesOf({ 'cache-control': value });

describe('what rules a response (RFC 9213 §2.2)', () => {
  it.each([
    ['Cache-Control', { 'cache-control': 'max-age=60' }, 60_000, false],
    [
      'the targeted field before it',
      { 'cache-control': 'max-age=60', 'cdn-cache-control': 'max-age=5' },
      5_000,
      true,
    ],
    ['the targeted field alone', { 'cdn-cache-control': 'max-age=5' }, 5_000, true],
    [
      'not an empty targeted field',
      { 'cache-control': 'max-age=60', 'cdn-cache-control': '' },
      60_000,
      false,
    ],
    [
      'not one that does not parse',
      { 'cache-control': 'max-age=60', 'cdn-cache-control': 'max-age=5,' },
      60_000,
      false,
    ],
    ['nothing', {}, undefined, false],
  ] as [string, Fields, number | undefined, boolean][])('%s', (_, fields, maxAgeMs, targeted) => {
    const rules = rulesOf(fields);
    expect(rules.directives.ms('max-age')).toBe(maxAgeMs);
    expect(rules.targeted).toBe(targeted);
  });

  it('of Cache-Control nothing counts beside a targeted field', () => {
    const fields = { 'cache-control': 'no-store, s-maxage=1', 'cdn-cache-control': 'max-age=60' };
    expect(rulesOf(fields).directives.has('no-store')).toBe(false);
    expect(explicitLifetimeMs(received(fields), rulesOf(fields))).toBe(60_000);
  });
});

describe('explicit lifetime (RFC 9111 §4.2.1)', () => {
  it.each([
    ['max-age', { 'cache-control': 'max-age=60' }, 60_000],
    ['s-maxage before max-age', { 'cache-control': 'max-age=60, s-maxage=90' }, 90_000],
    ['a shorter s-maxage too', { 'cache-control': 's-maxage=0, max-age=60' }, 0],
    ['max-age before Expires', { 'cache-control': 'max-age=60', expires: inS(5) }, 60_000],
    ['max-age before an Expires that is no date', { 'cache-control': 'max-age=60', expires: '0' }, 60_000],
    [
      '§4.2.1: max-age that is no number, before Expires',
      { 'cache-control': 'max-age=x', expires: inS(60) },
      0,
    ],
    ['Expires less Date', { date: inS(-10), expires: inS(60) }, 70_000],
    ['Expires less a Date in the future', { date: inS(3600), expires: inS(3660) }, 60_000],
    ['Expires before Date', { date: inS(0), expires: inS(-60) }, 0],
    ['RFC 9110 §6.6.1: Expires without Date', { expires: inS(60) }, 60_000],
    ['Expires with a Date that is none', { date: 'now', expires: inS(60) }, 60_000],
    ['§5.3: Expires: 0', { expires: '0' }, 0],
    ['§5.3: an empty Expires', { expires: '' }, 0],
    ['§4.2.1: two of Expires', { expires: `${inS(60)}, ${inS(60)}` }, 0],
    ['§4.2: another zone than GMT', { expires: inS(60).replace('GMT', 'EST') }, 0],
    ['no word of it', { date: inS(0), 'last-modified': inS(-1000) }, undefined],
    ['public is no word of it', { 'cache-control': 'public' }, undefined],
    [
      'RFC 9213 §2.2: Expires beside a targeted field',
      { 'cdn-cache-control': 'public', expires: inS(60) },
      undefined,
    ],
  ] as [string, Fields, number | undefined][])('%s', (_, fields, expected) => {
    expect(explicitLifetimeMs(received(fields), rulesOf(fields))).toBe(expected);
  });
});

describe('heuristic lifetime (RFC 9111 §4.2.2)', () => {
  const modified = { date: inS(0), 'last-modified': inS(-1000) };
  const lifetimeMs = (fields: Fields, status = 200) =>
    heuristicLifetimeMs(received(fields, { status }), rulesOf(fields));

  it.each([
    ['a tenth of the time since Last-Modified', modified, 100_000],
    ['counted to Date', { date: inS(-500), 'last-modified': inS(-1000) }, 50_000],
    ['counted to when it was received, without Date', { 'last-modified': inS(-1000) }, 100_000],
    ['a day at most', { 'last-modified': inS(-86_400 * 365) }, DAY_MS],
    ['nothing without Last-Modified', { date: inS(-1000) }, 0],
    ['nothing where it is no date', { 'last-modified': 'yesterday' }, 0],
    ['nothing where it is in the future', { 'last-modified': inS(1000) }, 0],
    ['nothing where it is now', { 'last-modified': inS(0) }, 0],
  ] as [string, Fields, number][])('%s', (_, fields, expected) => {
    expect(lifetimeMs(fields)).toBe(expected);
  });

  it.each([200, 203, 204, 206, 300, 301, 308, 404, 410])('RFC 9110 §15.1: for %i', (status) => {
    expect(lifetimeMs(modified, status)).toBe(100_000);
  });

  it.each([201, 202, 205, 302, 303, 307, 401, 402, 403, 406, 409, 418, 421, 451])(
    'for %i only if it is public (RFC 9111 §5.2.2.9)',
    (status) => {
      expect(lifetimeMs(modified, status)).toBe(0);
      expect(lifetimeMs({ ...modified, 'cache-control': 'public' }, status)).toBe(100_000);
    },
  );

  it.each([400, 405, 413, 414, 431, 500, 501, 502, 503, 504, 599])(
    'guard: for %i, which one client can provoke, only if it is public',
    (status) => {
      expect(lifetimeMs(modified, status)).toBe(0);
      expect(lifetimeMs({ ...modified, 'cdn-cache-control': 'public' }, status)).toBe(100_000);
    },
  );
});

describe('age on arrival (RFC 9111 §4.2.3)', () => {
  it.each([
    ['none', {}, 0, 0],
    ['Age', { age: '5' }, 0, 5_000],
    ['Date', { date: inS(-7) }, 0, 7_000],
    ['the larger of both: Age', { date: inS(-7), age: '9' }, 0, 9_000],
    ['the larger of both: Date', { date: inS(-7), age: '5' }, 0, 7_000],
    ['a Date in the future is no age', { date: inS(100) }, 0, 0],
    ['the delay counts from the request', {}, 4_000, 4_000],
    ['the delay is added to Age', { age: '5' }, 4_000, 9_000],
    ['the delay is not added to Date', { date: inS(-7) }, 4_000, 7_000],
    ['§1.2.2: as large as can be', { age: '99999999999' }, 0, 2 ** 31 * 1000],
    ['§5.1: the first of several', { age: '5, 9' }, 0, 5_000],
    ['§5.1: no number is ignored', { age: 'x' }, 0, 0],
    ['§5.1: a negative one is ignored', { age: '-5' }, 0, 0],
    ['§5.1: one with a fraction is ignored', { age: '5.5' }, 0, 0],
    ['§5.1: no number is ignored, though one follows', { age: 'x, 5' }, 0, 0],
    ['§5.1: an empty one is ignored', { age: '' }, 0, 0],
    ['RFC 9110 §5.5: space around it says nothing', { age: ' 5 ' }, 0, 5_000],
    ['RFC 9110 §6.6.1: a Date that is none', { date: 'x', age: '5' }, 0, 5_000],
  ] as [string, Fields, number, number][])('%s', (_, fields, delayMs, expected) => {
    expect(initialAgeMs(received(fields, { delayMs }))).toBe(expected);
  });
});

describe('stale answers (RFC 9111 §4.2.4)', () => {
  it.each([
    ['max-age=1', true],
    ['public', true],
    ['', true],
    ['no-cache="x"', true],
    ['stale-while-revalidate=9', true],
    ['§5.2.2.2', 'must-revalidate', false],
    ['§5.2.2.8', 'proxy-revalidate', false],
    ['§5.2.2.10', 's-maxage=1', false],
    ['§5.2.2.4', 'no-cache', false],
    ['malformed', 'must-revalidate=x', false],
    ['malformed', 's-maxage', false],
    ['malformed', 'no-cache=', false],
  ])('may be used: %s %s', (...row) => {
    const [header, expected] = row.slice(-2) as [string, boolean];
    expect(mayBeStale(cc(header))).toBe(expected);
  });

  it.each([
    ['RFC 5861 §3', 'max-age=1, stale-while-revalidate=30', 0, 30_000, 0],
    ['RFC 5861 §4', 'max-age=1, stale-if-error=30', 0, 0, 30_000],
    ['both', 'stale-if-error=9, stale-while-revalidate=3', 0, 3_000, 9_000],
    ['neither', 'max-age=1', 0, 0, 0],
    ["the route's word where the origin has none", 'max-age=1', 5_000, 0, 5_000],
    ["the origin's word before the route's", 'stale-if-error=0', 5_000, 0, 0],
    ['malformed is none', 'stale-while-revalidate=x, stale-if-error', 5_000, 0, 0],
    ['§4.2.1: of two the smaller', 'stale-while-revalidate=9, stale-while-revalidate=3', 0, 3_000, 0],
    ['§5.2.2.2', 'must-revalidate, stale-while-revalidate=9, stale-if-error=9', 5_000, 0, 0],
    ['§5.2.2.8', 'proxy-revalidate, stale-while-revalidate=9, stale-if-error=9', 5_000, 0, 0],
    ['§5.2.2.4', 'no-cache, stale-while-revalidate=9, stale-if-error=9', 5_000, 0, 0],
    [
      '§5.2.2.4: only of fields',
      'no-cache="x", stale-while-revalidate=9, stale-if-error=9',
      5_000,
      9_000,
      9_000,
    ],
    ["§5.2.2.10: not by the route's word", 's-maxage=1', 5_000, 0, 0],
    [
      "§5.2.2.10: by the origin's own",
      's-maxage=1, stale-while-revalidate=9, stale-if-error=8',
      5_000,
      9_000,
      8_000,
    ],
  ])('windows, %s: %s', (_, header, siePlainMs, swrMs, sieMs) => {
    expect(staleWindows(cc(header), siePlainMs)).toEqual({ swrMs, sieMs });
  });
});

describe('freshness (RFC 9111 §4.2)', () => {
  it.each([
    ['max-age', { 'cache-control': 'max-age=60' }, 60_000, true],
    ['less its age', { 'cache-control': 'max-age=60', age: '20' }, 40_000, true],
    ['below zero', { 'cache-control': 'max-age=60', age: '100' }, -40_000, true],
    ['heuristic', { 'last-modified': inS(-1000), age: '20' }, 80_000, false],
    ['§5.2.2.4: no-cache', { 'cache-control': 'max-age=60, no-cache' }, 0, true],
    [
      '§5.2.2.4: no-cache against heuristics',
      { 'cache-control': 'no-cache', 'last-modified': inS(-1000) },
      0,
      false,
    ],
    ['§5.2.2.4: no-cache of a field', { 'cache-control': 'max-age=60, no-cache="x"' }, 60_000, true],
    ['§5.3: Expires: 0 against heuristics', { expires: '0', 'last-modified': inS(-1000) }, 0, true],
    ['none', {}, 0, false],
  ] as [string, Fields, number, boolean][])('%s', (_, fields, leftMs, explicit) => {
    expect(freshnessOf(received(fields), rulesOf(fields))).toEqual({ expiresMs: NOW + leftMs, explicit });
  });

  /** A value as it is written, and what it means in seconds: undefined where it is absent, null where it is none. */
  const maybe = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: undefined, freq: 2 });
  const seconds = fc.oneof(fc.nat(100), fc.nat(1e6), fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 40));
  const junk = fc.constantFrom('', 'x', '-1', '1.5', '9 9', '5x');
  const deltaS = fc.oneof(
    {
      arbitrary: seconds.map((it) => ({ text: String(it), is: Math.min(it, 2 ** 31) as number | null })),
      weight: 5,
    },
    { arbitrary: junk.map((text) => ({ text, is: null })), weight: 1 },
  );
  const instantS = fc.oneof(
    {
      arbitrary: fc
        .integer({ min: -1e6, max: 1e6 })
        .map((it) => ({ text: inS(it), is: it as number | null })),
      weight: 5,
    },
    {
      arbitrary: fc
        .constantFrom('0', '', 'x', inS(9).replace('GMT', 'PST'))
        .map((text) => ({ text, is: null })),
      weight: 1,
    },
  );
  const response = fc.record({
    status: fc.constantFrom(200, 203, 206, 302, 404, 418, 500),
    isPublic: fc.boolean(),
    noCache: fc.boolean(),
    sMaxAge: maybe(deltaS),
    maxAge: maybe(deltaS),
    expires: maybe(instantS),
    date: maybe(instantS),
    age: maybe(deltaS),
    lastModified: maybe(instantS),
    delayMs: fc.nat(10_000),
    residentS: fc.nat(2e6),
  });
  type Response = typeof response extends fc.Arbitrary<infer T> ? T : never;

  function fieldsOf(it: Response): Fields {
    const directives = [
      ...(it.isPublic ? ['public'] : []),
      ...(it.sMaxAge ? [`s-maxage=${it.sMaxAge.text}`] : []),
      ...(it.maxAge ? [`max-age=${it.maxAge.text}`] : []),
      ...(it.noCache ? ['no-cache'] : []),
    ];
    return {
      'cache-control': directives.join(', '),
      ...(it.expires && { expires: it.expires.text }),
      ...(it.date && { date: it.date.text }),
      ...(it.age && { age: it.age.text }),
      ...(it.lastModified && { 'last-modified': it.lastModified.text }),
    };
  }

  /** RFC 9111 §4.2.3, line by line; in seconds, and 0 is when it was received. */
  function currentAge({ age, date, delayMs }: Response, now: number): number {
    const [ageValue, dateValue, responseTime] = [age?.is ?? 0, date?.is ?? 0, 0];
    const requestTime = responseTime - delayMs / 1000;
    const apparentAge = Math.max(0, responseTime - dateValue);
    const responseDelay = responseTime - requestTime;
    const correctedAgeValue = ageValue + responseDelay;
    const correctedInitialAge = Math.max(apparentAge, correctedAgeValue);
    const residentTime = now - responseTime;
    return correctedInitialAge + residentTime;
  }

  /** RFC 9111 §4.2.1 and §4.2.2, line by line. */
  function freshnessLifetime({ sMaxAge, maxAge, expires, date, lastModified, ...it }: Response): number {
    if (it.noCache) return 0;
    if (sMaxAge) return sMaxAge.is ?? 0;
    if (maxAge) return maxAge.is ?? 0;
    const dateValue = date?.is ?? 0;
    if (expires) return expires.is === null ? 0 : Math.max(0, expires.is - dateValue);
    const isCacheable = [200, 203, 206, 404].includes(it.status) || it.isPublic;
    if (!isCacheable || typeof lastModified?.is !== 'number') return 0;
    return Math.min(86_400, Math.max(0, dateValue - lastModified.is) / 10);
  }

  it('of whatever is sent: fresh exactly where freshness_lifetime > current_age', () => {
    fc.assert(
      fc.property(response, (it) => {
        const fields = fieldsOf(it);
        const got = freshnessOf(received(fields, it), rulesOf(fields));
        const leftS = freshnessLifetime(it) - currentAge(it, 0);
        expect((got.expiresMs - NOW) / 1000).toBeCloseTo(leftS, 3);
        expect(got.explicit).toBe(Boolean(it.sMaxAge ?? it.maxAge ?? it.expires));
        const isFresh = freshnessLifetime(it) > currentAge(it, it.residentS) + 0.000_5;
        if (Math.abs(leftS - it.residentS) > 0.001)
          expect(got.expiresMs > NOW + it.residentS * 1000).toBe(isFresh);
      }),
      { numRuns: 5_000 },
    );
  });

  it('an answer that took longer, or says that it is older, is never fresh for longer', () => {
    fc.assert(
      fc.property(response, fc.nat(10_000), fc.nat(10_000), (it, moreMs, moreS) => {
        const fields = fieldsOf(it);
        const leftMs = (with_: Fields, delayMs: number) => {
          const all = { ...fields, ...with_ };
          return freshnessOf(received(all, { ...it, delayMs }), rulesOf(all)).expiresMs;
        };
        const before = leftMs({}, it.delayMs);
        expect(leftMs({}, it.delayMs + moreMs)).toBeLessThanOrEqual(before);
        const older = String((it.age?.is ?? 0) + moreS);
        expect(leftMs({ age: older }, it.delayMs)).toBeLessThanOrEqual(before);
      }),
      { numRuns: 1_000 },
    );
  });
});

it.each(['"', '\\', ',', ' ', '0', '9', 'a,', 'max-age=1,', 'Sun, '])(
  'work is bounded: 32 KiB of %j in each field, 64 times',
  (unit) => {
    const text = unit.repeat((32 * 1024) / unit.length);
    const names = ['cache-control', 'cdn-cache-control', 'age', 'date', 'expires', 'last-modified'];
    for (let i = 0; i < 64; i += 1) {
      const fields = Object.fromEntries(names.map((name) => [name, text + i]));
      const rules = rulesOf(fields);
      expect(freshnessOf(received(fields), rules).expiresMs).not.toBeNaN();
      staleWindows(rules);
      mayBeStale(rules);
    }
  },
);
