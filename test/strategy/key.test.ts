import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import type { Part } from '../../src/strategy/encode.ts';
import { boundedName, fullKey } from '../../src/strategy/key.ts';

/** Three parameters of any kind, in several templates and every scope; below, more than 100,000 tuples of them. */
const part = z.union([z.string(), z.number(), z.boolean()]).optional();
const base = {
  version: 1,
  read: 'cache-aside',
  ttl: '1m',
  rationale: 'to be told apart',
  params: z.object({ a: part, b: part, c: part }),
} as const;
const classes = [
  dataClass({ ...base, name: 'plain', scope: 'tenant', access: 'tenant', key: '{a}:{b}:{c}' }),
  dataClass({ ...base, name: 'named', scope: 'tenant', access: 'tenant', key: 'a:{a}:b:{b}:c:{c}' }),
  dataClass({ ...base, name: 'affixed', scope: 'tenant', access: 'tenant', key: 'a-{a}.x:{b}_b:c{c}' }),
  dataClass({ ...base, name: 'turned', scope: 'user', access: 'user', key: '{c}:user:{a}:{b}' }),
  dataClass({ ...base, name: 'user', scope: 'user', access: 'user', key: '{a}:{b}:{c}' }),
  dataClass({
    ...base,
    name: 'open',
    scope: 'public',
    access: 'public',
    cacheControl: 'no-cache',
    key: '{a}:{b}:{c}',
  }),
  dataClass({
    ...base,
    name: 'open',
    version: 11,
    scope: 'public',
    access: 'public',
    cacheControl: 'no-cache',
    key: '{a}:{b}:{c}',
  }),
];

interface Tuple {
  readonly cls: number;
  readonly tenant: string;
  readonly user: string;
  readonly a: Part;
  readonly b: Part;
  readonly c: Part;
}

const keyOf = ({ cls, tenant, user, ...params }: Tuple) => fullKey(classes[cls]!, { tenant, user }, params);

/** What a key must tell apart, in a form that is surely injective: JSON, which escapes lone surrogates. */
function meaningOf({ cls, tenant, user, a, b, c }: Tuple): string {
  const { scope } = classes[cls]!;
  const partition = scope === 'public' ? [] : scope === 'tenant' ? [tenant] : [tenant, user];
  return JSON.stringify([cls, partition, ...[a, b, c].map((value) => [typeof value, value ?? null])]);
}

const awkward = fc.constantFrom(
  ':',
  '%',
  '@',
  '{',
  '}',
  '{a}',
  '%3A',
  '%25',
  '%253A',
  '%u',
  '%uD800',
  '@none',
  '@true',
  '@1',
  'none',
  'true',
  '1',
  'user',
  'tenant',
  ':user:',
  '@public',
  'public',
  '.',
  '..',
  '/',
  '-',
  '_',
  '~',
  '+',
  ' ',
  '',
  '\u0000',
  '\n',
  'é',
  'e\u0301',
  'ä',
  'K',
  'K',
  '💧',
  '\ud83d',
  '\udca7',
  '\ud800',
  '\udfff',
  '\ufffd',
  ':@sha256:',
  'x',
);
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(awkward, { maxLength: 4 }).map((bits) => bits.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  // Any UTF-16 at all, halves of pairs included.
  {
    weight: 2,
    arbitrary: fc.array(fc.nat(0xffff), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(awkward, fc.integer({ min: 100, max: 1_500 })).map(([bit, n]) => bit.repeat(n)),
  },
);
const value: fc.Arbitrary<Part> = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })) },
  { weight: 1, arbitrary: fc.constantFrom(true, false, undefined, 0, -0, 1) },
);
const tuple: fc.Arbitrary<Tuple> = fc.record({
  cls: fc.nat(classes.length - 1),
  tenant: text,
  user: text,
  a: value,
  b: value,
  c: value,
});

const fields = ['tenant', 'user', 'a', 'b', 'c'] as const;
const field = fc.constantFrom(...fields);

/** What stands between two neighbours in one of the templates above. */
const delimiter = fc.constantFrom(':', ':b:', ':c:', '.x:', '_b:c', ':user:', ':user:a:', '%3A', '%');

