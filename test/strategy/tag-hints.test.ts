import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { strategy } from '../../routes/strategy.ts';
import { bounds } from '../../src/bounds.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { tagHints } from '../../src/strategy/tag-hints.ts';
import type { DataClass } from '../../src/strategy/types.ts';

interface Declares {
  readonly scope?: 'tenant' | 'user' | 'public';
  readonly tagsFromAnswer?: boolean;
}

/** A class by the tags that it declares. */
function declaring(
  tags: readonly string[],
  { scope = 'tenant', tagsFromAnswer = false }: Declares = {},
): DataClass {
  const names = [...new Set(tags.flatMap((tag) => [...tag.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)))];
  return dataClass({
    name: `c${tags.join('_').replaceAll(/[^a-z0-9]/g, '')}`.slice(0, bounds.classNameChars),
    version: 1,
    scope,
    key: names.map((name) => `{${name}}`).join(':'),
    params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))),
    access: scope,
    tags,
    tagsFromAnswer,
    read: 'read-through',
    origin: '/it',
    ttl: '1m',
    ...(scope === 'public' && { cacheControl: 'no-store' }),
    rationale: 'for a test',
  });
}

const ofTenants = [
  declaring(['invoice:{invoice_id}']),
  declaring(['invoices']),
  declaring(['dashboard:{dashboard_id}', 'dashboard:{dashboard_id}:kpis:{date_range}'], { scope: 'user' }),
];
const ofPublic = [declaring(['account:{provider}:{account}'], { scope: 'public' })];
const open = declaring(['page:{page}'], { tagsFromAnswer: true });
const publicOpen = declaring(['uri:{target}'], { scope: 'public', tagsFromAnswer: true });
const closed = [...ofTenants, ...ofPublic];

const hintOf = (tag: string, whose: 'tenant' | 'public' = 'tenant', classes = closed) => {
  const hints = tagHints(classes, { whose, tags: [tag] });
  expect(hints.length).toBeLessThan(2);
  return hints[0];
};

describe('A tag that a class can have has no hint:', () => {
  test.each<[string, string, whose?: 'public']>([
    ['one with a parameter', 'invoice:inv_0001'],
    ['one without', 'invoices'],
    ['one with several', 'dashboard:d1:kpis:2026-10'],
    ['a value with colons in it', 'dashboard:a:b:c'],
    ['a value of another script', 'invoice:счёт №1'],
    ['one of a class of users', 'dashboard:d1'],
    ['one of public data', 'account:stripe:acct_1', 'public'],
  ])('%s, %s', (_, tag, whose) => expect(hintOf(tag, whose)).toBeUndefined());
});

describe('Literals count wherever they stand in a template:', () => {
  const classes = [declaring(['ab{x}ba', 'list:', 'page:{x}:draft:{y}:end'])];
  test.each(['abba', 'ab-ba', 'abaaba', 'list:', 'page:1:draft:2:end', 'page::draft::draft::end'])(
    '%s can be',
    (tag) => expect(hintOf(tag, 'tenant', classes)).toBeUndefined(),
  );
  test.each(['aba', 'ab', 'ab-bab', 'list', 'page:1:end', 'page:1:draft:2:ends', 'page:1:draft:end'])(
    '%s cannot',
    (tag) => expect(hintOf(tag, 'tenant', classes)).toMatch(/^no class has a tag /),
  );
});

