import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from '../../src/http/message.ts';
import { joinParts, sizeOfRange, storableRange, union } from '../../src/http/parts.ts';

const at = (first: number, last: number, length = 10) => ({ first, last, length });

describe('what can be stored of a 206 (RFC 9111 §3.3)', () => {
  const fields = { etag: '"a"', 'content-range': 'bytes 2-4/10' };
  const of = (more: Record<string, string> = {}) => new FieldSet(Object.entries({ ...fields, ...more }));

  it('is one part of a known length under a strong tag', () => {
    expect(storableRange(of(), undefined)).toEqual(at(2, 4));
    expect(storableRange(of(), 3)).toEqual(at(2, 4));
  });
  it.each([
    ['a weak tag', { etag: 'W/"a"' }, 3],
    ['no tag', { etag: '' }, 3],
    ['an unknown length', { 'content-range': 'bytes 2-4/*' }, 3],
    ['several parts', { 'content-type': 'multipart/byteranges; boundary=x' }, 3],
    ['less content than that', {}, 2],
    ['more content than that', {}, 4],
    ['no content', {}, 0],
  ])('is nothing with %s', (_, more, length) => {
    expect(storableRange(of(more as Record<string, string>), length)).toBeNull();
  });
});

describe('two parts (RFC 9111 §3.4)', () => {
  it.each([
    ['that touch', at(0, 4), at(5, 9), at(0, 9)],
    ['that overlap', at(0, 6), at(4, 9), at(0, 9)],
    ['of which one is in the other', at(0, 9), at(4, 5), at(0, 9)],
    ['that are one', at(4, 5), at(4, 5), at(4, 5)],
  ])('%s are one', (_, a, b, both) => {
    expect(union(a, b)).toEqual(both);
    expect(union(b, a)).toEqual(both);
  });
  it.each([
    ['with a gap of a byte', at(0, 3), at(5, 9)],
    ['of bodies of different lengths', at(0, 4), at(5, 9, 11)],
  ])('%s are not', (_, a, b) => {
    expect(union(a, b)).toBeNull();
    expect(union(b, a)).toBeNull();
  });

  it('of one body, joined, have its bytes, and of two the newer one’s where both have them', () => {
    const inBody = fc.tuple(fc.nat(19), fc.nat(19)).map(([a, b]) => at(Math.min(a, b), Math.max(a, b), 20));
    fc.assert(
      fc.property(inBody, inBody, (a, b) => {
        const both = union(a, b);
        const covered = (place: number) => [a, b].some(({ first, last }) => first <= place && place <= last);
        const places = Array.from({ length: 20 }, (_, i) => i).filter(covered);
        const hasGap = places.at(-1)! - places[0]! + 1 !== places.length;
        expect(both === null).toBe(hasGap);
        if (!both) return;
        const filled = (range: typeof a, by: number) => ({
          range,
          bytes: Uint8Array.from({ length: sizeOfRange(range) }, (_, i) => range.first + i + by),
        });
        const { range, bytes } = joinParts(filled(a, 0), filled(b, 100), both);
        expect(range).toEqual(both);
        const isNewer = (place: number) => b.first <= place && place <= b.last;
        expect([...bytes]).toEqual(places.map((place) => place + (isNewer(place) ? 100 : 0)));
      }),
    );
  });
});
