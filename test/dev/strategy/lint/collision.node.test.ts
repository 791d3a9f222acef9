import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { collisionOf, type KeyForm } from '../../../../dev/strategy/lint/collision.ts';
import { fullKey } from '../../../../src/strategy/key.ts';
import { compileKey } from '../../../../src/strategy/template.ts';

/** Short ones, so that two often meet, and all values that matter to them can be tried. */
const literals = fc.constantFrom('', 'a', 'b', 'ab');
const segment = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'user').map((it) => () => it),
  fc.tuple(literals, literals).map(
    ([before, after]) =>
      (name: string) =>
        `${before}{${name}}${after}`,
  ),
);
const form: fc.Arbitrary<KeyForm> = fc.record({
  name: fc.constantFrom('n', 'n', 'm'),
  version: fc.constantFrom(1, 1, 2),
  scope: fc.constantFrom('tenant', 'user', 'public'),
  key: fc.array(segment, { maxLength: 3 }).map((made) => made.map((it, i) => it(`p${i}`)).join(':')),
});

/** What two such literals can leave between them, shorter first, and two that are written otherwise in a key. */
const values = ['', 'a', 'b', '@', ':', 'ab', 'ba', 'aa', 'bb', 'aab', 'aba', 'abb', 'baa', 'bab', 'bba'];

const keyOf = (
  it: KeyForm,
  identity: { tenant: string; user: string },
  params: Readonly<Record<string, string>>,
) => fullKey({ ...it, keyOf: compileKey(it.key).fill }, identity, params);

test('two forms that can have one key are told with it, as the engine makes it of what is given for both', () => {
  fc.assert(
    fc.property(form, form, (one, other) => {
      const found = collisionOf(one, other);
      if (found === null) return;
      for (const [it, given] of [
        [one, found.one],
        [other, found.other],
      ] as const)
        expect(keyOf(it, { tenant: given['@tenant'] ?? '', user: given['@user'] ?? '' }, given)).toBe(
          found.key,
        );
    }),
    { numRuns: 2_000 },
  );
});

test('of two forms that are said never to have one key, no values are found that give it', () => {
  const keysOf = (it: KeyForm) => {
    const { names } = compileKey(it.key);
    const combined = names.reduce<Record<string, string>[]>(
      (some, name) =>
        some.flatMap((params) =>
          values
            .slice(0, names.length > 2 ? 9 : values.length)
            .map((value) => ({ ...params, [name]: value })),
        ),
      [{}],
    );
    return combined.flatMap((params) =>
      ['a', 'user'].map((user) => keyOf(it, { tenant: 'a', user }, params)),
    );
  };
  fc.assert(
    fc.property(form, form, (one, other) => {
      fc.pre(collisionOf(one, other) === null);
      const keys = new Set(keysOf(one));
      expect(keysOf(other).filter((key) => keys.has(key))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test.each<[string, Partial<KeyForm>, Partial<KeyForm>, string | null]>([
  ['another name', {}, { name: 'm' }, null],
  ['another version', {}, { version: 2 }, null],
  ['public data and a tenant', { scope: 'public' }, {}, null],
  [
    'a user, and a tenant whose key says user',
    { scope: 'user', key: '{a}' },
    { key: 'user:{x}:{y}' },
    'n:v1:tenant:x:user:x:x',
  ],
  ['a user who would have no name', { scope: 'user', key: '' }, { key: 'user:{x}' }, 'n:v1:tenant:x:user:x'],
  ['an only parameter that is empty', { key: '{x}' }, { key: '' }, 'n:v1:tenant:x'],
  ['a parameter that is empty', { key: 'a{x}' }, { key: 'a' }, 'n:v1:tenant:x:a'],
  ['literals that overlap', { key: 'ab{x}' }, { key: '{x}bc' }, 'n:v1:tenant:x:abxbc'],
  ['literals that are longer than the other', { key: 'ab{x}ba' }, { key: 'aba' }, null],
])('%s', (_, one, other, key) => {
  const plain: KeyForm = { name: 'n', version: 1, scope: 'tenant', key: '' };
  expect(collisionOf({ ...plain, ...one }, { ...plain, ...other })?.key ?? null).toBe(key);
});
