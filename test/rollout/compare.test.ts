import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { differencesOf, type Representation } from '../../src/rollout/compare.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const answer = (text: string, different: Partial<Representation> = {}): Representation => ({
  status: 200,
  headers: [['content-type', 'application/json']],
  body: bytes(text),
  ...different,
});
const compared = (
  a: Representation,
  b: Representation,
  { ignoring = [], headers = [] }: { ignoring?: readonly string[]; headers?: readonly string[] } = {},
) => differencesOf(a, b, { ignoring, headers });
const ofJson = (a: string, b: string, ignoring: readonly string[] = []) =>
  compared(answer(a), answer(b), { ignoring }).map((it) =>
    it.in === 'body' ? (it.path?.map(({ name }) => name).join('.') ?? 'bytes') : it.in,
  );

describe('JSON counts by value', () => {
  test.each([
    ['space and order of fields', '{"a":1,"b":[1,2]}', '{ "b" : [1, 2],\n "a": 1 }'],
    ['1 and 1.0', '{"a":1}', '{"a":1.0}'],
    ['1 and 1e0', '1', '1e0'],
    ['100 and 1E+2', '[100]', '[1E+2]'],
    ['0.5 and 5e-1', '0.5', '5e-1'],
    ['0 and -0.0', '0', '-0.0'],
    ['a number beyond the largest double', '1e400', '10e399'],
    ['digits beyond a double', '0.10000000000000000001', '1.0000000000000000001e-1'],
    ['an escape and its character', '"caf\\u00e9"', '"café"'],
    ['a pair of surrogates', '"\\ud83d\\ude00"', '"😀"'],
    ['escaped slashes', '"a\\/b"', '"a/b"'],
    ['a byte order mark', '\uFEFF{"a":1}', '{"a":1}'],
    ['a field called __proto__', '{"__proto__":{"a":1}}', '{"__proto__":{"a":1.0}}'],
  ])('%s: equal', (_, a, b) => expect(ofJson(a, b)).toEqual([]));

  test.each([
    ['another number', '{"a":1}', '{"a":2}', ['a']],
    ['integers that are one double', '{"id":9007199254740993}', '{"id":9007199254740992}', ['id']],
    ['two numbers beyond the largest double', '[1e400]', '[1e401]', ['0']],
    ['two numbers below the smallest', '[1e-400]', '[0]', ['0']],
    ['a number and its text', '{"a":1}', '{"a":"1"}', ['a']],
    ['a number and an object of its inner form', '1', '{"form":"1e0"}', ['']],
    ['null and nothing', '{"a":null}', '{}', ['a']],
    ['false and null', '{"a":false}', '{"a":null}', ['a']],
    ['a list and an object', '{"a":[]}', '{"a":{}}', ['a']],
    ['another order of a list', '[1,2]', '[2,1]', ['0', '1']],
    ['a longer list', '{"l":[1]}', '{"l":[1,2]}', ['l.1']],
    ['composed and decomposed', '"\\u00e9"', '"e\\u0301"', ['']],
    ['a field of Object.prototype', '{"toString":1}', '{}', ['toString']],
    ['__proto__', '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}', ['__proto__.a']],
    ['deep within', '{"a":[{"b":{"c":1}}]}', '{"a":[{"b":{"c":2}}]}', ['a.0.b.c']],
    ['a duplicate name, of which the last counts', '{"a":1,"a":2}', '{"a":1}', ['a']],
    ['half a body', '{"a":1}', '{"a":', ['bytes']],
  ])('%s: differs', (_, a, b, at) => expect(ofJson(a, b)).toEqual(at));

  const shuffled = (value: unknown): string => {
    if (Array.isArray(value)) return `[ ${value.map(shuffled).join(' , ')} ]`;
    if (typeof value === 'number')
      return Number.isInteger(value) ? `${value.toExponential()}` : String(value);
    if (typeof value === 'string')
      return `"${[...JSON.stringify(value).slice(1, -1)].map((it) => (/[^\x20-\x7e]/.test(it) ? [...Array(it.length).keys()].map((i) => `\\u${it.charCodeAt(i).toString(16).padStart(4, '0')}`).join('') : it)).join('')}"`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const fields = Object.entries(value).reverse();
    return `{${fields.map(([name, it]) => `${shuffled(name)}:\t${shuffled(it)}`).join(',\n')}}`;
  };

  test('whatever the value: written otherwise it is equal', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'grapheme' }), (text) => {
        const value: unknown = JSON.parse(text);
        expect(ofJson(JSON.stringify(value), shuffled(value))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('whatever the value: it equals another exactly where the values are equal', () => {
    const sorted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sorted);
      if (value === null || typeof value !== 'object') return Object.is(value, -0) ? 0 : value;
      return Object.entries(value)
        .map(([name, it]) => [name, sorted(it)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    };
    const few = fc.json({ maxDepth: 2, depthSize: 'xsmall' });
    fc.assert(
      fc.property(few, few, (a, b) => {
        const marked = (text: string) =>
          JSON.stringify([JSON.parse(text)].map((it) => [Array.isArray(it), it === null, sorted(it)]));
        expect(ofJson(a, b).length === 0 || marked(a) !== marked(b)).toBe(true);
        if (marked(a) !== marked(b)) expect(ofJson(a, b)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('one place changed is found there, and nowhere else', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 20 }), fc.nat(), (list, nth) => {
        const at = nth % list.length;
        const changed = list.map((it, i) => (i === at ? { was: it } : it));
        expect(ofJson(JSON.stringify(list), JSON.stringify(changed))).not.toEqual([]);
        for (const place of ofJson(JSON.stringify(list), JSON.stringify(changed)))
          expect(place.split('.')[0]).toBe(String(at));
      }),
    );
  });

  test('no depth stops it: what is nested beyond a bound counts by its bytes', () => {
    const nested = (levels: number, inner: string) => '['.repeat(levels) + inner + ']'.repeat(levels);
    const { comparedLevels } = bounds;
    expect(ofJson(nested(comparedLevels, '1'), nested(comparedLevels, '1.0'))).toEqual([]);
    expect(ofJson(nested(comparedLevels + 1, '1'), nested(comparedLevels + 1, '1.0'))).toEqual(['bytes']);
    expect(ofJson(nested(100_000, '1'), nested(100_000, '2'))).toEqual(['bytes']);
    expect(ofJson('"[[["', '"\\u005b[["'), 'brackets in a text are none').toEqual([]);
  });

  test('so many places are told, and no more', () => {
    const list = (by: number) => JSON.stringify(Array.from({ length: 100 }, (_, i) => i + by));
    expect(ofJson(list(0), list(1))).toHaveLength(bounds.comparedPlaces);
  });
});

describe('what a class ignores', () => {
  test.each([
    ['a field', '{"at":1,"a":1}', '{"at":2,"a":1}', ['at'], []],
    ['a field that one of them lacks', '{"at":1,"a":1}', '{"a":1}', ['at'], []],
    ['one of the same name deeper down is another', '{"m":{"at":1}}', '{"m":{"at":2}}', ['at'], ['m.at']],
    ['by its path', '{"m":{"at":1,"b":1}}', '{"m":{"at":2,"b":2}}', ['m.at'], ['m.b']],
    ['all of an object', '{"m":{"at":1}}', '{"m":{"b":[2]}}', ['m'], []],
    ['in each element of a list', '{"l":[{"at":1},{"at":2}]}', '{"l":[{"at":3},{"at":4}]}', ['l.at'], []],
    ['in lists of lists', '[[{"at":1}]]', '[[{"at":2}]]', ['at'], []],
  ])('%s', (_, a, b, ignoring, at) => expect(ofJson(a, b, ignoring)).toEqual(at));
});

describe('which steps of a path may be data', () => {
  /** Such a step is `*`. */
  const shownOf = (a: string, b: string) =>
    compared(answer(a), answer(b)).map((it) =>
      it.in === 'body' ? it.path?.map(({ name, isField }) => (isField ? name : '*')).join('.') : it.in,
    );

  test.each([
    ['fields of several kinds', '{"total":1,"at":"a"}', '{"total":2,"at":"b"}', ['total', 'at']],
    ['the same in a list', '[{"total":1,"at":"a"}]', '[{"total":2,"at":"a"}]', ['0.total']],
    [
      'a record of people',
      '{"balances":{"alice":1,"bob":2},"at":"a"}',
      '{"balances":{"alice":2,"bob":2},"at":"a"}',
      ['balances.*'],
    ],
    ['of one', '{"balances":{"alice":1},"at":1}', '{"balances":{"alice":2},"at":1}', ['balances.*']],
    ['at the top', '{"alice":1,"bob":2}', '{"alice":2,"bob":2}', ['*']],
    [
      'of objects',
      '{"u":{"alice":{"n":1,"s":"a"}},"at":1}',
      '{"u":{"alice":{"n":2,"s":"a"}},"at":1}',
      ['u.*.n'],
    ],
    ['of lists', '{"alice":[1],"bob":[2]}', '{"alice":[2],"bob":[2]}', ['*.0']],
    ['with some null', '{"alice":1,"bob":null}', '{"alice":2,"bob":null}', ['*']],
    ['that only one of them is', '{"alice":1,"bob":2}', '{"alice":2,"bob":"x"}', ['*', '*']],
    ['by number', '{"1001":1,"1002":2}', '{"1001":2,"1002":2}', ['*']],
    ['by number, of several kinds', '{"1001":1,"1002":"a"}', '{"1001":2,"1002":"a"}', ['*']],
    ['a name that one of them lacks', '{"total":1,"at":"a"}', '{"total":1,"at":"a","bob":true}', ['*']],
    ['and all below it', '{"n":1,"at":"a"}', '{"n":1,"at":"a","bob":{"x":1,"y":"z"}}', ['*']],
  ])('%s', (_, a, b, shown) => expect(shownOf(a, b)).toEqual(shown));
});

describe('headers, status and bytes', () => {
  const type = (value: string) => [['content-type', value]] as const;

  test.each([
    [
      'how a media type is spelled',
      type('application/json; charset="UTF-8"'),
      type('Application/JSON;charset=utf-8'),
    ],
    [
      'dates, ids, caching',
      [...type('application/json'), ['date', 'a'], ['etag', '"1"']],
      [...type('application/json'), ['age', '3'], ['x-request-id', '2']],
    ],
  ] as const)('%s: equal', (_, a, b) =>
    expect(compared(answer('{}', { headers: a }), answer('{}', { headers: b }))).toEqual([]),
  );

  test.each([
    ['content-type', 'text/plain'],
    ['content-language', 'de'],
    ['link', '</2>; rel=next'],
    ['location', '/elsewhere'],
  ])('another %s: differs', (name, value) => {
    const headers = [...answer('{}').headers.filter(([it]) => it !== name), [name, value] as const];
    expect(compared(answer('{}'), answer('{}', { headers }))).toEqual([{ in: 'header', name }]);
  });

  const link = (...values: string[]) => values.map((value) => ['link', value] as const);
  test.each([
    ['space after a comma', link('</a>; rel=preload, </b>'), link('</a>;rel=preload,</b>')],
    ['space before one', link('</a> ; rel=next\t,\t</b>'), link('</a>; rel=next, </b>')],
    ['two fields, or one', link('</a>; rel=next', '</b>'), link('</a>; rel=next, </b>')],
    ['at the ends', link(' </a> '), link('</a>')],
    ['of any list', [['content-language', 'de, EN']], [['content-language', 'DE,en']]],
    ['of a list that a class passes on', [['x-list', 'a;q=1, "b, c"']], [['x-list', 'a; q=1 ,"b, c"']]],
    [
      'of parameters',
      [['content-disposition', 'attachment; filename="a; b"']],
      [['content-disposition', 'attachment;filename="a; b"']],
    ],
  ] as const)('how a list is spelled (%s): equal', (_, a, b) => {
    const by = { headers: ['X-List'] };
    expect(compared(answer('', { headers: a }), answer('', { headers: b }), by)).toEqual([]);
  });

  test.each([
    ['inside quotes', '</a>; title="b, c"', '</a>; title="b,c"'],
    ['after an escaped quote', '</a>; title="b\\", c"', '</a>; title="b\\",c"'],
    ['in quotes that do not end', '</a>; title="b, c', '</a>; title="b,c'],
    ['between words', '</a>; title=b c', '</a>; title=bc'],
    ['another order', '</a>, </b>', '</b>, </a>'],
  ])('%s it is another: differs', (_, a, b) =>
    expect(compared(answer('', { headers: link(a) }), answer('', { headers: link(b) }))).toEqual([
      { in: 'header', name: 'link' },
    ]),
  );

  test('what a class passes on counts, unless it says otherwise', () => {
    const headers = [...answer('{}').headers, ['x-total-count', '2'] as const];
    const by = { headers: ['X-Total-Count'] };
    expect(compared(answer('{}'), answer('{}', { headers }), by)).toEqual([
      { in: 'header', name: 'x-total-count' },
    ]);
    const ignoring = ['header:x-total-count'];
    expect(compared(answer('{}'), answer('{}', { headers }), { ...by, ignoring })).toEqual([]);
  });

  test('another status', () =>
    expect(compared(answer('{}'), answer('{}', { status: 404 }))).toEqual([{ in: 'status' }]));

  test.each([
    ['text/plain', '1', '1.0'],
    ['text/html', '<p>a</p>', '<p>b</p>'],
    ['application/javascript', '{"a":1}', '{"a": 1}'],
  ])('%s counts by its bytes', (media, a, b) => {
    const headers = type(media);
    expect(compared(answer(a, { headers }), answer(b, { headers }))).toEqual([{ in: 'body' }]);
    expect(compared(answer(a, { headers }), answer(a, { headers }))).toEqual([]);
  });

  test.each([
    'application/problem+json',
    'application/json; charset=utf-8',
    'text/json',
    'application/vnd.api+json;v=1',
  ])('%s is JSON', (media) => {
    const headers = type(media);
    expect(compared(answer('[1]', { headers }), answer('[1.0]', { headers }))).toEqual([]);
  });

  test('bytes that are no text', () => {
    const body = new Uint8Array([0xff, 0xfe]);
    expect(compared(answer('', { body }), answer('', { body: body.slice(1) }))).toEqual([{ in: 'body' }]);
  });
});
