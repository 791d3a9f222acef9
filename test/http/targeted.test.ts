import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCacheControl } from '../../src/http/cache-control.ts';
import { parseTargeted } from '../../src/http/targeted.ts';

describe('CDN-Cache-Control (RFC 9213 §2.1)', () => {
  it.each([
    ['a number', 'max-age=60', 60_000],
    ['zero', 'max-age=0', 0],
    ['among others', 'public, max-age=60, x="y"', 60_000],
    ['without spaces', 'public,max-age=60', 60_000],
    ['RFC 9651 §4.2.2: the last of two', 'max-age=10, max-age=60', 60_000],
    ['parameters are ignored', 'max-age=60;x=1;y', 60_000],
    ['of the largest number', 'max-age=999999999999999', 2 ** 31 * 1000],
    ['absent', 'public', undefined],
    ['malformed: negative', 'max-age=-60', 0],
    ['malformed: a decimal', 'max-age=60.5', 0],
    ['malformed: a decimal that is whole', 'max-age=60.0', 0],
    ['malformed: a string', 'max-age="60"', 0],
    ['malformed: a token', 'max-age=a60', 0],
    ['malformed: no value', 'max-age', 0],
    ['malformed: true', 'max-age=?1', 0],
    ['malformed: false', 'max-age=?0', 0],
    ['malformed: bytes', 'max-age=:NjA=:', 0],
    ['malformed: a date', 'max-age=@60', 0],
    ['malformed: an inner list', 'max-age=(60)', 0],
  ])('max-age, %s: %s', (_, header, expected) => {
    expect(parseTargeted(header)?.ms('max-age')).toBe(expected);
  });

  it.each([
    null,
    '',
    ' ',
    ',',
    'max-age=60,',
    'Max-Age=60',
    'max-age =60',
    'max-age= 60',
    'max-age=60 public',
    'max-age=60; public=',
    'max-age=1000000000000000',
    'max-age=60, no-store=',
    'no-store; max-age="60',
    'public, "x"',
    'max-age=60\n',
  ])('is ignored where it is empty or does not parse: %j', (header) => {
    expect(parseTargeted(header)).toBeNull();
  });

  it('has the fields that no-cache and private are limited to', () => {
    const directives = parseTargeted('no-cache="X-User, Set-Cookie", private=x-role, max-age=60')!;
    expect(directives.fieldsOf('no-cache')).toEqual(['x-user', 'set-cookie']);
    expect(directives.fieldsOf('private')).toEqual(['x-role']);
    expect(directives.isUnqualified('no-cache')).toBe(false);
    expect(directives.isUnqualified('private')).toBe(false);
  });

  it.each([
    ['no value', 'private'],
    ['true', 'private=?1'],
    ['true, with a parameter', 'private;x=1'],
    ['an empty string', 'private=""'],
    ['a number', 'private=1'],
    ['an inner list', 'private=("x-user")'],
    ['bytes', 'private=:eA==:'],
  ])('RFC 9111 §4.2.1, the most restrictive counts: %s does not limit private to fields: %s', (_, header) => {
    const directives = parseTargeted(`max-age=60, ${header}`)!;
    expect(directives.isUnqualified('private')).toBe(true);
  });

  it.each([
    'public=?0',
    'public=1',
    'public=x',
    'public=""',
    'public=()',
    'must-understand=?0',
    'must-revalidate=?0',
  ])('values that are not of the directive are not consumed: %s allows nothing', (member) => {
    expect(parseTargeted(`max-age=60, ${member}`)?.says(member.split('=')[0]!)).toBe(false);
  });

  it('true is how a directive without a value is said', () => {
    expect(['public', 'public=?1', 'public;x=1'].map((it) => parseTargeted(it)?.says('public'))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('RFC 9651 §3.2: 1024 members are read', () => {
    const members = Array.from({ length: 1023 }, (_, i) => `x-directive-${i}=1`);
    expect(parseTargeted([...members, 'no-store'].join(', '))?.has('no-store')).toBe(true);
  });

  const key = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,7}$/);
  const argument = fc.oneof(
    fc.constant(''),
    fc.nat(2 ** 31).map((it) => `=${it}`),
    fc.stringMatching(/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~-]{0,7}$/).map((it) => `=${it}`),
    fc
      .string({ unit: fc.constantFrom(...'aZ-,; =\\"'), minLength: 1, maxLength: 8 })
      .map((it) => `="${it.replace(/[\\"]/g, '\\$&')}"`),
  );
  const names = fc.oneof(
    key,
    fc.constantFrom('max-age', 's-maxage', 'private', 'no-cache', 'no-store', 'public'),
  );

  it('what both can say, it says as Cache-Control would', () => {
    const list = fc.uniqueArray(fc.tuple(names, argument), { selector: ([name]) => name, minLength: 1 });
    fc.assert(
      fc.property(list, (members) => {
        const header = members.map((it) => it.join('')).join(', ');
        const targeted = parseTargeted(header)!;
        const plain = parseCacheControl(header);
        for (const name of [...members.map(([it]) => it), 'max-age', 'private', 'other']) {
          expect(targeted.has(name)).toBe(plain.has(name));
          expect(targeted.ms(name)).toBe(plain.ms(name));
          expect(targeted.fieldsOf(name)).toEqual(plain.fieldsOf(name));
          expect(targeted.isUnqualified(name)).toBe(plain.isUnqualified(name));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('no text makes it throw', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'a=1,"\\();:?@%. ') }),
    );
    fc.assert(
      fc.property(text, (header) => {
        const directives = parseTargeted(header);
        expect(directives === null || directives.size > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['"', '\\', ',', ' ', '(', 'a,', 'a=("x" ', 'a;', 'a="\\"', '\\"'])(
    'work is bounded: 8 KiB, and 32 KiB, of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1) {
        parseTargeted(`${text.slice(0, 8_000)} ${i}`);
        parseTargeted(`${text} ${i}`);
      }
    },
  );
});
