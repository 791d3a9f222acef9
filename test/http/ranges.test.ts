import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { FieldSet } from '../../src/http/message.ts';
import { contentRangeOf, ifRangeHolds, isOneRange, rangeOf } from '../../src/http/ranges.ts';

describe('Range (RFC 9110 §14.1.2, §14.2)', () => {
  it.each([
    ['§14.1.2: the first 500 bytes', 'bytes=0-499', 10_000, { first: 0, last: 499 }],
    ['§14.1.2: the second 500 bytes', 'bytes=500-999', 10_000, { first: 500, last: 999 }],
    ['§14.1.2: the last 500 bytes', 'bytes=-500', 10_000, { first: 9_500, last: 9_999 }],
    ['§14.1.2: all from 9500', 'bytes=9500-', 10_000, { first: 9_500, last: 9_999 }],
    ['the first byte', 'bytes=0-0', 10, { first: 0, last: 0 }],
    ['the last byte', 'bytes=-1', 10, { first: 9, last: 9 }],
    ['all, as a range', 'bytes=0-', 10, { first: 0, last: 9 }],
    ['§14.1.2: an end beyond the body is the last byte', 'bytes=5-99', 10, { first: 5, last: 9 }],
    ['§14.1.2: an end beyond all numbers', `bytes=5-${'9'.repeat(400)}`, 10, { first: 5, last: 9 }],
    ['§14.1.2: a suffix longer than the body is all of it', 'bytes=-99', 10, { first: 0, last: 9 }],
    ['leading zeros', 'bytes=003-0005', 10, { first: 3, last: 5 }],
    ['§14.1: units in any case', 'Bytes=1-2', 10, { first: 1, last: 2 }],
    ['§15.5.17: from behind the last byte', 'bytes=10-', 10, 'unsatisfiable'],
    ['§15.5.17: from behind it, with an end', 'bytes=10-12', 10, 'unsatisfiable'],
    ['§15.5.17: from beyond all numbers', `bytes=${'9'.repeat(400)}-`, 10, 'unsatisfiable'],
    ['§14.1.2: a suffix of nothing', 'bytes=-0', 10, 'unsatisfiable'],
    ['§15.5.17: from the start of an empty body', 'bytes=0-', 0, 'unsatisfiable'],
    ['§14.1.2: a suffix of an empty body, which is satisfied by all of it', 'bytes=-5', 0, 'complete'],
  ] as const)('%s', (_, header, length, expected) => {
    expect(rangeOf(header, length)).toEqual(expected);
  });

  it.each([
    null,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5',
    'bytes=a-b',
    'bytes=1-b',
    'bytes=5-4',
    'bytes=1-2-3',
    'bytes=--1',
    'bytes=+1-2',
    'bytes=1.0-2',
    'bytes=0x1-2',
    'bytes=1 - 2',
    'bytes:1-2',
    'items=1-2',
    'octets=-2',
    '1-2',
    'bytes=١-٢',
    'bytes=1-2;x',
    'bytes=0-1,3-4',
    'bytes=0-0,-1',
    'bytes=-1,-2',
  ])('§14.2: is ignored: %s', (header) => {
    expect(rangeOf(header, 10)).toBe('complete');
  });

  /** RFC 9110 §14.1.2, read byte by byte. */
  function bytesOf(first: bigint | null, last: bigint | null, length: number): number[] {
    const all = Array.from({ length }, (_, at) => at);
    if (first === null) return last === 0n ? [] : all.filter((at) => BigInt(at) >= BigInt(length) - last!);
    return all.filter((at) => BigInt(at) >= first && (last === null || BigInt(at) <= last));
  }
  const position = fc.oneof(
    fc.bigInt({ min: 0n, max: 25n }),
    fc.bigInt({ min: 0n, max: 2n ** 70n }),
    fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n),
  );

  it('of every range and every length, it is the bytes that the range has in common with the body', () => {
    const range = fc.oneof(fc.tuple(position, fc.option(position)), fc.tuple(fc.constant(null), position));
    fc.assert(
      fc.property(range, fc.nat(20), fc.nat(3), ([first, last], length, zeros) => {
        const text = (it: bigint | null) => (it === null ? '' : '0'.repeat(zeros) + it);
        const got = rangeOf(`bytes=${text(first)}-${text(last)}`, length);
        const bytes = bytesOf(first, last, length);
        // §14.2: one that ends before it begins may be ignored, or refused.
        if (first !== null && last !== null && last < first) expect(got).toBeTypeOf('string');
        else if (bytes.length > 0) expect(got).toEqual({ first: bytes[0], last: bytes.at(-1) });
        else if (first !== null || last === 0n) expect(got).toBe('unsatisfiable');
        else expect(got).toBeTypeOf('string');
      }),
      { numRuns: 5_000 },
    );
  });

  it('all short ranges of all short bodies', () => {
    for (let length = 0; length < 12; length += 1) {
      for (let first = 0; first < 14; first += 1) {
        for (let last = first; last < 14; last += 1) {
          const expected = first < length ? { first, last: Math.min(last, length - 1) } : 'unsatisfiable';
          expect(rangeOf(`bytes=${first}-${last}`, length)).toEqual(expected);
        }
      }
    }
  });

  it('of whatever is sent, it is inside the body', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-,= ', 'bytes', 'bytes=') });
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      text,
      text.map((it) => `bytes=${it}`),
    );
    fc.assert(
      fc.property(header, fc.oneof(fc.nat(20), fc.maxSafeNat()), (it, length) => {
        const got = rangeOf(it, length);
        if (typeof got === 'string') return;
        expect(Number.isSafeInteger(got.first) && Number.isSafeInteger(got.last)).toBe(true);
        expect(got.first).toBeGreaterThanOrEqual(0);
        expect(got.last).toBeGreaterThanOrEqual(got.first);
        expect(got.last).toBeLessThan(length);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([' ', '\t', '0', '9', '-', '0-', '0-1,', '=', ',', '"', '\\'])(
    'work is bounded: 32 KiB of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1)
        for (const it of [text, `bytes${text}`, `bytes=${text}`, `bytes=0-${text}`, `bytes=${text}x`])
          rangeOf(`${it}${i}`, 100);
    },
  );
});

describe('If-Range (RFC 9110 §13.1.5)', () => {
  const NOW = Date.UTC(2026, 9, 5);
  const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';
  const stored = { etag: '"a"', 'last-modified': MODIFIED, date: 'Tue, 15 Nov 1994 12:45:27 GMT' };
  const holds = (header: string | null, fields: Readonly<Record<string, string>> = stored) =>
    ifRangeHolds(header, new FieldSet(Object.entries(fields)), NOW);
  const long = `"${'a'.repeat(bounds.entityTagBytes)}"`;

  it.each([
    ['absent', null, stored, true],
    ['the tag that is stored', '"a"', stored, true],
    ['with space around it', ' "a" ', stored, true],
    ['another tag', '"b"', stored, false],
    ['in another case', '"A"', stored, false],
    ['§8.8.3.2: strong comparison: weak', 'W/"a"', stored, false],
    ['§8.8.3.2: strong comparison: stored as weak', '"a"', { ...stored, etag: 'W/"a"' }, false],
    ['§8.8.3.2: strong comparison: both weak', 'W/"a"', { ...stored, etag: 'W/"a"' }, false],
    ['a tag where none is stored', '"a"', { 'last-modified': MODIFIED }, false],
    ['more than one tag', '"a", "b"', stored, false],
    ['any', '*', stored, false],
    ['not a tag', 'a', stored, false],
    ['empty', '', stored, false],
    ['another tag, too long to be kept', long.replace('a', 'b'), { ...stored, etag: long }, false],
    ['the date that is stored', MODIFIED, stored, true],
    ['a later date', 'Tue, 15 Nov 1994 12:45:27 GMT', stored, false],
    ['an earlier date', 'Tue, 15 Nov 1994 12:45:25 GMT', stored, false],
    ['the same date in another form, which is not exact', 'Tue Nov 15 12:45:26 1994', stored, false],
    ['a date where none is stored', MODIFIED, { etag: '"a"' }, false],
    ['what is no date, though it is stored', 'yesterday', { ...stored, 'last-modified': 'yesterday' }, false],
    ['§8.8.2.2: a date of the second in which it was sent', MODIFIED, { ...stored, date: MODIFIED }, false],
    [
      '§8.8.2.2: a date later than it was sent',
      MODIFIED,
      { ...stored, date: 'Tue, 15 Nov 1994 12:45:25 GMT' },
      false,
    ],
    ['§8.8.2.2: a date, where nobody knows when it was sent', MODIFIED, { 'last-modified': MODIFIED }, false],
  ] as [string, string | null, Record<string, string>, boolean][])('%s', (_, header, fields, expected) => {
    expect(holds(header, fields)).toBe(expected);
  });

  it('of whatever is sent, only a strong tag or a date that is stored holds', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'"W/ab, ') }),
      fc.constantFrom(MODIFIED, '"a"'),
    );
    fc.assert(
      fc.property(text, text, fc.boolean(), (header, other, same) => {
        const etag = same ? header : other;
        if (!holds(header, { ...stored, etag })) return;
        const isTag = /^"[^"]*"$/.test(header.trim()) && header.trim() === etag;
        expect(isTag || header.trim() === MODIFIED).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['"', '\\', ',', ' ', 'W/'])('work is bounded: 32 KiB of %j, 64 times', (unit) => {
    const text = unit.repeat((32 * 1024) / unit.length);
    for (let i = 0; i < 64; i += 1) holds(`x${text}${i}`, { etag: text, 'last-modified': text });
  });
});

