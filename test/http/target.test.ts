import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetOf } from '../../src/http/target.ts';

const of = (target: string) => targetOf(`https://edge.example${target}`);
/** What another server is asked for, where a target is put behind its origin. */
const asked = (target: string) =>
  new URL(`https://origin.example${target}`).href.slice('https://origin.example'.length);

describe('a request target in one form (RFC 3986 §6.2)', () => {
  it.each([
    ['a path', '/a/b', '/a/b'],
    ['§6.2.3: an empty path', '', '/'],
    ['a query', '/a?b=1&c', '/a?b=1&c'],
    ['no fragment', '/a?b#c', '/a?b'],
    ['§6.2.2.1: hexadecimal digits in upper case', '/%2f%3A%c3%A9', '/%2F%3A%C3%A9'],
    ['§6.2.2.2: an unreserved character needs no encoding', '/%41%7a%39%2D%5F%7e', '/Az9-_~'],
    [
      '§2.2: a reserved one keeps it',
      '/%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D',
      '/%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D',
    ],
    ['§2.2: and is not encoded', "/:@!$&'()*+,;=", "/:@!$&'()*+,;="],
    ['§2.4: once only', '/%2541', '/%2541'],
    ['§2.1: what is no encoding stays', '/%/%4/%zz/%g1', '/%/%4/%zz/%g1'],
    ['§6.2.2.3: dot segments are gone', '/a/./b/../c', '/a/c'],
    ['§6.2.2.3: encoded ones too', '/a/%2e/b/%2E%2e/c', '/a/c'],
    ['§6.2.2.3: not behind an encoded slash', '/a/b%2F..%2Fc', '/a/b%2F..%2Fc'],
    ['a dot that makes no segment keeps its encoding', '/a%2eb', '/a%2Eb'],
    ['§3.3: empty segments stay', '//a///b//', '//a///b//'],
    ['the case of a path stays', '/A/a', '/A/a'],
    ['§2.5: other characters are UTF-8', '/é', '/%C3%A9'],
  ])('%s: %s', (_, target, expected) => {
    expect(of(target)).toBe(expected);
  });

  it('§3.2: host, port and user are no part of it', () => {
    expect(targetOf('http://u:p@EXAMPLE.com:8080/a?b')).toBe('/a?b');
  });

  it('a query stays as it is, because origins sign them', () => {
    expect(of('/?a=%7e%41&b=%c3%a9&c=%zz')).toBe('/?a=%7e%41&b=%c3%a9&c=%zz');
  });

  it.each([
    ['§2.2: a slash and its encoding', '/a/b', '/a%2Fb'],
    ['§2.2: a semicolon and its encoding', '/a;b', '/a%3Bb'],
    ['§2.4: an encoding and its encoding', '/%2F', '/%252F'],
    ['§6.2.2.1: paths of another case', '/a', '/A'],
    ['§3.3: a slash at the end', '/a', '/a/'],
    ['the order of a query', '/?a&b', '/?b&a'],
    ['§2.2: an ampersand and its encoding', '/?a&b', '/?a%26b'],
    ['§2.2: a plus and its encoding', '/?a+b', '/?a%2Bb'],
    ['§6.2.3: an empty query and none', '/a?', '/a'],
  ])('%s are two: %s and %s', (_, one, other) => {
    expect(of(one)).not.toBe(of(other));
  });
});

describe('of whatever target (RFC 3986 §6.2.2)', () => {
  const unreserved = [...'abzAZ019-_~'].map((char) => ({ char, isData: true }));
  const delimiters = [..."/:@!$&'()*+,;="].map((char) => ({ char, isData: false }));
  const encoded = ['2F', '3F', '23', '3B', '26', '25', '20', '00', '0A', 'C3', 'FF', '5C', '5B'].map(
    (hex) => ({
      char: `%${hex}`,
      isData: false,
    }),
  );
  interface Meaning {
    readonly char: string;
    readonly isData: boolean;
  }
  /** Parts of a path, each with one meaning of its own. */
  const meaning: fc.Arbitrary<readonly Meaning[]> = fc.array(
    fc.constantFrom(...unreserved, ...delimiters, ...encoded),
    { maxLength: 12 },
  );
  /** Unreserved characters as they are or encoded, encodings in any case. */
  const spelt = (them: readonly Meaning[]) =>
    fc.infiniteStream(fc.nat(2)).map((choice) =>
      them
        .map(({ char, isData }) => {
          const kind = choice.next().value;
          if (isData && kind === 0) return char;
          const code = isData ? `%${char.charCodeAt(0).toString(16)}` : char;
          if (!code.startsWith('%')) return code;
          return kind === 1 ? code.toLowerCase() : code.toUpperCase();
        })
        .join(''),
    );
  const plain = (them: readonly Meaning[]) => `/${them.map(({ char }) => char).join('')}`;

  it('every spelling of one path is one', () => {
    const spellings = meaning.chain((it) => fc.tuple(fc.constant(it), spelt(it), spelt(it)));
    fc.assert(
      fc.property(spellings, ([it, one, other]) => {
        expect(of(`/${one}`)).toBe(plain(it));
        expect(of(`/${other}`)).toBe(plain(it));
      }),
      { numRuns: 2_000 },
    );
  });

  it('spellings of two paths are two', () => {
    const altered = fc
      .tuple(meaning, fc.nat(12), meaning)
      .map(([it, at, put]) => [it, [...it.slice(0, at), ...put.slice(0, 1), ...it.slice(at + 1)]] as const);
    const spellings = altered.chain(([one, other]) =>
      fc.tuple(fc.constant(plain(one) === plain(other)), spelt(one), spelt(other)),
    );
    fc.assert(
      fc.property(spellings, ([same, one, other]) => {
        expect(of(`/${one}`) === of(`/${other}`)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  const path = fc.string({
    unit: fc.constantFrom(...'/.%?;&=~aé \\2', '%2e', '%2F', '%32', '%46', '%65', '%25', '%41', '%7e'),
    maxLength: 10,
  });
  /** Of what is no encoding, none may be made. */
  const examples = ['%%341', '%4%31', '%%32f', '%%33Bx', 'a/%%32e%%32e/b', 'a?', '?', 'a#?', '/b'].map(
    (it): [string] => [it],
  );

  it('one form is its own form', () => {
    fc.assert(
      fc.property(path, (it) => {
        const form = of(`/${it}`);
        expect(of(form)).toBe(form);
      }),
      { numRuns: 5_000, examples },
    );
  });

  it('what is keyed is what is sent', () => {
    fc.assert(
      fc.property(path, (it) => {
        const form = of(`/${it}`);
        expect(asked(form)).toBe(form);
      }),
      { numRuns: 5_000, examples },
    );
  });

  it('§2.2: what delimits, as it is or encoded, is neither made nor taken away', () => {
    const delimiting = (target: string) => target.toUpperCase().match(/[/?;&=]|%(?:2F|3F|3B|26|3D|5C|23)/g);
    fc.assert(
      fc.property(path, (it) => {
        const [given = ''] = asked(`/${it}`).split('#', 1);
        expect(delimiting(of(`/${it}`))).toEqual(delimiting(given));
      }),
      { numRuns: 5_000, examples },
    );
  });

  it.each(['%', '%2', '%2f', '%41', '/', '/..', '/%2e%2e', '\\', '?', ' ', '"', ','])(
    'work is bounded: 32 KiB of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1) of(`/${text}${i}`);
    },
  );
});
