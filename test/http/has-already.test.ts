import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { FieldSet } from '../../src/http/message.ts';
import { hasAlready, isForOrigin } from '../../src/http/preconditions.ts';

const MODIFIED_MS = Date.UTC(1994, 10, 15, 12, 45, 26);
const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';
const EARLIER = 'Tue, 15 Nov 1994 12:45:25 GMT';
const LATER = 'Tue, 15 Nov 1994 12:45:27 GMT';
const NOW = Date.UTC(2026, 9, 5);

type Fields = Readonly<Record<string, string>>;
const has = (request: Fields, stored: Fields, receivedMs = NOW) =>
  hasAlready(new FieldSet(Object.entries(request)), new FieldSet(Object.entries(stored)), {
    receivedMs,
    nowMs: NOW,
  });

describe('If-None-Match (RFC 9111 §4.3.2, RFC 9110 §13.1.2)', () => {
  it.each([
    ['the same tag', '"a"', '"a"', true],
    ['another tag', '"b"', '"a"', false],
    ['in another case', '"A"', '"a"', false],
    ['one of several', '"x", W/"y", "a"', '"a"', true],
    ['none of several', '"x", "y"', '"a"', false],
    ['with empty members', ', ,"a",', '"a"', true],
    ['whatever there is', '*', '"a"', true],
    ['§8.8.3.2: called weak by the client', 'W/"a"', '"a"', true],
    ['§8.8.3.2: weak as it is stored', '"a"', 'W/"a"', true],
    ['§8.8.3.2: weak in both', 'W/"a"', 'W/"a"', true],
    ['the empty tag', '""', '""', true],
    ['a comma in a tag', '"a,b"', '"a,b"', true],
    ['a part of a tag', '"a"', '"a,b"', false],
    ['no tag in the list', '', '"a"', false],
    ['malformed', 'a', '"a"', false],
    ['malformed: lower case', 'w/"a"', '"a"', false],
    ['malformed beside the tag', '"a", b', '"a"', false],
    ['malformed beside *', '*, "a"', '"a"', false],
    ['not a tag, and byte for byte what is stored', 'abc', 'abc', true],
    ['not a tag, and another', 'abd', 'abc', false],
    ['bytes beyond ASCII', '"é"', '"é"', true],
    ['other bytes beyond ASCII', '"è"', '"é"', false],
    ['a long tag', `"${'a'.repeat(bounds.entityTagBytes)}"`, `"${'a'.repeat(bounds.entityTagBytes)}"`, true],
    [
      'another long tag',
      `"${'a'.repeat(bounds.entityTagBytes)}b"`,
      `"${'a'.repeat(bounds.entityTagBytes)}"`,
      false,
    ],
  ])('%s: %.20s', (_, header, etag, expected) => {
    expect(has({ 'if-none-match': header }, { etag })).toBe(expected);
  });

  it('where no tag is stored, none matches but *', () => {
    expect(has({ 'if-none-match': '"a"' }, {})).toBe(false);
    expect(has({ 'if-none-match': '' }, {})).toBe(false);
    expect(has({ 'if-none-match': '*' }, {})).toBe(true);
  });

  it('RFC 9110 §13.2.2: goes before If-Modified-Since, whether it matches or not', () => {
    const stored = { etag: '"a"', 'last-modified': MODIFIED };
    expect(has({ 'if-none-match': '"a"', 'if-modified-since': EARLIER }, stored)).toBe(true);
    expect(has({ 'if-none-match': '"b"', 'if-modified-since': LATER }, stored)).toBe(false);
    expect(has({ 'if-none-match': 'b', 'if-modified-since': LATER }, stored)).toBe(false);
  });

  const opaque = fc.stringMatching(/^[!#-~]{0,6}$/);
  const tag = fc.tuple(fc.boolean(), opaque).map(([weak, it]) => `${weak ? 'W/' : ''}"${it}"`);

  it('§4.3.2: a list matches exactly where it has the tag', () => {
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 8 }), tag, fc.boolean(), (list, stored, put) => {
        const held = put ? [...list.slice(0, 3), stored, ...list.slice(3)] : list;
        const opaqueOf = (it: string) => it.replace(/^W\//, '');
        const expected = held.some((it) => opaqueOf(it) === opaqueOf(stored));
        expect(has({ 'if-none-match': held.join(' , ') }, { etag: stored })).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('no text makes it throw', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'",W/* a\\') }),
    );
    fc.assert(
      fc.property(text, text, (header, etag) => {
        expect(typeof has({ 'if-none-match': header, 'if-modified-since': etag }, { etag })).toBe('boolean');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('If-Modified-Since (RFC 9111 §4.3.2, RFC 9110 §13.1.3)', () => {
  it.each([
    ['1) Last-Modified at that time', MODIFIED, { 'last-modified': MODIFIED }, true],
    ['1) Last-Modified before', LATER, { 'last-modified': MODIFIED }, true],
    ['1) Last-Modified after', EARLIER, { 'last-modified': MODIFIED }, false],
    ['1) Last-Modified goes before Date', EARLIER, { 'last-modified': MODIFIED, date: EARLIER }, false],
    [
      '1) Last-Modified goes before Date',
      LATER,
      { 'last-modified': MODIFIED, date: 'Mon, 05 Oct 2026 00:00:00 GMT' },
      true,
    ],
    ['2) Date at that time', MODIFIED, { date: MODIFIED }, true],
    ['2) Date after', EARLIER, { date: MODIFIED, etag: '"a"' }, false],
    ['RFC 9110 §5.6.7: rfc850-date', 'Tuesday, 15-Nov-94 12:45:26 GMT', { 'last-modified': MODIFIED }, true],
    ['RFC 9110 §5.6.7: asctime-date', 'Tue Nov 15 12:45:25 1994', { 'last-modified': MODIFIED }, false],
    [
      'RFC 9110 §5.6.7: stored as asctime-date',
      MODIFIED,
      { 'last-modified': 'Tue Nov 15 12:45:26 1994' },
      true,
    ],
    ['not a date', 'yesterday', { 'last-modified': MODIFIED }, false],
    ['another format', '2094-11-15T12:45:26Z', { 'last-modified': MODIFIED }, false],
    ['another zone', 'Tue, 15 Nov 2094 12:45:26 EST', { 'last-modified': MODIFIED }, false],
    ['more than one date', `${LATER}, ${LATER}`, { 'last-modified': MODIFIED }, false],
    ['empty', '', { 'last-modified': MODIFIED }, false],
  ] as [string, string, Fields, boolean][])('%s: %s', (_, since, stored, expected) => {
    expect(has({ 'if-modified-since': since }, stored)).toBe(expected);
  });

  it('3) with neither, it is compared with when the answer was received', () => {
    const received = (ms: number) => has({ 'if-modified-since': MODIFIED }, { etag: '"a"' }, ms);
    expect(received(MODIFIED_MS)).toBe(true);
    expect(received(MODIFIED_MS - 1)).toBe(true);
    expect(received(MODIFIED_MS + 1)).toBe(false);
  });

  it('of any instants, it holds exactly where what is stored is not newer', () => {
    const instant = fc.integer({ min: -1e10, max: 2e11 }).map((seconds) => seconds * 1000);
    const near = instant.chain((at) => fc.tuple(fc.constant(at), fc.integer({ min: -2, max: 2 })));
    fc.assert(
      fc.property(near, fc.constantFrom('last-modified', 'date', 'received'), ([at, seconds], by) => {
        const sinceMs = at + seconds * 1000;
        const text = (ms: number) => new Date(ms).toUTCString();
        const stored: Fields = by === 'received' ? {} : { [by]: text(at) };
        expect(has({ 'if-modified-since': text(sinceMs) }, stored, at)).toBe(at <= sinceMs);
      }),
      { numRuns: 1_000 },
    );
  });
});

it('without a condition nobody has it already (RFC 9111 §4.3.2)', () => {
  expect(has({}, { etag: '"a"', 'last-modified': MODIFIED })).toBe(false);
  expect(has({ 'if-match': '"a"', 'if-unmodified-since': LATER, 'if-range': '"a"' }, { etag: '"a"' })).toBe(
    false,
  );
});

it('If-Match and If-Unmodified-Since are for the origin alone (RFC 9111 §4.3.2)', () => {
  const isFor = (name: string) => isForOrigin(new FieldSet([[name, '*']]));
  expect(['if-match', 'if-unmodified-since'].map(isFor)).toEqual([true, true]);
  expect(['if-none-match', 'if-modified-since', 'if-range', 'range'].some(isFor)).toBe(false);
});

it.each(['"', '\\', ',', ' ', '"a",', '"a" ', 'W/', 'W/"a', '*,', '",'])(
  'work is bounded: 32 KiB of %j, 64 times',
  (unit) => {
    const text = unit.repeat((32 * 1024) / unit.length);
    for (let i = 0; i < 64; i += 1) {
      has({ 'if-none-match': `${text}${i}` }, { etag: '"a"' });
      has({ 'if-none-match': `${text}${i}` }, { etag: text });
      has({ 'if-modified-since': `${text}${i}` }, { 'last-modified': text });
    }
  },
);
