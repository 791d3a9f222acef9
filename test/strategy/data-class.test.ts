import { expect, test } from 'vitest';
import * as z from 'zod';
import { allowWhen } from '../../src/strategy/access.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { StrategyError } from '../../src/strategy/strategy-error.ts';
import type { DataClassDefinition } from '../../src/strategy/types.ts';

/** The least that a class must say. */
const good = {
  name: 'invoice',
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'tenant',
  read: 'read-through',
  origin: '/invoices/{id}',
  ttl: '5m',
  rationale: 'changes seldom',
} as const;

const noParams = { key: '', origin: '/x', params: z.object({}) };
const permissions = dataClass({ ...good, ...noParams, name: 'permissions', scope: 'user', access: 'user' });
const plans = dataClass({
  ...good,
  ...noParams,
  name: 'plans',
  scope: 'public',
  access: 'public',
  cacheControl: 'no-cache',
});
const ruled = dataClass({
  ...good,
  ...noParams,
  name: 'ruled',
  access: allowWhen('may', [permissions], () => true),
});
const computed = dataClass({ ...good, ...noParams, name: 'computed', read: 'cache-aside' });
const withParams = dataClass({ ...good, name: 'detailed' });

/** As a team without a type checker could write it. */
const define = (change: Record<string, unknown>) => () =>
  dataClass({ ...good, ...change } as DataClassDefinition);
const without = (field: string) => () =>
  dataClass(
    Object.fromEntries(
      Object.entries(good).filter(([name]) => name !== field),
    ) as unknown as DataClassDefinition,
  );

const publicClass = { scope: 'public', access: 'public', cacheControl: 'public, max-age=60' };
const optional = z.object({ id: z.string().optional() });
const manyTags = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);
const reads = (cls: unknown) => ({ access: { says: 'may', reads: [cls], allows: () => true } });

