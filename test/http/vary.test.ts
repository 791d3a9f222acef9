import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from '../../src/http/message.ts';
import { acceptedCodings, normalise, selecting, selects, varyRule } from '../../src/http/vary.ts';

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
    ['Accept-Encoding', { 'accept-encoding': 'gzip, br' }, { 'accept-encoding': 'BR;q=0.5,gzip' }, true],
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

  it('normalised once is normalised, but for Accept-Language, whose form is no header', () => {
    fc.assert(
      fc.property(fc.constantFrom('accept-encoding', 'x-a', 'cookie'), value, (field, text) => {
        const once = normalise(field, text);
        expect(normalise(field, once)).toBe(once);
      }),
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

describe('Accept-Encoding (RFC 9110 §12.5.3)', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br, deflate, gzip, zstd'],
    ['GZIP', 'gzip'],
    ['§8.4.1.3: x-gzip', 'gzip'],
    ['x-gzip, gzip', 'gzip'],
    ['br;q=0.1, gzip;q=0.9', 'br, gzip'],
    ['gzip;q=0, br', 'br'],
    ['gzip;q=0.000, br', 'br'],
    ['gzip;q=0.001', 'gzip'],
    ['gzip ; q=0', ''],
    ['*', 'br, deflate, gzip, zstd'],
    ['*;q=0.5, gzip', 'br, deflate, gzip, zstd'],
    ['*, br;q=0', 'deflate, gzip, zstd'],
    ['gzip, *;q=0', 'gzip'],
    ['*;q=0', ''],
    ['identity', ''],
    ['identity;q=0, gzip', 'gzip'],
    ['compress, foo', ''],
    ['gzip;x=1;q=0', ''],
    ['', ''],
    [' , ,', ''],
  ])('%s: %s', (header, expected) => {
    expect(acceptedCodings(header.replace(/^§[^:]*: /, ''))).toBe(expected);
  });

  const codings = ['br', 'deflate', 'gzip', 'zstd'];
  const range = fc.constantFrom(...codings, 'identity', '*', 'x-gzip', 'compress');
  const list = fc.uniqueArray(fc.record({ range, weight }), {
    selector: (it) => it.range.replace('x-', ''),
    maxLength: 6,
  });
  /** §12.5.3: its own weight, else that of `*`, else none. */
  const accepts = (header: string, coding: string) => {
    const weights = new Map(
      header.split(',').map((member) => {
        const [name = '', q = 'q=1'] = member.trim().split(';');
        return [name.replace('x-gzip', 'gzip'), Number(q.slice(2))] as const;
      }),
    );
    return (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
  };

  it('a coding that the client refuses is not asked of the origin', () => {
    fc.assert(
      fc.property(list, (it) => {
        const asked = acceptedCodings(headerOf(it));
        for (const coding of codings)
          if (!accepts(headerOf(it), coding))
            expect(accepts(asked, coding), `${coding} by ${asked}`).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a coding that the client takes is asked of the origin', () => {
    fc.assert(
      fc.property(list, (it) => {
        const asked = acceptedCodings(headerOf(it));
        for (const coding of codings)
          if (accepts(headerOf(it), coding))
            expect(accepts(asked, coding), `${coding} by ${asked}`).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('RFC 9111 §4.1: two that say the same are the same', () => {
    const both = list.chain((it) => fc.tuple(fc.constant(headerOf(it)), respelt(it)));
    fc.assert(
      fc.property(both, ([one, other]) => {
        expect(normalise('accept-encoding', other)).toBe(normalise('accept-encoding', one));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('Accept-Language (RFC 9110 §12.5.4)', () => {
  const range = fc.constantFrom('de', 'en', 'en-gb', 'fr', '*');
  const list = fc.uniqueArray(fc.record({ range, weight }), { selector: (it) => it.range, maxLength: 5 });
  /** Languages wanted alike, the most wanted first; last, apart, those refused. */
  const rankOf = (them: readonly Preference[]) => {
    const byWeight = Map.groupBy(them, (it) => it.weight ?? 1000);
    const weights = [...byWeight.keys()].filter((it) => it > 0).sort((a, b) => b - a);
    const ranges = (of: number) => (byWeight.get(of) ?? []).map((it) => it.range).sort();
    return JSON.stringify([weights.map(ranges), ranges(0)]);
  };
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

  it('RFC 9111 §4.1: two that say the same are the same', () => {
    const both = list.chain((it) => fc.tuple(fc.constant(headerOf(it)), respelt(it)));
    fc.assert(
      fc.property(both, ([one, other]) => {
        expect(language(other)).toBe(language(one));
      }),
      { numRuns: 1_000 },
    );
  });

  it('two are the same exactly where they rank alike', () => {
    fc.assert(
      fc.property(list, list, fc.boolean(), fc.array(weight), (one, other, related, weights) => {
        const second = related ? one.map((it, i) => ({ ...it, weight: weights[i] })) : other;
        const same = rankOf(one) === rankOf(second);
        expect(
          language(headerOf(one)) === language(headerOf(second)),
          `${headerOf(one)} | ${headerOf(second)}`,
        ).toBe(same);
      }),
      { numRuns: 5_000 },
    );
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
