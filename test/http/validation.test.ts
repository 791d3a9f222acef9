import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import type { HeaderList } from '../../src/http/message.ts';
import { FieldSet } from '../../src/http/message.ts';
import { conditionsFor, confirms, describes, updatedFields } from '../../src/http/validation.ts';

type Fields = Readonly<Record<string, string>>;
const set = (fields: Fields) => new FieldSet(Object.entries(fields));
const list = (fields: Fields): HeaderList => Object.entries(fields);

const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';
const LATER = 'Tue, 15 Nov 1994 12:45:27 GMT';

describe('asking the origin (RFC 9111 §4.3.1)', () => {
  it.each([
    ['a tag', { etag: '"a"' }, { 'if-none-match': '"a"' }],
    ['a weak tag', { etag: 'W/"a"' }, { 'if-none-match': 'W/"a"' }],
    ['an odd tag, byte for byte', { etag: '"a,b\\c-gzip"' }, { 'if-none-match': '"a,b\\c-gzip"' }],
    ['a date', { 'last-modified': MODIFIED }, { 'if-modified-since': MODIFIED }],
    [
      'both',
      { etag: '"a"', 'last-modified': MODIFIED },
      { 'if-none-match': '"a"', 'if-modified-since': MODIFIED },
    ],
    ['neither', { date: MODIFIED, 'cache-control': 'max-age=1' }, {}],
  ] as [string, Fields, Fields][])('%s', (_, stored, expected) => {
    expect(Object.fromEntries(conditionsFor(set(stored)))).toEqual(expected);
  });

  it.each([
    ['nothing stored for the request', null, ['"b"', 'W/"c"'], { 'if-none-match': '"b", W/"c"' }],
    ['its own first, each once', { etag: '"a"' }, ['"b"', '"a"', '"b"'], { 'if-none-match': '"a", "b"' }],
    ['its own has none', { date: MODIFIED }, ['"b"'], { 'if-none-match': '"b"' }],
    ['none at all', null, [], {}],
  ] as [string, Fields | null, string[], Fields][])('and others: %s', (_, stored, others, expected) => {
    expect(Object.fromEntries(conditionsFor(stored && set(stored), others))).toEqual(expected);
  });
});

