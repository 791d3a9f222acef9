import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { parseSettings } from '../../src/edge/settings.ts';
import { Names, type Owner } from '../../src/store/names.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';

const base = {
  version: 1,
  read: 'cache-aside',
  ttl: '1m',
  rationale: 'to be told apart',
  params: z.object({ id: z.string() }),
  tags: ['item:{id}'],
} as const;
const kpis = dataClass({ ...base, name: 'kpis', scope: 'tenant', access: 'tenant', key: 'item:{id}' });
const mine = dataClass({
  ...base,
  name: 'mine',
  scope: 'user',
  access: 'user',
  key: '{id}',
  tagsFromAnswer: true,
});
const open = dataClass({
  ...{ ...base, name: 'open', scope: 'public', access: 'public', key: '{id}' },
  cacheControl: 'no-cache',
});
const classes = [kpis, mine, open];
const ann: Owner = { tenant: 'acme', user: 'ann' };

describe('The names of an entry', () => {
  test('are its key, its generations, and `last` where the answer may name tags', async () => {
    const names = new Names('');
    expect(await names.entry(kpis, ann, { id: 'd1' })).toEqual({
      fullKey: 'kpis:v1:tenant:acme:item:d1',
      key: 'kpis:v1:tenant:acme:item:d1',
      generationNames: ['gen:acme:@t', 'gen:acme:@c:kpis', 'gen:@all:@c:kpis', 'gen:acme:item:d1'],
    });
    expect(await names.entry(mine, ann, { id: 'd1' })).toMatchObject({
      key: 'mine:v1:tenant:acme:user:ann:d1',
      generationNames: [
        'gen:acme:@t',
        'gen:acme:@c:mine',
        'gen:@all:@c:mine',
        'gen:acme:@u:ann',
        'gen:acme:item:d1',
      ],
      lastName: 'last:acme',
    });
    expect((await names.entry(open, null, { id: 'd1' })).generationNames).toEqual([
      'gen:@public:@t',
      'gen:@public:@c:open',
      'gen:@all:@c:open',
      'gen:@public:item:d1',
    ]);
  });

  test('all begin with the namespace, encoded', async () => {
    const names = new Names('eu:1');
    const { key, generationNames: generations, lastName: last } = await names.entry(mine, ann, { id: 'd1' });
    const all = [
      key,
      ...generations,
      last!,
      await names.lock(mine.name, key),
      await names.late(mine.name, key),
    ];
    for (const name of [...all, names.receiptKey('1'), await names.tag(null, 'x')])
      expect(name).toMatch(/^eu%3A1:/);
  });

  test('that are too long keep what is readable and stay apart', async () => {
    const names = new Names('');
    const long = (end: string) => `${'é'.repeat(bounds.keyBytes)}${end}`;
    const one = await names.entry(kpis, ann, { id: long('1') });
    const two = await names.entry(kpis, ann, { id: long('2') });
    for (const name of [one.key, two.key, one.generationNames.at(-1)!, two.generationNames.at(-1)!]) {
      expect(name).toHaveLength(bounds.keyBytes);
      expect(name).toMatch(/:@sha256:[0-9a-f]{64}$/);
    }
    expect(one.key).not.toBe(two.key);
    expect(one.generationNames.at(-1)).not.toBe(two.generationNames.at(-1));
    expect(one.fullKey).toContain('%C3%A9');
    expect(await names.lock(kpis.name, one.fullKey)).toMatch(/^lock:kpis:[\w-]{43}$/);
    expect(await names.lock(kpis.name, one.fullKey)).not.toBe(await names.lock(kpis.name, two.fullKey));
  });
});

describe('A tag cannot be forged into', () => {
  const names = new Names('');
  test.each([
    ['the whole tenant', '@t', names.implicit.tenant(ann)],
    ['a class', '@c:kpis', names.implicit.class(ann, 'kpis')],
    ['a user', '@u:ann', names.implicit.user(ann)],
    ['a hashed name', `x:@sha256:${'0'.repeat(64)}`, `gen:acme:x:@sha256:${'0'.repeat(64)}`],
  ])('%s', async (_what, tag, name) => {
    expect(await names.tag(ann, tag)).not.toBe(name);
    expect(await names.tag(ann, tag)).not.toMatch(/@/);
  });

  test.each([
    ['public data', '@public', () => names.implicit.tenant(null)],
    ['a class of all tenants', '@all', () => names.implicit.everywhere('kpis')],
  ])('%s, nor can a tenant', async (_what, tenant, name) => {
    const forged = { tenant, user: 'ann' };
    expect([names.implicit.tenant(forged), names.implicit.class(forged, 'kpis')]).not.toContain(name());
    expect(names.last(forged)).not.toBe(names.last(null));
  });

  test('another tenant’s', async () => {
    expect(await names.tag({ tenant: 'a', user: 'u' }, 'b:c')).not.toBe(
      await names.tag({ tenant: 'a:b', user: 'u' }, 'c'),
    );
  });
});

/** A name, and what it must tell apart, in a form that is surely injective. */
type Named = { readonly name: string; readonly means: string };

