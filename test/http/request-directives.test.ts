import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from '../../src/http/message.ts';
import { asksForMore, noDirectives, requestDirectives } from '../../src/http/request-directives.ts';

type Fields = Readonly<Record<string, string>>;
const of = (fields: Fields) => requestDirectives(new FieldSet(Object.entries(fields)));
const cc = (value: string) => of({ 'cache-control': value });
const INFINITE = Number.POSITIVE_INFINITY;

describe("a request's Cache-Control (RFC 9111 §5.2.1)", () => {
  it.each([
    ['nothing', 'x', {}],
    ['§5.2.1.1: max-age', 'max-age=60', { maxAgeMs: 60_000 }],
    ['§5.2.1.1: max-age=0', 'max-age=0', { maxAgeMs: 0 }],
    ['§5.2.1.2: max-stale', 'max-stale=60', { maxStaleMs: 60_000 }],
    ['§5.2.1.2: max-stale, however long', 'max-stale', { maxStaleMs: INFINITE }],
    ['§5.2.1.3: min-fresh', 'min-fresh=60', { minFreshMs: 60_000 }],
    ['§5.2.1.4: no-cache', 'no-cache', { noCache: true }],
    ['§5.2.1.5: no-store', 'no-store', { noStore: true }],
    ['§5.2.1.6: no-transform says nothing of storing', 'no-transform', {}],
    ['§5.2.1.7: only-if-cached', 'only-if-cached', { onlyIfCached: true }],
    ['RFC 5861 §4: stale-if-error', 'stale-if-error=60', { staleIfErrorMs: 60_000 }],
    [
      'all',
      'no-cache, NO-STORE, max-age="5",max-stale=6, min-fresh=7, only-if-cached',
      {
        ...{
          noCache: true,
          noStore: true,
          onlyIfCached: true,
          maxAgeMs: 5_000,
          maxStaleMs: 6_000,
          minFreshMs: 7_000,
        },
      },
    ],
    ['§5.2: not in a quoted string', 'x="no-cache, no-store, max-age=0"', {}],
    ['§5.2.2: nothing of answers', 'private, must-revalidate, s-maxage=1, stale-while-revalidate=1', {}],
    ['§4.2.1: a max-age that is no number', 'max-age=x', { maxAgeMs: 0 }],
    ['§5.2.1.2: a max-stale that is no number', 'max-stale=x', { maxStaleMs: 0 }],
    ['§5.2.1.2: a max-stale of nothing, which is no number', 'max-stale=""', { maxStaleMs: 0 }],
    ['§5.2.1.2: a max-stale that breaks off', 'max-stale=', { maxStaleMs: 0 }],
    ['§5.2.1.2: a max-stale that is malformed', 'max-stale 5', { maxStaleMs: 0 }],
    ['§5.2.1.3: a min-fresh that is no number', 'min-fresh=x', {}],
    ['§5.2.1.4: no-cache, malformed', 'no-cache=x y', { noCache: true }],
    ['§1.2.2: as long as can be', 'max-stale=99999999999', { maxStaleMs: 2 ** 31 * 1000 }],
  ])('%s', (_, header, expected) => {
    expect(cc(header)).toEqual({ ...noDirectives, ...expected });
  });

  it.each([
    'max-stale, max-stale=5',
    'max-stale=5, max-stale',
    'max-stale=9, max-stale=5',
    'max-stale=5, max-stale=x',
  ])('§4.2.1: of two max-stale the more restrictive counts: %s', (header) => {
    expect(cc(header).maxStaleMs).toBeLessThanOrEqual(5_000);
  });

  it('without it nothing is asked for', () => {
    expect(of({})).toEqual(noDirectives);
    expect(asksForMore(noDirectives)).toBe(false);
  });
});

describe('Pragma (RFC 9111 §5.4)', () => {
  it.each([
    ['no-cache', true],
    ['NO-Cache', true],
    ['x, no-cache', true],
    [' no-cache , x="y"', true],
    ['no-cached', false],
    ['x-no-cache', false],
    ['x=no-cache', false],
    ['', false],
  ])('%j: %s', (pragma, noCache) => {
    expect(of({ pragma })).toEqual({ ...noDirectives, noCache });
  });

  it('says nothing beside Cache-Control', () => {
    expect(of({ pragma: 'no-cache', 'cache-control': 'x' })).toEqual(noDirectives);
    expect(of({ pragma: 'no-cache', 'cache-control': '' })).toEqual(noDirectives);
  });
});

describe('whether a wish could have made a difference to what is fresh', () => {
  it.each([
    ['no-cache', true],
    ['no-store', true],
    ['only-if-cached', true],
    ['max-age=0', true],
    ['max-age=60', true],
    ['min-fresh=1', true],
    ['min-fresh=0', false],
    ['max-stale', false],
    ['max-stale=60', false],
    ['stale-if-error=60', false],
    ['x', false],
  ])('%s: %s', (header, expected) => {
    expect(asksForMore(cc(header))).toBe(expected);
  });
});

describe('of whatever is sent', () => {
  it('times are whole ms and not negative, and no text makes it throw', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'=", 059-', 'max-age', 'max-stale', 'min-fresh', 'no-cache') }),
    );
    fc.assert(
      fc.property(text, text, fc.boolean(), (header, pragma, both) => {
        const it = of({ ...(both && { 'cache-control': header }), pragma });
        for (const ms of [it.maxAgeMs ?? 0, it.minFreshMs, it.staleIfErrorMs])
          expect(Number.isSafeInteger(ms) && ms >= 0).toBe(true);
        expect(
          it.maxStaleMs === INFINITE || (Number.isSafeInteger(it.maxStaleMs) && it.maxStaleMs >= 0),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['"', '\\', ',', ' ', ', ', 'a,', 'no-cache ', 'no-cache', ', no-cache x', ',\t'])(
    'work is bounded: 32 KiB of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1) {
        of({ 'cache-control': `${text}${i}` });
        of({ pragma: `,${text}${i}` });
      }
    },
  );
});