describe('what a 304 updates (RFC 9111 §3.2)', () => {
  it.each([
    ['a field that it has', { 'x-a': '1' }, { 'x-a': '2' }, { 'x-a': '2' }],
    ['a field that is new', { 'x-a': '1' }, { 'x-b': '2' }, { 'x-a': '1', 'x-b': '2' }],
    ['not a field that it lacks', { vary: 'a' }, {}, { vary: 'a' }],
    ['not Content-Length', { 'content-length': '9' }, { 'content-length': '0' }, { 'content-length': '9' }],
    [
      'not Content-Encoding',
      { 'content-encoding': 'br' },
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'br' },
    ],
    ['not Content-Range, even where none is stored', {}, { 'content-range': 'bytes 0-1/2' }, {}],
    ['not the tag', { etag: '"a"' }, { etag: 'W/"a"' }, { etag: '"a"' }],
    [
      'Content-Type',
      { 'content-type': 'text/plain' },
      { 'content-type': 'text/html' },
      { 'content-type': 'text/html' },
    ],
    [
      'Cache-Control and Date',
      { 'cache-control': 'max-age=1', date: MODIFIED },
      { 'cache-control': 'max-age=2', date: LATER },
      { 'cache-control': 'max-age=2', date: LATER },
    ],
    ['the age on arrival, which was of the former answer', { age: '9' }, {}, {}],
    ['its own age', { age: '9' }, { age: '1' }, { age: '1' }],
    ['how the former answer came', { 'cache-status': 'x', 'server-timing': 'y' }, {}, {}],
  ] as [string, Fields, Fields, Fields][])('%s', (_, stored, newer, expected) => {
    expect(Object.fromEntries(updatedFields(list(stored), list(newer)))).toEqual(expected);
  });

  it('all lines of a name at once', () => {
    const stored: HeaderList = [
      ['link', '<a>'],
      ['x-a', '1'],
      ['link', '<b>'],
    ];
    const newer: HeaderList = [
      ['link', '<c>'],
      ['link', '<d>'],
    ];
    expect(updatedFields(stored, newer)).toEqual([
      ['x-a', '1'],
      ['link', '<c>'],
      ['link', '<d>'],
    ]);
  });

  const name = fc.constantFrom(
    'x-a',
    'x-b',
    'vary',
    'link',
    'etag',
    'content-length',
    'content-encoding',
    'date',
  );
  const lines = fc.array(fc.tuple(name, fc.constantFrom('1', '2', '3')), { maxLength: 8 });
  const ofBody = ['etag', 'content-length', 'content-encoding'];
  const of = (them: HeaderList, asked: string) =>
    them.filter(([it]) => it === asked).map(([, value]) => value);

  it('of whatever lines there are, each name has those of one answer', () => {
    fc.assert(
      fc.property(lines, lines, (stored, newer) => {
        const updated = updatedFields(stored, newer);
        for (const asked of new Set([...stored, ...newer].map(([it]) => it))) {
          const isNewer = of(newer, asked).length > 0 && !ofBody.includes(asked);
          expect(of(updated, asked)).toEqual(of(isNewer ? newer : stored, asked));
        }
        expect(updatedFields(updated, newer).toSorted()).toEqual(updated.toSorted());
        expect(updatedFields(stored, [])).toEqual(stored);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('which answer a 304 speaks of (RFC 9111 §4.3.4)', () => {
  const long = (end: string) => `"${'a'.repeat(bounds.entityTagBytes)}${end}"`;
  it.each([
    ['the same tag', { etag: '"a"' }, { etag: '"a"' }, true],
    ['another tag', { etag: '"b"' }, { etag: '"a"' }, false],
    ['a tag where none is stored', { etag: '"a"' }, { 'last-modified': MODIFIED }, false],
    ['a weak tag, where the same is stored as strong', { etag: 'W/"a"' }, { etag: '"a"' }, true],
    ['a weak tag, where the same is stored', { etag: 'W/"a"' }, { etag: 'W/"a"' }, true],
    [
      'a strong tag, where the same is stored as weak: nothing has that validator',
      { etag: '"a"' },
      { etag: 'W/"a"' },
      false,
    ],
    [
      'the tag before the date',
      { etag: '"a"', 'last-modified': LATER },
      { etag: '"a"', 'last-modified': MODIFIED },
      true,
    ],
    [
      'another tag, though the date is the same',
      { etag: '"b"', 'last-modified': MODIFIED },
      { etag: '"a"', 'last-modified': MODIFIED },
      false,
    ],
    ['the same date', { 'last-modified': MODIFIED }, { 'last-modified': MODIFIED }, true],
    ['another date', { 'last-modified': LATER }, { 'last-modified': MODIFIED }, false],
    [
      'a date where none is stored: nothing has that validator',
      { 'last-modified': MODIFIED },
      { etag: '"a"' },
      false,
    ],
    ['neither, as an answer to what was asked', {}, { etag: '"a"', 'last-modified': MODIFIED }, true],
    ['the same tag, too long to be read', { etag: long('') }, { etag: long('') }, true],
    ['another tag, too long to be read', { etag: long('b') }, { etag: long('c') }, false],
    ['the same tag, without its quotes', { etag: 'a' }, { etag: 'a' }, true],
    ['another tag, without its quotes', { etag: 'b' }, { etag: 'a' }, false],
    ['a tag without its quotes, where a tag is stored', { etag: 'b' }, { etag: '"a"' }, false],
    ['another tag beyond ASCII', { etag: '"é"' }, { etag: '"è"' }, false],
  ] as [string, Fields, Fields, boolean][])('%s', (_, notModified, stored, expected) => {
    expect(confirms(set(notModified), set(stored))).toBe(expected);
  });

  it('of whatever tags, never one that is another', () => {
    const tag = fc
      .tuple(
        fc.constantFrom('', 'W/'),
        fc.constantFrom('"', ''),
        fc.stringMatching(/^[!#-~é]{1,3}$/),
        fc.constantFrom('', 'a'.repeat(300)),
      )
      .map(([weak, quote, text, more]) => `${weak}${quote}${text}${more}${quote}`);
    const opaque = (it: string) => it.replace(/^W\//, '');
    fc.assert(
      fc.property(tag, tag, (one, other) => {
        if (opaque(one) !== opaque(other))
          expect(confirms(set({ etag: one }), set({ etag: other }))).toBe(false);
        expect(confirms(set({ etag: one }), set({ etag: one }))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('which answer a HEAD speaks of (RFC 9111 §4.3.5)', () => {
  const both = { etag: '"a"', 'last-modified': MODIFIED };
  const coded = (names: string) => ({ 'content-encoding': names });
  const gzip = coded('gzip');
  const differentlyCoded: [string, Fields, Fields][] = [
    ['not coded, of another length', { ...both, 'content-length': '9' }, { ...both, ...gzip }],
    ['not coded, with another tag', { etag: '"a"' }, { etag: '"a-gzip"', ...gzip }],
    ['not coded, with a strong tag', { etag: '"a"' }, { etag: 'W/"a"', ...gzip }],
    ['not coded, with the same tag', { etag: '"a"' }, { etag: '"a"', ...gzip }],
    ['not coded, with another date', { 'last-modified': LATER }, { 'last-modified': MODIFIED, ...gzip }],
    ['not coded, and a length alone', { 'content-length': '9' }, gzip],
    ['coded, where what is stored is not', { etag: '"a-gzip"', ...gzip }, { etag: '"a"' }],
    ['in another coding', { etag: '"a-br"', ...coded('br') }, { etag: '"a-gzip"', ...gzip }],
    ['in one coding more', { etag: '"b"', ...coded('gzip, br') }, { etag: '"a"', ...gzip }],
    ['in another order', { etag: '"b"', ...coded('br, gzip') }, { etag: '"a"', ...coded('gzip, br') }],
  ];
  it.each([
    ['the same tag', { etag: '"a"' }, both, 'same'],
    ['the same date', { 'last-modified': MODIFIED }, both, 'same'],
    ['both', both, both, 'same'],
    ['with the same length', { ...both, 'content-length': '8' }, both, 'same'],
    ['another tag', { etag: '"b"' }, both, 'other'],
    ['another tag, though the date is the same', { ...both, etag: '"b"' }, both, 'other'],
    ['another date', { 'last-modified': LATER }, both, 'other'],
    ['another date, though the tag is the same', { ...both, 'last-modified': LATER }, both, 'other'],
    ['another length', { ...both, 'content-length': '9' }, both, 'other'],
    ['another length, and nothing else', { 'content-length': '9' }, {}, 'other'],
    ['a length that is none', { ...both, 'content-length': 'x' }, both, 'other'],
    ['nothing', {}, both, 'unknown'],
    ['the same length, and nothing else', { 'content-length': '8' }, {}, 'unknown'],
    ['a tag where none is stored', { etag: '"a"' }, {}, 'other'],
    ['a date where only a tag is stored', { 'last-modified': MODIFIED }, { etag: '"a"' }, 'other'],
    ['a weak tag where a strong one is stored', { etag: 'W/"a"' }, { etag: '"a"' }, 'other'],
    ...differentlyCoded.map(([why, head, stored]) => [why, head, stored, 'unknown']),
    ['the same coding', { ...gzip, etag: '"a"' }, { ...gzip, etag: '"a"' }, 'same'],
    ['the same coding and another tag', { ...gzip, etag: '"b"' }, { ...gzip, etag: '"a"' }, 'other'],
    [
      'the same coding by another name',
      { ...coded('X-GZIP'), etag: '"a"' },
      { ...gzip, etag: '"a"' },
      'same',
    ],
    [
      'the same codings with spaces',
      { ...coded('gzip ,br,'), etag: '"a"' },
      { ...coded('gzip, br'), etag: '"a"' },
      'same',
    ],
    ['identity, which is no coding', { ...coded('identity'), etag: '"a"' }, { etag: '"a"' }, 'same'],
    ['identity, and another tag', { ...coded('identity'), etag: '"b"' }, { etag: '"a"' }, 'other'],
  ] as [string, Fields, Fields, string][])('%s: %s', (_, head, stored, expected) => {
    expect(describes(set(head), set(stored), 8)).toBe(expected);
  });

  it('any received validator must be stored: a tag that is new is no match, though the date is the same', () => {
    expect(describes(set(both), set({ 'last-modified': MODIFIED }), 8)).toBe('other');
  });

  it('of whatever is sent: the same only where each validator is', () => {
    const fields = fc.record(
      {
        etag: fc.constantFrom('"a"', '"b"', 'W/"a"'),
        'last-modified': fc.constantFrom(MODIFIED, LATER),
        'content-length': fc.constantFrom('8', '9'),
        'content-encoding': fc.constantFrom('gzip', 'br'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, fields, (head, stored) => {
        const sameCoding = head['content-encoding'] === stored['content-encoding'];
        const validators = (['etag', 'last-modified'] as const).filter((it) => head[it]);
        const isOther = validators.some((it) => head[it] !== stored[it]) || head['content-length'] === '9';
        const expected = isOther ? 'other' : validators.length > 0 ? 'same' : 'unknown';
        expect(describes(set(head), set(stored), 8)).toBe(sameCoding ? expected : 'unknown');
      }),
    );
  });
});

it.each(['"', '\\', ',', ' ', 'W/', '"a",'])('work is bounded: 32 KiB of %j, 64 times', (unit) => {
  const text = unit.repeat((32 * 1024) / unit.length);
  for (let i = 0; i < 64; i += 1) {
    const fields = { etag: text + i, 'last-modified': text + i, 'content-length': text + i };
    confirms(set(fields), set(fields));
    describes(set(fields), set(fields), 8);
  }
});
