import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from '../../src/http/message.ts';
import { normalise, selecting, selects, varyRule } from '../../src/http/vary.ts';

type Fields = Readonly<Record<string, string>>;
const request = (fields: Fields) => new FieldSet(Object.entries(fields));

describe('Vary (RFC 9110 §12.5.5)', () => {
  it.each([
    [null, []],
    ['', []],
    [' , ,', []],
    ['Accept', ['accept']],
    ['b, A\t,a ,, B', ['a', 'b']],
    ['*', '*'],
    ['Accept, *', '*'],
    ['*, Accept', '*'],
    ['x-*', ['x-*']],
    ['accept-encoding,accept-language', ['accept-encoding', 'accept-language']],
  ])('%s: %j', (header, expected) => {
    expect(varyRule(header)).toEqual(expected);
  });

  it('of whatever is sent: in lower case, sorted, each once, and the same when read again', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aB-, *\t') }));
    fc.assert(
      fc.property(text, (header) => {
        const rule = varyRule(header);
        if (rule === '*') expect(header.split(',').map((it) => it.trim())).toContain('*');
        else {
          expect(rule).toEqual([...new Set(rule.map((it) => it.toLowerCase()))].sort());
          expect(varyRule(rule.join(', '))).toEqual(rule);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('selecting (RFC 9111 §4.1)', () => {
  it.each([
    ['the same', { 'x-a': '1' }, { 'x-a': '1' }, true],
    ['another', { 'x-a': '1' }, { 'x-a': '2' }, false],
    ['in another case', { 'x-a': 'a' }, { 'x-a': 'A' }, false],
    ['absent in both', {}, {}, true],
    ['absent in one', { 'x-a': '1' }, {}, false],
    ['absent in the other', {}, { 'x-a': '1' }, false],
    ['absent, and empty', {}, { 'x-a': '' }, false],
    ['empty in both', { 'x-a': '' }, { 'x-a': '' }, true],
    ['what is not named', { 'x-a': '1', 'x-c': '1' }, { 'x-a': '1' }, true],
    ['one of two', { 'x-a': '1', 'x-b': '1' }, { 'x-a': '1', 'x-b': '2' }, false],
    ['RFC 9110 §5.3: lines', { 'x-a': '1, 2' }, { 'x-a': '1,2' }, true],
    ['space around members', { 'x-a': '1, 2' }, { 'x-a': ' 1 ,\t2 ' }, true],
    ['space within a member', { 'x-a': '1 2' }, { 'x-a': '1  2' }, false],
    ['the order of members', { 'x-a': '1, 2' }, { 'x-a': '2, 1' }, false],
    [
      'Accept-Encoding',
      { 'accept-encoding': 'gzip, br;q=0.9' },
      { 'accept-encoding': 'BR;q=0.5,gzip' },
      true,
    ],
    ['its ranking', { 'accept-encoding': 'gzip, br' }, { 'accept-encoding': 'BR;q=0.5,gzip' }, false],
    ['Accept-Language', { 'accept-language': 'de, en;q=0.5' }, { 'accept-language': 'DE,en;q=0.9' }, true],
  ] as [string, Fields, Fields, boolean][])('%s', (_, first, second, expected) => {
    const rule = ['accept-encoding', 'accept-language', 'x-a', 'x-b'];
    expect(selects(selecting(rule, request(first)), request(second))).toBe(expected);
    expect(selects(selecting(rule, request(second)), request(first))).toBe(expected);
  });

  it('without a rule every request selects', () => {
    expect(selects(selecting([], request({})), request({ 'x-a': '1' }))).toBe(true);
  });

  const name = fc.constantFrom('accept-encoding', 'accept-language', 'x-a', 'cookie');
  const value = fc.string({ unit: fc.constantFrom(...'aB,; \t=q01.*"', 'gzip', 'de', 'q=0.5') });

  it('a request selects what was stored for one with the same fields', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.dictionary(name, value), (rule, fields) => {
        expect(selects(selecting(rule, request(fields)), request(fields))).toBe(true);
        const stored = selecting(rule, request(fields));
        expect(stored.map(([it]) => it)).toEqual(rule);
        expect(stored.every(([it, kept]) => (kept === null) === !(it in fields))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('normalised once is normalised', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('accept-encoding', 'accept-language', 'x-a', 'cookie'),
        value,
        (field, text) => {
          const once = normalise(field, text);
          expect(normalise(field, once)).toBe(once);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('of any other field: space around commas, and nothing else, is without meaning', () => {
    const member = fc.stringMatching(/^[a-zB=;. -]{0,5}$/).map((it) => it.trim());
    const space = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });
    const list = fc.array(fc.tuple(space, member, space), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(list, list, (one, other) => {
        const [a, b] = [one, other].map((it) => normalise('x-a', it.map((part) => part.join('')).join(',')));
        const same = one.length === other.length && one.every(([, it], i) => it === other[i]![1]);
        expect(a === b).toBe(same);
        expect(normalise('x-a', one.map(([, it]) => it).join(','))).toBe(a);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['1,2', '1,,2'],
    ['1', '1,'],
    ['', ','],
  ])('of any other field, nobody knows that an empty member has no meaning: %j, %j', (one, other) => {
    expect(normalise('x-a', one)).not.toBe(normalise('x-a', other));
  });

  it('RFC 9110 §5.6.4: space within a quoted string has a meaning', () => {
    expect(normalise('accept', 'a/b;x="c ,d"')).not.toBe(normalise('accept', 'a/b;x="c, d"'));
  });
});

interface Preference {
  readonly range: string;
  /** In thousandths; undefined where none is given, which is 1000. */
  readonly weight: number | undefined;
}
const written = ({ range, weight }: Preference) =>
  weight === undefined ? range : `${range};q=${(weight / 1000).toFixed(3).replace(/\.?0+$/, '')}`;
const headerOf = (list: readonly Preference[]) => list.map(written).join(', ');
const weight = fc.oneof(fc.constantFrom(undefined, 0, 1000, 500), fc.nat(1000));

/** The same said in another way: order, case, space, and how weights are written. */
const respelt = (list: readonly Preference[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...list], { minLength: list.length }),
      fc.infiniteStream(fc.constantFrom(' ', '', '\t', '  ')),
      fc.infiniteStream(fc.boolean()),
    )
    .map(([members, space, chance]) =>
      members
        .map(({ range, weight = 1000 }) => {
          const name = chance.next().value ? range.toUpperCase() : range;
          if (weight === 1000 && chance.next().value) return space.next().value + name;
          const digits = (weight / 1000).toFixed(3);
          const q = chance.next().value ? digits.replace(/\.?0+$/, '') : digits;
          return `${space.next().value}${name}${space.next().value};${space.next().value}${chance.next().value ? 'Q' : 'q'}=${q}`;
        })
        .join(`${space.next().value},`),
    );

/** What is wanted alike, the most wanted first; last, apart, what is refused. */
const rankOf = (them: readonly Preference[]) => {
  const byWeight = Map.groupBy(them, (it) => it.weight ?? 1000);
  const weights = [...byWeight.keys()].filter((it) => it > 0).sort((a, b) => b - a);
  const ranges = (of: number) => (byWeight.get(of) ?? []).map((it) => it.range).sort();
  return JSON.stringify([weights.map(ranges), ranges(0)]);
};

describe.each([
  ['Accept-Encoding (RFC 9110 §12.5.3)', 'accept-encoding', ['br', 'gzip', 'x-gzip', 'dcb', 'identity', '*']],
  ['Accept-Language (RFC 9110 §12.5.4)', 'accept-language', ['de', 'en', 'en-gb', 'fr', '*']],
])('%s', (_, name, ranges) => {
  const range = fc.constantFrom(...ranges);
  const list = fc.uniqueArray(fc.record({ range, weight }), { selector: (it) => it.range, maxLength: 6 });
  const form = (header: string) => normalise(name, header);

  it('RFC 9111 §4.1: two that say the same are the same', () => {
    const both = list.chain((it) => fc.tuple(fc.constant(headerOf(it)), respelt(it)));
    fc.assert(
      fc.property(both, ([one, other]) => {
        expect(form(other)).toBe(form(one));
      }),
      { numRuns: 1_000 },
    );
  });

  it('two are the same exactly where they rank alike: what is refused, and what is not named, too', () => {
    fc.assert(
      fc.property(list, list, fc.boolean(), fc.array(weight), (one, other, related, weights) => {
        const second = related ? one.map((it, i) => ({ ...it, weight: weights[i] })) : other;
        const same = rankOf(one) === rankOf(second);
        expect(form(headerOf(one)) === form(headerOf(second)), `${headerOf(one)} | ${headerOf(second)}`).toBe(
          same,
        );
      }),
      { numRuns: 5_000 },
    );
  });

  // What an origin makes of these is not known: whoever sends one has an answer of his own.
  it.each([
    'x;q=x',
    'x;q=2',
    'x;q=1.001',
    'x;q=0.0000',
    'x;q=.5',
    'x;q=-0',
    'x;q',
    'x;q=',
    'x;',
    'x;a=1',
    'x;q=1;q=1',
    'x;q=1;a=1',
    'x;q="1"',
    // RFC 9110 §12.4.2: no space around the sign.
    'x;q =1',
    'x;q= 1',
    'x;q = 1',
    'x y',
    'x=y',
    'x/y',
    '"x"',
    'x\u00a0',
    '\u000bx',
    'x,',
    ',x',
    'x,,y',
    'x, x',
    'x, X;q=0.5',
    'x;q=0, x',
  ])('is as it came where it is malformed, or says something twice: %j', (header) => {
    expect(form(header)).toBe(header);
  });
});

describe('Accept-Encoding that an origin may answer otherwise', () => {
  it.each([
    ['refuses no coding at all', 'gzip', 'gzip, identity;q=0'],
    ['refuses all others', 'gzip', 'gzip, *;q=0'],
    ['takes any', 'br, deflate, gzip, zstd', '*'],
    ['takes any but one', '*', '*, br;q=0'],
    ['takes one that few know', 'gzip', 'gzip, dcb'],
    ['would rather have none', 'gzip, identity', 'gzip;q=0.5, identity'],
    ['refuses it', 'gzip', 'gzip;q=0'],
    ['takes it only coded', 'br', 'br, identity;q=0, *;q=0'],
  ])('%s', (_, one, other) => {
    expect(normalise('accept-encoding', one)).not.toBe(normalise('accept-encoding', other));
  });
});

describe('Accept-Language', () => {
  const language = (header: string) => normalise('accept-language', header);

  it.each([
    ['en;q=0.8, de;q=0.9', 'de, en;q=0.1'],
    ['DE-AT', 'de-at'],
    ['en;q=0.2', 'en'],
    ['de,en;q=0.5', 'de ,\ten ; q=0.5'],
    ['de, en;q=0', 'en;q=0.000, de'],
  ])('%s ranks as %s', (one, other) => {
    expect(language(one)).toBe(language(other));
  });

  it.each([
    ['de, en', 'de, en;q=0.5'],
    ['en, de', 'de, en;q=0.5'],
    ['en, de', 'en, de;q=0.9'],
    ['de, en', 'en, de;q=0.9'],
    ['de', 'de, en;q=0'],
    ['de', 'de-at'],
    ['de', '*'],
    ['de, en;q=0', 'de, en;q=0.1'],
    // Whoever sends what an origin may read as nothing must not be taken for one who sends something.
    ['de', 'de;q=x'],
    ['de', 'de;q=2'],
    ['de', 'de;q=0.0000'],
    ['de', 'de;x'],
    ['de, en', 'de = en'],
  ])('%s does not rank as %s', (one, other) => {
    expect(language(one)).not.toBe(language(other));
  });
});

describe('work is bounded', () => {
  it.each([' ', '\t', ',', ';', ' ,', ', ', 'a,', 'a;', 'q=', ';q=', '"', '\\', 'a;q=0,', 'gzip,'])(
    '32 KiB of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1) {
        const header = `a${text}${i}`;
        varyRule(header);
        for (const name of ['accept-encoding', 'accept-language', 'x-a']) normalise(name, header);
      }
    },
  );
});

it('a value that strangers choose costs one look at each character', () => {
  const fields = new FieldSet([['x-foo', `"${'\\"'.repeat(15_000)}`]]);
  for (let n = 0; n < 200; n += 1) expect(selecting(['x-foo'], fields)[0]![1]).toHaveLength(30_001);
});

it('only space and tab are without a meaning', () => {
  for (const odd of ['a\u00a0', 'a\u000b', '\u2028a'])
    expect(selecting(['x-foo'], new FieldSet([['x-foo', odd]]))[0]![1]).toBe(odd);
});