const nasty = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...'@t @c:kpis @all @public %40t a b a:b : gen last lock purge v1 kpis'.split(' '),
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }) },
);
const namespace = fc.constantFrom('', 'a', 'b', 'a:b', 'kpis', 'v1', 'staging');

const named = fc
  .record({
    ...{ namespace, tenant: fc.option(nasty, { nil: null }), user: nasty, text: nasty },
    kind: fc.constantFrom(
      'tenant',
      'class',
      'everywhere',
      'user',
      'tag',
      'last',
      'canary',
      'receipt',
      'receipts of',
      'erasure',
      'lock',
      'late',
      'entry',
    ),
    number: fc.nat({ max: classes.length - 1 }),
  })
  .map(async ({ namespace, tenant, user, text, kind, number }): Promise<Named> => {
    const names = new Names(namespace);
    const cls = classes[number]!;
    const owner = tenant === null ? null : { tenant, user };
    const sure = owner ?? ann;
    const of = (name: string, ...means: unknown[]) => ({
      name,
      means: JSON.stringify([namespace, kind, ...means]),
    });
    switch (kind) {
      case 'tenant':
        return of(names.implicit.tenant(owner), tenant);
      case 'class':
        return of(names.implicit.class(owner, cls.name), tenant, cls.name);
      case 'everywhere':
        return of(names.implicit.everywhere(cls.name), cls.name);
      case 'user':
        return of(names.implicit.user(sure), sure.tenant, sure.user);
      case 'tag':
        return of(await names.tag(owner, text), tenant, text);
      case 'last':
        return of(names.last(owner), tenant);
      case 'canary':
        return of(names.canary());
      case 'receipt':
        return of(names.receiptKey(text), text);
      case 'receipts of':
        return of(names.receiptList(tenant === null ? null : { whose: 'tenant', tenant }), tenant);
      case 'erasure':
        return of(names.erasure(text), text);
      case 'lock':
        return of(await names.lock(cls.name, text), cls.name, text);
      case 'late':
        return of(await names.late(cls.name, text), cls.name, text);
      default: {
        const partition = { tenant: [sure.tenant], user: [sure.tenant, sure.user], public: [] }[cls.scope];
        return of((await names.entry(cls, sure, { id: text })).key, cls.name, partition, text);
      }
    }
  });

test('Two different things never have one name, across namespaces, tenants, kinds and values', async () => {
  const meanings = new Map<string, string>();
  await fc.assert(
    fc.asyncProperty(named, async (made) => {
      const { name, means } = await made;
      expect(meanings.get(name) ?? means).toBe(means);
      meanings.set(name, means);
    }),
    { numRuns: 20_000 },
  );
});

test.each(['gen', 'lock', 'last', 'late', 'purge', 'purges', 'erase', 'count', 'rollout'])(
  'A namespace called %s would meet the names of a deployment without one: a fault in the settings',
  (name) => {
    const settings = {
      ENVIRONMENT: 'development',
      ORIGIN_URL: 'https://origin.example',
      ORIGIN_SECRET: 'x'.repeat(16),
      STORE: 'memory',
      API_KEYS: '{}',
    };
    expect(() => parseSettings({ ...settings, NAMESPACE: name })).toThrow(
      /NAMESPACE is a name that the store uses/,
    );
    expect(parseSettings({ ...settings, NAMESPACE: `${name}-x` }).NAMESPACE).toBe(`${name}-x`);
  },
);

describe('An order of several parts names', () => {
  const none = { tags: [], classes: [], users: [], everything: false };
  const order = orderOf({
    ...{ id: 'pur_12345678', source: 'write-through', whose: 'tenant', tenant: 'acme', acceptedMs: 1 },
    tags: ['a'],
  });
  const own = { generationNames: ['gen:acme:a'], lastName: 'last:acme' };
  test.each<[string, (typeof order)['also'], object]>([
    ['one owner alone, where it has no other', [], own],
    [
      'what is softly its own beside, and what is both hard alone',
      [{ ...none, whose: 'tenant', mode: 'soft', tags: ['a', 'b'], users: ['u'] }],
      { ...own, softNames: ['gen:acme:b', 'gen:acme:@u:u'] },
    ],
    [
      'what is hard in another part hard alone, too',
      [
        { ...none, whose: 'public', mode: 'soft', tags: ['p', 'q'] },
        { ...none, whose: 'public', mode: 'hard', tags: ['p'] },
      ],
      {
        ...{ ...own, generationNames: ['gen:acme:a', 'gen:@public:p'], softNames: ['gen:@public:q'] },
        publicLastName: 'last:@public',
      },
    ],
    [
      'a class over all tenants, which needs no `last`',
      [{ ...none, whose: 'everyone', mode: 'hard', classes: ['kpis'] }],
      { ...own, generationNames: ['gen:acme:a', 'gen:@all:@c:kpis'] },
    ],
    [
      'everything of public data',
      [{ ...none, whose: 'public', mode: 'hard', everything: true }],
      { ...own, generationNames: ['gen:acme:a', 'gen:@public:@t'], publicLastName: 'last:@public' },
    ],
  ])('%s', async (_, also, names) => {
    expect(await new Names('').purged({ ...order, also })).toEqual(names);
  });
});