describe('A tag that no class can have is told with those that come nearest:', () => {
  test.each<[string, string, string]>([
    [
      'a slip',
      'invocie:inv_0001',
      'no class has a tag "invocie:…"; "invoice:{invoice_id}" and "invoices" exist',
    ],
    [
      'another case',
      'Dashboard:d1',
      'no class has a tag "Dashboard:…"; "dashboard:{dashboard_id}" and "dashboard:{dashboard_id}:kpis:{date_range}" exist',
    ],
    [
      'the list for one of it',
      'invoices:inv_0001',
      'no class has a tag "invoices:inv_0001"; "invoices" and "invoice:{invoice_id}" exist',
    ],
    [
      'one of it for the list',
      'invoice',
      'no class has a tag "invoice"; "invoice:{invoice_id}" and "invoices" exist',
    ],
    [
      'another separator',
      'invoice/inv_0001',
      'no class has a tag "invoice/inv_0001"; "invoice:{invoice_id}" and "invoices" exist',
    ],
    [
      'nothing near, and one that is like it most',
      'typo:42',
      'no class has a tag "typo:…"; "invoice:{invoice_id}" exists',
    ],
    [
      'nothing near, and one that has no parameter either',
      'typo',
      'no class has a tag "typo"; "invoices" exists',
    ],
    [
      'a key for a tag',
      'analytics:v2:tenant:acme:dashboard:d1',
      'no class has a tag "analytics:…"; classes of tenants have "invoice:{invoice_id}", "invoices", "dashboard:{dashboard_id}" and 1 more',
    ],
    [
      'a space before it',
      ' invoices',
      'no class has a tag " invoices"; "invoices" and "invoice:{invoice_id}" exist',
    ],
  ])('%s', (_, tag, hint) => expect(hintOf(tag)).toBe(hint));

  const far = (tags: string[], tag: string, whose: 'tenant' | 'public' = 'tenant') =>
    hintOf(tag, whose, [declaring(tags, { scope: whose })]);
  test('where several are as far away, or all of another form, what there is is told, and nothing as meant', () => {
    expect(far(['abc:{x}', 'def:{y}'], 'typo:42')).toBe(
      'no class has a tag "typo:…"; classes of tenants have "abc:{x}" and "def:{y}"',
    );
    expect(far(['account:{provider}:{account}'], 'uri:/list?page=2', 'public')).toBe(
      'no class has a tag "uri:…"; public classes have "account:{provider}:{account}"',
    );
    expect(far(['a:{x}:b', 'c:{x}:d', 'e:{x}:f'], 'typo')).toBe(
      'no class has a tag "typo"; classes of tenants have "a:{x}:b", "c:{x}:d" and "e:{x}:f"',
    );
  });

  test('of the demo the one that its documentation shows', () => {
    const { classes } = strategy;
    expect(tagHints(classes.values(), { whose: 'tenant', tags: ['invioce:inv_0001'] })).toEqual([
      'no class has a tag "invioce:…"; "invoice:{invoice_id}" and "invoices" exist',
    ]);
    expect(tagHints(classes.values(), { whose: 'public', tags: ['uri:/list?page=2'] })).toEqual([
      'no class has a tag "uri:…"; public classes have "account:{provider}:{account}"',
    ]);
  });

  test('one that exists is one', () => {
    expect(hintOf('typo:42', 'tenant', [declaring(['invoice:{invoice_id}'])])).toBe(
      'no class has a tag "typo:…"; "invoice:{invoice_id}" exists',
    );
  });

  test('no class declares any', () => {
    expect(hintOf('typo:42', 'tenant', [declaring([])])).toBe(
      'no class has a tag "typo:…", nor any; name a class',
    );
    expect(hintOf('typo:42', 'tenant', [])).toBe('no class has a tag "typo:…", nor any; name a class');
  });
});

test.each(['invoice:*', '*', 'invoice*', 'inv*:1', 'nothing:*', 'invoice:', 'typo:'])(
  'Tags are exact: %s',
  (tag) => {
    for (const whose of ['tenant', 'public'] as const)
      for (const classes of [closed, [open], [publicOpen]])
        expect(hintOf(tag, whose, classes)).toBe(
          `tags are exact: "${tag}" purges only that very tag; name a class, or several tags`,
        );
  },
);

describe('A tag with a star or a colon in its value is one that a class can have:', () => {
  test.each<[string, 'tenant' | 'public', DataClass[]]>([
    ['invoice:a*b', 'tenant', closed],
    ['dashboard:*:kpis:2026', 'tenant', closed],
    ['uri:/a*b', 'public', [publicOpen]],
    ['uri:/a*', 'public', [publicOpen]],
    ['uri:/list?at=12:', 'public', [publicOpen]],
    ['uri:*', 'public', [publicOpen]],
  ])('%s', (tag, whose, classes) => expect(hintOf(tag, whose, classes)).toBeUndefined());

  test('of the wrong owner that is what is told', () => {
    expect(hintOf('invoice:a*b', 'public', closed)).toMatch(/^no public class has a tag/);
    expect(hintOf('uri:/a*', 'tenant', [...closed, publicOpen])).toMatch(/^no class of tenants has a tag/);
  });
});

describe('Purged for the wrong owner:', () => {
  test.each<[string, string, 'tenant' | 'public', string]>([
    [
      'a public tag for a tenant',
      'account:stripe:acct_1',
      'tenant',
      'no class of tenants has a tag "account:stripe:acct_1"; "account:{provider}:{account}" is of public data: say --public (public: true)',
    ],
    [
      'a tenant’s tag as public',
      'invoice:inv_0001',
      'public',
      'no public class has a tag "invoice:inv_0001"; "invoice:{invoice_id}" is of tenants\' data: say --tenant (tenant)',
    ],
    [
      'a tag of users as public',
      'dashboard:d1',
      'public',
      'no public class has a tag "dashboard:d1"; "dashboard:{dashboard_id}" is of tenants\' data: say --tenant (tenant)',
    ],
    [
      'with a slip too',
      'acount:stripe:acct_1',
      'tenant',
      'no class has a tag "acount:…"; "account:{provider}:{account}" is of public data: say --public (public: true)',
    ],
  ])('%s', (_, tag, whose, hint) => expect(hintOf(tag, whose)).toBe(hint));

  test('a URL of an HTTP cache for a tenant', () => {
    expect(hintOf('uri:/list?page=2', 'tenant', [...closed, publicOpen])).toBe(
      'no class of tenants has a tag "uri:/list?page=2"; "uri:{target}" is of public data: say --public (public: true)',
    );
  });
});