/** `x:y|z` and `x|y:z`: the delimiter moves to the neighbour, and the joined text stays. */
const moved = fc
  .tuple(tuple, fc.constantFrom('tenant', 'user', 'a', 'b'), delimiter, text, text, text)
  .map(([from, left, between, x, y, z]): [Tuple, Tuple] => {
    const right =
      left === 'tenant' && classes[from.cls]!.scope === 'tenant' ? 'a' : fields[fields.indexOf(left) + 1]!;
    return [
      { ...from, [left]: x + between + y, [right]: z },
      { ...from, [left]: x, [right]: y + between + z },
    ];
  });

/** One value escaped once more, written as another type is, folded, mended, or swapped with another. */
const disguised = fc.tuple(tuple, field, field, fc.nat(6)).map(([from, one, other, how]): [Tuple, Tuple] => {
  const was = String(from[one] ?? 'none');
  const mended = was.toWellFormed();
  const disguises = [
    encodeURIComponent(mended),
    `@${was}`,
    was,
    mended.normalize('NFC').toLowerCase(),
    mended,
    `${was}:`,
  ];
  return [
    from,
    how === 6 ? { ...from, [one]: from[other] ?? '', [other]: was } : { ...from, [one]: disguises[how]! },
  ];
});

test('two tuples share a key only when they are equal: near-collisions', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.oneof(moved, disguised), ([one, other]) => {
      expect(keyOf(one) === keyOf(other)).toBe(meaningOf(one) === meaningOf(other));
    }),
    { numRuns: 40_000 },
  );
});

test('two tuples share a key only when they are equal: all against all', { timeout: 120_000 }, () => {
  const meanings = new Map<string, string>();
  const keys = new Map<string, string>();
  fc.assert(
    fc.property(tuple, (one) => {
      const [key, meaning] = [keyOf(one), meaningOf(one)];
      expect(key).toMatch(/^[A-Za-z0-9_.~%@:+-]+$/);
      expect(meanings.get(key) ?? meaning).toBe(meaning);
      expect(keys.get(meaning) ?? key).toBe(key);
      meanings.set(key, meaning);
      keys.set(meaning, key);
    }),
    { numRuns: 40_000 },
  );
});

test('the names that Redis sees are bounded, and as distinct as the keys', { timeout: 120_000 }, async () => {
  const long = tuple.map((one) => ({ ...one, a: String(one.a).padEnd(bounds.keyBytes, 'x') }));
  await fc.assert(
    fc.asyncProperty(long, long, async (one, other) => {
      const names = await Promise.all([one, other].map((each) => boundedName(keyOf(each))));
      for (const name of names) {
        expect(name.length).toBeLessThanOrEqual(bounds.keyBytes);
        expect(name).toMatch(/:@sha256:[0-9a-f]{64}$/);
      }
      expect(names[0] === names[1]).toBe(meaningOf(one) === meaningOf(other));
    }),
    { numRuns: 2_000 },
  );
});

test('keys as the design prints them', () => {
  const ann = { tenant: 'acme', user: 'ann' };
  const id = z.string();
  const kpis = dataClass({
    ...base,
    name: 'analytics',
    version: 2,
    scope: 'tenant',
    access: 'tenant',
    key: 'dashboard:{dashboard_id}:kpis:{date_range}',
    params: z.object({ dashboard_id: id, date_range: id }),
  });
  const params = { dashboard_id: 'd1', date_range: '2026-10' };
  expect(fullKey(kpis, ann, params)).toBe('analytics:v2:tenant:acme:dashboard:d1:kpis:2026-10');

  const none = { ...base, key: '', params: z.object({}) };
  const permissions = dataClass({ ...none, name: 'permissions', scope: 'user', access: 'user' });
  expect(fullKey(permissions, ann, {})).toBe('permissions:v1:tenant:acme:user:ann');

  const plans = dataClass({
    ...none,
    name: 'plans',
    scope: 'public',
    access: 'public',
    cacheControl: 'no-cache',
  });
  expect(fullKey(plans, null, {})).toBe('plans:v1:tenant:@public');
  expect(fullKey(plans, ann, {})).toBe('plans:v1:tenant:@public');
  expect(() => fullKey(kpis, null, params)).toThrow('analytics has no key without a verified identity');
});

test('a short name is itself, at once; a long one keeps a readable beginning', async () => {
  expect(boundedName('a'.repeat(512))).toBe('a'.repeat(512));
  const name = await boundedName(`analytics:v2:tenant:acme:${'x'.repeat(512)}`);
  expect(name).toHaveLength(512);
  expect(name).toMatch(/^analytics:v2:tenant:acme:x+:@sha256:[0-9a-f]{64}$/);
});