test.each<[string, string, () => unknown]>([
  ['name', '"Invoice" is not valid; write a-z first', define({ name: 'Invoice' })],
  ['name', '"a:b" is not valid', define({ name: 'a:b' })],
  ['name', '"" is not valid', define({ name: '' })],
  ['name', 'is missing; write the class’s name', without('name')],
  ['name', 'is not valid; write at most 64 characters', define({ name: 'x'.repeat(65) })],
  ...['gen', 'lock', 'last', 'late', 'purge', 'metrics', 'rollout'].map(
    (name): [string, string, () => unknown] => [
      'name',
      `"${name}" is not valid; the store uses this name itself; take another`,
      define({ name }),
    ],
  ),
  ['version', '0 is not valid; write a whole number from 1', define({ version: 0 })],
  ['version', '1.5 is not valid', define({ version: 1.5 })],
  ['version', '"2" is not valid', define({ version: '2' })],
  ['scope', "\"team\" is not valid; say 'tenant' or 'user' or 'public'", define({ scope: 'team' })],
  ['scope', 'is missing', without('scope')],
  ['key', 'is missing; write a template', without('key')],
  ['key', 'has an empty segment', define({ key: '{id}:' })],
  ['key', '{id} is missing; two of its values would share one entry', define({ key: 'all' })],
  ['key', '{month} is not in params', define({ key: '{id}:{month}' })],
  [
    'key',
    'take {tenant_id} out; scope puts tenant and user into every key',
    define({ key: '{tenant_id}:{id}' }),
  ],
  ['key', 'names {id} twice', define({ key: '{id}:{id}' })],
  ['params', 'is missing; write z.object', without('params')],
  ['params', 'this object is not valid; write z.object', define({ params: { id: z.string() } })],
  ['params', 'without a transform around it', define({ params: good.params.transform((p) => p) })],
  ...['tenant', 'tenant_id', 'user', 'user_id'].map((name): [string, string, () => unknown] => [
    'params',
    `'${name}' comes only from verified identity; say it with scope`,
    define({ params: z.object({ id: z.string(), [name]: z.string() }), key: `{id}:{${name}}` }),
  ]),
  [
    'params',
    "'a b' cannot stand in a template",
    define({ params: z.object({ id: z.string(), 'a b': z.string() }) }),
  ],
  [
    'params',
    "'constructor' cannot stand",
    define({ params: z.object({ id: z.string(), constructor: z.string() }) }),
  ],
  ['access', 'is missing; say who may read it', without('access')],
  ['access', 'there is no default', without('access')],
  ['access', '"everyone" is not valid; say who may read it', define({ access: 'everyone' })],
  ['access', 'this function is not valid', define({ access: () => true })],
  ['access', 'this object is not valid', define({ access: { says: '', reads: [], allows: () => true } })],
  ['access', "only scope 'public' may be read by everyone", define({ access: 'public' })],
  ['access', 'the key does not hold the user', define({ access: 'user' })],
  ['access', "the key holds the user; say 'user' or a rule", define({ scope: 'user', access: 'tenant' })],
  ['access', 'only scope', define({ scope: 'user', access: 'public' })],
  ['access', "everyone shares its entries; say 'public'", define({ ...publicClass, access: 'tenant' })],
  ['access', 'everyone shares its entries', define({ ...publicClass, ...reads(permissions) })],
  ['access', 'reads something that is not a class', define(reads({}))],
  ['access', 'reads something that is not a class', define(reads(null))],
  ['access', "reads 'computed', which is cache-aside", define(reads(computed))],
  ['access', "reads 'plans' of scope 'public'", define(reads(plans))],
  ['access', "reads 'detailed', which has parameters", define(reads(withParams))],
  ['access', "reads 'ruled', which has a rule itself", define(reads(ruled))],
  ['tags', '"a" is not valid; write a list of templates', define({ tags: 'a' })],
  ['tags[1]', 'is not a template', define({ tags: ['a', '@t'] })],
  ['tags[0]', '7 is not valid; write a template', define({ tags: [7] })],
  ['tags', '{month} is not in params', define({ tags: ['m:{month}'] })],
  ['tags', 'take {user_id} out; tenant and user are tags already', define({ tags: ['u:{user_id}'] })],
  [
    'tags',
    '{id} may be absent and would leave nothing to purge',
    define({ params: optional, origin: '/i?id={id}', tags: ['i:{id}'] }),
  ],
  ['tags', 'a tag is there twice', define({ tags: ['a', 'a'] })],
  ['tags', 'there are 62; write at most 61', define({ tags: manyTags(62) })],
  ['tags', 'there are 61; write at most 60', define({ scope: 'user', access: 'user', tags: manyTags(61) })],
  ['tagsFromAnswer', '"yes" is not valid; write true or false', define({ tagsFromAnswer: 'yes' })],
  ['read', 'is missing', without('read')],
  [
    'read',
    "\"write-behind\" is not valid; say 'read-through' or 'cache-aside'",
    define({ read: 'write-behind' }),
  ],
  ['origin', "is missing; read-through asks a path such as '/invoices/{invoice_id}'", without('origin')],
  [
    'origin',
    'is missing; writeThrough writes to a path',
    define({ read: 'cache-aside', origin: undefined, writeThrough: 'purge', tags: ['a'] }),
  ],
  ['origin', "begin it with one '/'", define({ origin: 'https://origin.example/{id}' })],
  ['origin', '{month} is not in params', define({ origin: '/invoices/{month}' })],
  ['origin', 'take {user_id} out, or say scope', define({ origin: '/users/{user_id}/{id}' })],
  ['origin', 'take {tenant_id} out', define({ ...publicClass, origin: '/t/{tenant_id}/{id}' })],
  ['writeThrough', 'true is not valid', define({ writeThrough: true })],
  [
    'writeThrough',
    'would let everyone write',
    define({
      writeThrough: 'purge',
      tags: ['a'],
      scope: 'public',
      access: 'public',
      cacheControl: 'no-cache',
    }),
  ],
  [
    'writeThrough',
    "'store' knows only the declared tags",
    define({ writeThrough: 'store', tags: ['a'], tagsFromAnswer: true }),
  ],
  [
    'writeThrough',
    "has no tag to purge; give the class one, such as 'invoice:{invoice_id}'",
    define({ writeThrough: 'purge' }),
  ],
  ['ttl', "is missing; write a number and a unit of ms, s, m, h or d, such as '10m'", without('ttl')],
  ['ttl', '300 is not valid; write a number and a unit', define({ ttl: 300 })],
  ['ttl', '"5 minutes" is not a duration', define({ ttl: '5 minutes' })],
  ['ttl', '"0s" is no time at all', define({ ttl: '0s' })],
  ['ttl', '"0.1ms" is no time at all', define({ ttl: '0.1ms' })],
  ['ttl', '"31d" is longer than 30d', define({ ttl: '31d' })],
  ['staleWhileRevalidate', '"soon" is not a duration', define({ staleWhileRevalidate: 'soon' })],
  ['staleIfError', '"0m" is no time at all', define({ staleIfError: '0m' })],
  ['l1', '"0s" is no time at all', define({ l1: '0s' })],
  [
    'staleWhileRevalidate',
    'a strict class is validated for every answer',
    define({ consistency: 'strict', staleWhileRevalidate: '1m' }),
  ],
  ['staleIfError', 'a strict class', define({ consistency: 'strict', staleIfError: '1m' })],
  ['l1', 'a strict class', define({ consistency: 'strict', l1: '1s' })],
  ['consistency', '"eventual" is not valid', define({ consistency: 'eventual' })],
  ['replicas', '"global" is not valid; say \'none\'', define({ replicas: 'global' })],
  ['maxBytes', '0 is not valid; write at least 1 byte', define({ maxBytes: 0 })],
  ['maxBytes', 'write at most 5242880 bytes (5 MiB)', define({ maxBytes: 5_242_881 })],
  ['maxBytes', '"1 MiB" is not valid', define({ maxBytes: '1 MiB' })],
  ['value', 'this object is not valid; write a zod schema', define({ value: { id: 'string' } })],
  ['storeWhen', 'true is not valid; write a function', define({ storeWhen: true })],
  ['cacheControl', "is for scope 'public'; take it out", define({ cacheControl: 'no-store' })],
  [
    'cacheControl',
    'is missing; say what browsers may do',
    define({ ...publicClass, cacheControl: undefined }),
  ],
  ['cacheControl', 'write printable ASCII', define({ ...publicClass, cacheControl: 'no-cache\r\nx: y' })],
  ['invalidatedBy', '"paid" is not valid; write a list', define({ invalidatedBy: 'paid' })],
  ['invalidatedBy[0]', '"" is not valid', define({ invalidatedBy: [''] })],
  ['rationale', 'is missing; say why these numbers', without('rationale')],
  ['rationale', '" " is not valid; say why these numbers', define({ rationale: ' ' })],
  ['ttlMs', 'there is no such field; known are name, version, scope', define({ ttlMs: 300 })],
  ['staleIfErorr', "; did you mean 'staleIfError'?", define({ staleIfErorr: '1h' })],
  [
    'tags',
    "{idd} is not in params; add it there or take it out; did you mean 'id'?",
    define({ tags: ['{idd}'] }),
  ],
])('%s: %s', (field, says, make) => {
  expect(make).toThrow(StrategyError);
  try {
    make();
  } catch (error) {
    const { message, faults } = error as StrategyError;
    const fault = faults.find((each) => each.field === field && each.says.includes(says));
    expect(fault, message).toBeDefined();
    if (field !== 'name') expect(fault?.where).toBe('invoice');
    // The message has a line for each fault, and the line is whole.
    expect(message.split('\n').slice(1)).toEqual(
      faults.map((each) => `  ${each.where}.${each.field}: ${each.says}`),
    );
  }
});

