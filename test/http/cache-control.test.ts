import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Argument, deltaMs, parseCacheControl } from '../../src/http/cache-control.ts';

const MOST_MS = 2 ** 31 * 1000;

describe('delta-seconds (RFC 9111 §1.2.2)', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    ['0060', 60_000],
    ['2147483647', 2_147_483_647_000],
    ['2147483648', MOST_MS],
    ['2147483649', MOST_MS],
    ['9'.repeat(400), MOST_MS],
  ])('%.12s is %i ms', (text, expected) => {
    expect(deltaMs(text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    '1_0',
    ' 1',
    '1 ',
    '1\n',
    '١',
    '１',
    'abc',
    true as const,
  ])('not %j', (text) => {
    expect(deltaMs(text)).toBeNull();
  });

  it('of any number of digits is that number, or 2³¹', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.nat(5), (seconds, zeros) => {
        const bounded = seconds > 2n ** 31n ? 2n ** 31n : seconds;
        expect(deltaMs('0'.repeat(zeros) + seconds)).toBe(Number(bounded) * 1000);
      }),
    );
  });
});

describe('members of a list (RFC 9110 §5.6.1)', () => {
  it.each([
    ['', ''],
    [' , ,\t,', ''],
    ['a', 'a'],
    ['a,b', 'ab'],
    [', a ,\tb , ', 'ab'],
    ['a="x,y", b', 'ab'],
    ['a="x\\",y", b', 'ab'],
    ['a="x\\\\", b', 'ab'],
    ['a\\, b', 'ab'],
    ['a="x, b, c', 'abc'],
    ['a="x\\", b', 'ab'],
    ['a="x", b="y, c', 'abc'],
    ['a="x"", b', 'ab'],
  ])('%s: %s', (header, expected) => {
    const directives = parseCacheControl(header);
    expect([...'abcxy'].filter((name) => directives.has(name)).join('')).toBe(expected);
  });
});

describe('Cache-Control (RFC 9111 §5.2)', () => {
  it.each([
    ['§5.2: a token', 'max-age=60', 60_000],
    ['§5.2: a quoted string', 'max-age="60"', 60_000],
    ['RFC 9110 §5.6.4: an escape in a quoted string', 'max-age="6\\0"', 60_000],
    ['§5.2: in any case', 'MAX-Age=60', 60_000],
    ['RFC 9110 §5.6.1: among empty members', ', ,public,,max-age=60,', 60_000],
    ['RFC 9110 §5.6.3: with tabs', 'public\t,\tmax-age=60\t', 60_000],
    ['§5.2.3: beside what nobody knows', 'x, community="UCI", max-age=60, *=1', 60_000],
    ['§5.2: not in a quoted string', 'x="a, max-age=5, b", max-age=60', 60_000],
    ['§5.2: not a part of a name', 'max-age=60, max-age-x=1, x-max-age=2', 60_000],
    ['§4.2.1: of two the smaller', 'max-age=60, max-age=10', 10_000],
    ['§4.2.1: of two the smaller, in whatever order', 'max-age=10, max-age=60', 10_000],
    ['§1.2.2: as large as can be', 'max-age=99999999999999999999', MOST_MS],
    ['absent', 'public', undefined],
    ['absent with the field', null, undefined],
    ['§4.2.1: malformed beside a number', 'max-age=60, max-age=x', 0],
  ])('max-age, %s: %s', (_, header, expected) => {
    expect(parseCacheControl(header).ms('max-age')).toBe(expected);
  });

  it.each([
    'max-age',
    'max-age=',
    'max-age=""',
    'max-age=" 60"',
    'max-age =60',
    'max-age= 60',
    'max-age=60 60',
    'max-age=60;public',
    'max-age:60',
    "max-age='60'",
    'max-age="60',
    'max-age=60"',
    'max-age=6"0"',
    'max-age="6"0',
    'max-age=-1',
    'max-age=1.5',
    'max-age=abc',
  ])('§4.2.1: what is not a number is stale: %s', (header) => {
    expect(parseCacheControl(header).ms('max-age')).toBe(0);
  });

  it.each(['no-store', 'no-cache', 'private', 'must-revalidate', 'proxy-revalidate'])(
    '§4.2.1, the most restrictive counts: malformed, %s is the whole',
    (name) => {
      const spoilt = [
        `${name}=`,
        `${name} x`,
        `${name};`,
        `${name}="x`,
        `${name}=x"y"`,
        `${name}=x y`,
        `${name}"`,
      ];
      for (const header of spoilt)
        expect(parseCacheControl(`max-age=60, ${header}`).isUnqualified(name)).toBe(true);
    },
  );

  it.each(['no-cache', 'private'])('§5.2.2.4, §5.2.2.7: the fields that %s is limited to', (name) => {
    const limited = parseCacheControl(`${name}="X-User,Set-Cookie\t, a", ${name}=B`);
    expect(limited.fieldsOf(name)).toEqual(['x-user', 'set-cookie', 'a', 'b']);
    expect(limited.has(name)).toBe(true);
    expect(limited.isUnqualified(name)).toBe(false);
    expect(parseCacheControl(`${name}="X-User", ${name}`).isUnqualified(name)).toBe(true);
    expect(parseCacheControl('max-age=1').fieldsOf(name)).toEqual([]);
  });

  it.each([
    ['public', true],
    ['PUBLIC, max-age=60', true],
    ['x="public"', false],
    ['public=1', false],
    ['public=""', false],
    ['public x', false],
    ['public;', false],
    ['public=', false],
    ['', false],
  ])('§5.2: what takes no argument is said without one: %j says public: %s', (header, expected) => {
    expect(parseCacheControl(header).says('public')).toBe(expected);
  });

  it.each([
    ['s-maxage=60', true, 1],
    ['s-maxage="0"', true, 1],
    ['s-maxage=1, s-maxage=2', true, 2],
    ['s-maxage', false, 1],
    ['s-maxage=x', false, 1],
    ['s-maxage=1, s-maxage=x', false, 2],
    ['max-age=1', false, 0],
  ])('§1.2.2: %s has a number of seconds each time: %s', (header, expected, count) => {
    const directives = parseCacheControl(header);
    expect(directives.hasMs('s-maxage')).toBe(expected);
    expect(directives.all('s-maxage')).toHaveLength(count);
  });

  // RFC 9110 §5.6.1.2: empty elements do not count. §5.1: what has a space is no field name.
  it.each(['""', '" "', '"\t"', '","', '" , ,"', '"X-User X-Role"', '"X-User;X-Role"'])(
    '§5.2.2.4, §5.2.2.7: limited to no field it is not limited: %s',
    (argument) => {
      expect(parseCacheControl(`private=${argument}`).isUnqualified('private')).toBe(true);
      expect(parseCacheControl(`no-cache=${argument}`).isUnqualified('no-cache')).toBe(true);
    },
  );
});