describe('Content-Range (RFC 9110 §14.4)', () => {
  it.each([
    ['bytes 0-0/1', { first: 0, last: 0, length: 1 }],
    ['bytes 42-1233/1234', { first: 42, last: 1_233, length: 1_234 }],
    ['Bytes 2-4/10', { first: 2, last: 4, length: 10 }],
  ])('is %s', (header, expected) => {
    expect(contentRangeOf(header)).toEqual(expected);
  });

  it.each([
    null,
    '',
    'bytes 2-4/*',
    'bytes */10',
    'bytes 4-2/10',
    'bytes 2-4/4',
    'bytes 2-/10',
    'bytes -2/10',
    'bytes=2-4/10',
    'bytes 2-4',
    'bytes 2-4/10, bytes 5-6/10',
    'items 2-4/10',
    'bytes 0x2-4/10',
    `bytes 0-${'9'.repeat(16)}/${'9'.repeat(17)}`,
    `bytes ${'9'.repeat(400)}-${'9'.repeat(400)}/${'9'.repeat(401)}`,
  ])('is none: %s', (header) => {
    expect(contentRangeOf(header)).toBeNull();
  });
});

describe('one range of bytes', () => {
  it.each(['bytes=0-1', 'bytes=5-', 'bytes=-5', 'Bytes = 1-2 '])('is %s', (header) => {
    expect(isOneRange(header)).toBe(true);
  });
  it.each([null, '', 'bytes=', 'bytes=-', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b'])(
    'is not %s',
    (header) => {
      expect(isOneRange(header)).toBe(false);
    },
  );
});