test('all faults of a class are told at once, each once', () => {
  const make = define({
    version: 0,
    ttl: 'x',
    access: undefined,
    tags: ['{nobody}'],
    extra: 1,
    scope: 'public',
  });
  expect(make).toThrow(
    [
      'the strategy is not valid:',
      '  invoice.version: 0 is not valid; write a whole number from 1',
      "  invoice.access: is missing; say who may read it: 'tenant', 'user', 'public' or a rule made by allowWhen; there is no default",
      '  invoice.ttl: "x" is not a duration; write a number and a unit of ms, s, m, h or d, such as \'10m\'',
    ].join('\n'),
  );
  expect(make).toThrow(
    /invoice\.extra: there is no such field[^\n]*\n {2}invoice\.tags: {nobody}[^\n]*\n {2}invoice\.cacheControl:[^\n]*$/,
  );
});

test.each([undefined, null, 'invoice', 7])('%j is not a definition', (nothing) => {
  expect(() => dataClass(nothing as never)).toThrow(/a class\.definition: .*write an object/);
});

test('defaults', () => {
  const cls = dataClass(good);
  expect(cls).toMatchObject({
    ttlMs: 300_000,
    swrMs: 0,
    sieMs: 0,
    l1Ms: 1_000,
    maxBytes: 1_048_576,
    consistency: 'standard',
    tagsFromAnswer: false,
    writeThrough: undefined,
    cacheControl: 'private, no-cache',
    invalidatedBy: [],
    paramNames: ['id'],
  });
  expect(cls.tagsOf({ id: 'a' })).toEqual([]);
  expect(Object.isFrozen(cls)).toBe(true);
});