const ows = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });
const token = fc.string({
  unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"),
  minLength: 1,
  maxLength: 8,
});
/** RFC 9110 §5.6.4: each character as it is or, if it must be or chance wants it, after a backslash. */
const quotedString = (content: fc.Arbitrary<string>) =>
  fc.tuple(content, fc.infiniteStream(fc.boolean())).map(([text, chance]) => ({
    text,
    written: `"${[...text].map((char) => (/["\\]/.test(char) || chance.next().value ? `\\${char}` : char)).join('')}"`,
  }));
const content = fc.string({
  unit: fc.constantFrom(...'",\\ \t=;09azAZ-', 'no-store', ', public', 'é'),
  maxLength: 8,
});
const argument = fc.oneof(
  fc.constant({ value: true as Argument, written: '' }),
  token.map((value) => ({ value: value as Argument, written: `=${value}` })),
  fc.nat().map((value) => ({ value: String(value) as Argument, written: `=${value}` })),
  quotedString(content).map(({ text, written }) => ({ value: text as Argument, written: `=${written}` })),
);
const name = fc.oneof(token, fc.constantFrom('max-age', 'Private', 'no-cache', 'NO-STORE', 's-maxage'));
const wellFormed = fc.array(fc.record({ name, argument, before: ows, after: ows, empty: fc.nat(2) }), {
  maxLength: 8,
});

const listOf = (members: readonly { before: string; after: string; empty: number; text: string }[]) =>
  members.map(({ before, after, empty, text }) => `${', '.repeat(empty)}${before}${text}${after}`).join(',');

/** RFC 9110 §5.1, §5.6.1: what an argument names; nothing where anything of it is no name, as a number is none. */
const fieldNames = (it: Argument) => {
  const names = it === true ? [] : it.split(',').map((one) => one.trim().toLowerCase());
  const given = names.filter((one) => one !== '');
  return given.every((one) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(one) && !/^\d+$/.test(one)) ? given : [];
};