describe('Where answers may name tags', () => {
  test.each<[string, string, 'tenant' | 'public']>([
    ['a tenant’s may exist', 'typo:42', 'tenant'],
    ['a public one may exist', 'cms-page-42', 'public'],
    ['a group may exist', 'group:origin.test:news', 'public'],
    ['a URL may exist', 'uri:/list?page=2', 'public'],
  ])('%s: no hint', (_, tag, whose) => {
    expect(hintOf(tag, whose, [...closed, open, publicOpen])).toBeUndefined();
  });

  test.each<[string, string, 'tenant' | 'public', string]>([
    [
      'a slip',
      'invocie:1',
      'tenant',
      'no class of tenants declares a tag "invocie:…"; "invoice:{invoice_id}" and "invoices" exist',
    ],
    [
      'a slip in a public one',
      'acount:x:y',
      'public',
      'no public class declares a tag "acount:…"; "account:{provider}:{account}" exists',
    ],
    [
      'the wrong owner',
      'invoice:1',
      'public',
      'no public class declares a tag "invoice:1"; "invoice:{invoice_id}" is of tenants\' data: say --tenant (tenant)',
    ],
  ])('%s is told, as what is declared', (_, tag, whose, hint) => {
    expect(hintOf(tag, whose, [...closed, open, publicOpen])).toBe(hint);
  });

  test('of public data alone, a tenant’s tag is told, as a tenant’s', () => {
    expect(hintOf('typo:42', 'tenant', [...ofTenants, publicOpen])).toMatch(
      /^no class of tenants has a tag "typo:…"; /,
    );
  });
});

describe('What is told is bounded, and in one line:', () => {
  const hints = (tags: readonly string[], classes = closed) => tagHints(classes, { whose: 'tenant', tags });

  test('each tag once, in the order of the purge', () => {
    expect(hints(['b:1', 'invoices', 'a:1', 'b:1'])).toEqual([
      expect.stringMatching(/^no class has a tag "b:…"/),
      expect.stringMatching(/^no class has a tag "a:…"/),
    ]);
  });

  test('of 100 tags the first 10, and that there are more', () => {
    const tags = Array.from({ length: 100 }, (_, i) => `t${i}`);
    const told = hints(tags);
    expect(told).toHaveLength(bounds.hintsPerPurge + 1);
    expect(told.at(-1)).toBe('there are more such tags');
    expect(hints(tags.slice(0, 10))).toHaveLength(10);
    expect(hints([...tags.slice(0, 10), 'invoices'])).toHaveLength(10);
  });

  test('what is said of several tags once', () => {
    expect(hints(['typo:1', 'typo:2', 'tpyo:1', 'typo:3'])).toEqual([
      expect.stringContaining('"typo:…"'),
      expect.stringContaining('"tpyo:…"'),
    ]);
  });

  test('only some that no class has are compared; those that one has do not count', () => {
    const those = (count: number, head: string) => Array.from({ length: count }, (_, i) => `${head}:${i}`);
    const good = those(200, 'invoice');
    expect(hints([...good, ...those(bounds.tagsCompared - 1, 'typo'), 'invocie:1'])).toHaveLength(2);
    expect(hints([...good, ...those(bounds.tagsCompared, 'typo'), 'invocie:1'])).toHaveLength(1);
  });

  test('endless tags and templates', () => {
    const long = declaring([`${'x'.repeat(1_000)}:{id}`]);
    for (const tag of ['y'.repeat(bounds.tagBytes), `${'x'.repeat(bounds.tagBytes - 2)}:*`])
      expect(hints([tag], [long, ...closed])[0]!.length).toBeLessThan(500);
  });

  test.each([
    ['a newline', 'ty\npo'],
    ['an escape', '\u001b[2Jtypo'],
    ['a control of the second kind', 'typo\u009b2J'],
    ['a character that turns the text', 'typo\u202egpj'],
    ['one that is not seen', 'ty\u200bpo'],
    ['a line separator', 'ty\u2028po'],
    ['half a character', 'ty\ud83dpo'],
    ['a tag character', 'typo\u{e0041}'],
  ])('%s is written out', (_, tag) => {
    for (const some of [tag, `${tag}:1`, `${tag}:*`]) {
      const [hint] = hints([some]);
      expect(hint).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(hint).toContain('po');
    }
  });

  test('many parameters cost no more than few', () => {
    const many = declaring([Array.from({ length: 16 }, (_, i) => `a{p${i}}`).join('')]);
    expect(hints([`${'a'.repeat(bounds.tagBytes - 1)}b`], [many])).toEqual([]);
    expect(hints(['b'.repeat(bounds.tagBytes)], [many])).toHaveLength(1);
  });
});