test('a strict class is never answered from memory', () => {
  expect(dataClass({ ...good, consistency: 'strict' }).l1Ms).toBe(0);
});

test('a class fills its key, tags and origin path from one set of parameters', () => {
  const params = z.object({ id: z.string(), page: z.coerce.number().default(1) });
  const cls = dataClass({
    ...good,
    scope: 'user',
    access: 'user',
    params,
    key: 'page:{page}:of:{id}',
    tags: ['invoice:{id}', 'invoice:{page}', 'invoices'],
    origin: '/{tenant_id}/{user_id}/invoices/{id}?page={page}',
  });
  const parsed = cls.params.parse({ id: 'a:b' });
  expect(cls.keyOf(parsed)).toBe('page:@1:of:a%3Ab');
  expect(cls.tagsOf(parsed)).toEqual(['invoice:a:b', 'invoice:1', 'invoices']);
  expect(cls.tagsOf({ id: '1', page: 1 })).toEqual(['invoice:1', 'invoices']);
  expect(cls.originPath(parsed, { tenant: 'acme', user: 'a/b' })).toBe('/acme/a%2Fb/invoices/a%3Ab?page=1');
});

test.each<[string, unknown, string, string]>([
  ['an unknown parameter', { id: 'a', debug: '1' }, 'debug', 'there is no such parameter'],
  ['an absent one', {}, 'id', 'expected string'],
  ['a long one', { id: 'x'.repeat(257) }, 'id', 'must not be longer than 256 bytes'],
  ['a long one in UTF-8', { id: 'é'.repeat(129) }, 'id', 'must not be longer than 256 bytes'],
])('%s is refused by name', (_, input, name, says) => {
  const parsed = dataClass(good).params.safeParse(input);
  expect(parsed.error?.issues).toHaveLength(1);
  expect(parsed.error?.issues[0]?.path[0]).toBe(name);
  expect(parsed.error?.issues[0]?.message).toContain(says);
});

test('a parameter of 256 bytes fits', () => {
  const { params } = dataClass(good);
  for (const id of ['x'.repeat(256), 'é'.repeat(128), '💧'.repeat(64)])
    expect(params.parse({ id })).toEqual({ id });
});

test('refinements over several parameters still hold', () => {
  const params = z
    .object({ from: z.string(), to: z.string() })
    .refine(({ from, to }) => from <= to, { path: ['to'] });
  const cls = dataClass({ ...good, params, key: '{from}:{to}', origin: '/x?from={from}&to={to}' });
  expect(cls.params.safeParse({ from: '1', to: '2' }).success).toBe(true);
  expect(cls.params.safeParse({ from: '2', to: '1' }).error?.issues[0]?.path).toEqual(['to']);
});

test('what a schema makes of its input must fit a key too', () => {
  const params = z.object({ id: z.string().transform((text): string => [text] as unknown as string) });
  const parsed = dataClass({ ...good, params }).params.safeParse({ id: 'a' });
  expect(parsed.error?.issues[0]).toMatchObject({
    path: ['id'],
    message: expect.stringContaining('must come out as'),
  });
});