describe('of whatever is sent (RFC 9111 §5.2)', () => {
  it('a well-formed list has each directive with its arguments, and no other', () => {
    fc.assert(
      fc.property(wellFormed, (list) => {
        const members = list.map((it) => ({ ...it, text: it.name + it.argument.written }));
        const directives = parseCacheControl(listOf(members));
        const given = Map.groupBy(list, (it) => it.name.toLowerCase());
        expect(directives.size === 0).toBe(given.size === 0);
        for (const absent of ['other', 'public', 'max-age'].filter((it) => !given.has(it))) {
          expect(directives.has(absent)).toBe(false);
          expect(directives.ms(absent)).toBeUndefined();
        }
        for (const [lower, them] of given) {
          const values = them.map((it) => it.argument.value);
          expect(directives.has(lower)).toBe(true);
          expect(directives.ms(lower)).toBe(Math.min(...values.map((it) => deltaMs(it) ?? 0)));
          expect(directives.fieldsOf(lower)).toEqual(values.flatMap(fieldNames));
          expect(directives.isUnqualified(lower)).toBe(values.some((it) => fieldNames(it).length === 0));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  /** Text in which each quote that opens is closed, without a comma outside of quotes. */
  const balanced = fc
    .array(
      fc.oneof(
        fc.string({ unit: fc.constantFrom(...'=; \t\\aA0-é') }),
        quotedString(content).map((it) => it.written),
      ),
      {
        maxLength: 4,
      },
    )
    .map((parts) => parts.join(''));
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'",\\ =a0') }),
  );

  it('§5.2.2.5: no-store at the start of a member is found, whatever stands before and behind', () => {
    const spelling = fc.mixedCase(fc.constant('no-store'));
    const behind = fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom(',', ' ', '=', ';', '"', '\\', ' ,', '="'), anything).map((it) => it.join('')),
    );
    fc.assert(
      fc.property(fc.array(balanced, { maxLength: 4 }), ows, spelling, behind, (before, space, it, rest) => {
        const header = [...before, space + it + rest].join(',');
        expect(parseCacheControl(header).has('no-store')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('§5.2.2.5: a quote that is never closed hides no no-store', () => {
    const unclosed = fc.string({ unit: fc.constantFrom(...'=; \t,aA0-') });
    fc.assert(
      fc.property(fc.array(balanced, { maxLength: 3 }), unclosed, unclosed, (before, open, rest) => {
        const header = [...before, `x="${open}`, 'no-store', rest].join(',');
        expect(parseCacheControl(header).has('no-store')).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('RFC 9110 §5.3: two lines say what one says', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (first, second) => {
        const [a, b] = [first, second].map((list) =>
          listOf(list.map((it) => ({ ...it, text: it.name + it.argument.written }))),
        );
        const both = parseCacheControl(`${a}, ${b}`);
        for (const it of [...first, ...second]) expect(both.has(it.name.toLowerCase())).toBe(true);
        const least = [parseCacheControl(a!), parseCacheControl(b!)].map((it) => it.ms('max-age'));
        const values = least.filter((it) => it !== undefined);
        expect(both.ms('max-age')).toBe(values.length === 0 ? undefined : Math.min(...values));
      }),
    );
  });

  it('no text makes it throw', () => {
    fc.assert(
      fc.property(anything, (header) => {
        const directives = parseCacheControl(header);
        for (const it of ['no-store', 'private', '__proto__', 'constructor', '']) {
          directives.has(it);
          directives.isUnqualified(it);
          directives.fieldsOf(it);
          directives.ms(it);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ...['"', '\\', ',', ' ', '\t', '=', 'a', '0', 'a,', 'max-age,', '",', ',"', '\\"', '"\\', ', ', '" '],
    ...['a="",', 'a="\\",', 'a=",'],
  ])('work is bounded: 32 KiB of %j, 64 times', (unit) => {
    const text = unit.repeat((32 * 1024) / unit.length);
    for (let i = 0; i < 64; i += 1) {
      const directives = parseCacheControl(`${text} ${i}`);
      directives.ms('max-age');
      directives.fieldsOf('a');
    }
  });

  it('work is bounded: 32 KiB of members, half of them behind a quote that is never closed, 64 times', () => {
    const half = 8 * 1024;
    for (let i = 0; i < 64; i += 1) {
      const directives = parseCacheControl(`${'a,'.repeat(half)}x="${'b,'.repeat(half)}no-store ${i}`);
      expect(directives.has('no-store')).toBe(true);
    }
  });
});
