import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import type { EventDefinition } from '../../src/strategy/event.ts';
import type { DataClassDefinition } from '../../src/strategy/types.ts';

/** Events whose templates name a list: a tag for each element, of too many the classes that the tags may reach. */
const aClass = (name: string, different: Partial<DataClassDefinition<{ id: string }>> = {}) =>
  dataClass({
    ...{ name, version: 1, scope: 'tenant', key: '{id}', params: z.object({ id: z.string() }) },
    ...{ access: 'tenant', tags: [`${name}:{id}`], read: 'read-through', origin: '/{id}', ttl: '1m' },
    rationale: 'for a test',
    ...different,
  } as DataClassDefinition<{ id: string }>);
const ofUser = { scope: 'user', access: 'user', tags: [] } as const;
const ofAll = { scope: 'public', access: 'public', cacheControl: 'no-store' } as const;
const classes = [
  aClass('invoice'),
  aClass('bill', { tags: ['bill:{id}', 'invoice:{id}:lines'] }),
  aClass('other', { tags: ['other:{id}'] }),
  aClass('plain', { tags: [] }),
  aClass('tagged', { tags: [], tagsFromAnswer: true }),
  aClass('mine', ofUser),
  aClass('page', { ...ofAll, tags: ['invoice:{id}'] }),
];
const texts = z.array(z.string());
const payload = z.object({ ids: texts, more: texts, kind: z.string(), numbers: z.array(z.int()) });
const define = (event: Partial<EventDefinition>) =>
  defineStrategy({ classes, events: { happened: { payload, purges: {}, ...event } } });
const given = { ids: ['a', 'b'], more: [], kind: 'invoice', numbers: [1, 2] };
const many = (count: number) => Array.from({ length: count }, (_, i) => `i${i}`);

test.each<[string, EventDefinition['purges'], object, object]>([
  [
    'each of its elements',
    { tags: ['invoice:{ids}'] },
    {},
    { tags: ['invoice:a', 'invoice:b'], classes: [] },
  ],
  ['numbers', { tags: ['invoice:{numbers}'] }, {}, { tags: ['invoice:1', 'invoice:2'] }],
  ['one element once', { tags: ['invoice:{ids}'] }, { ids: ['a', 'a'] }, { tags: ['invoice:a'] }],
  [
    'in several templates',
    { tags: ['invoice:{ids}', 'x:{ids}'] },
    { ids: ['a'] },
    { tags: ['invoice:a', 'x:a'] },
  ],
  ['beside a field that is none', { tags: ['{kind}:{ids}'] }, {}, { tags: ['invoice:a', 'invoice:b'] }],
  [
    'one element once, also in the count of combinations',
    { tags: ['{ids}:{more}'] },
    { ids: many(8), more: [...many(8), ...many(8)] },
    { tags: { length: 64 }, classes: [] },
  ],
  [
    'each combination of two',
    { tags: ['{ids}:{more}'] },
    { more: ['x', 'y'] },
    { tags: ['a:x', 'a:y', 'b:x', 'b:y'] },
  ],
  ['nothing, of an empty list', { tags: ['invoice:{ids}'] }, { ids: [] }, { tags: [], classes: [] }],
  ['the rest, beside an empty list', { tags: ['invoice:{ids}', 'all'] }, { ids: [] }, { tags: ['all'] }],
  ['users', { users: ['{ids}'] }, {}, { users: ['a', 'b'] }],
  ['64', { tags: ['invoice:{ids}'] }, { ids: many(64) }, { tags: many(64).map((it) => `invoice:${it}`) }],
  // 'bill' too, one of whose tags a raw value could fill to; a tag from an answer can be any.
  [
    'more: the classes that they reach',
    { tags: ['invoice:{ids}', 'all'] },
    { ids: many(65) },
    { tags: ['all'], classes: ['invoice', 'bill', 'tagged'], everything: false },
  ],
  [
    'more, of which nothing is known but the end',
    { tags: ['{kind}:{ids}'] },
    { ids: many(65) },
    { tags: [], classes: ['invoice', 'bill', 'other', 'tagged'] },
  ],
  [
    'more, that no class names',
    { tags: ['nobody:{ids}'] },
    { ids: many(65) },
    { tags: [], classes: ['tagged'] },
  ],
  [
    'combinations of more',
    { tags: ['other:{ids}:{more}'] },
    { ids: many(10), more: many(7) },
    { tags: [], classes: ['other', 'tagged'] },
  ],
  [
    'more users: what is kept for any user',
    { users: ['{ids}'] },
    { ids: many(65) },
    { users: [], classes: ['mine'] },
  ],
  [
    'longer names than a message carries: the classes of all that it names',
    { tags: ['invoice:{ids}', 'other:{kind}'], users: ['{more}'] },
    { ids: many(64).map((it) => it + 'é'.repeat(1_100)), more: ['ann'] },
    { tags: [], users: [], classes: ['invoice', 'bill', 'tagged', 'other', 'mine'], settleMs: 0 },
  ],
  [
    'names as long as one carries',
    { tags: ['invoice:{ids}'] },
    { ids: many(64).map((it) => it + 'é'.repeat(1_000)) },
    { tags: { length: 64 }, classes: [] },
  ],
  [
    'classes once',
    { tags: ['other:{ids}'], classes: ['other'] },
    { ids: many(65) },
    { classes: ['other', 'tagged'] },
  ],
])('purges %s', (_, purges, different, expected) => {
  expect(define({ purges }).purgesOf('happened', { ...given, ...different })).toMatchObject(expected);
});

test('of public data: its classes, and HTTP caches, whose answers may name any tag', () => {
  const strategy = define({ purges: { tags: ['invoice:{ids}'] }, whose: 'public' });
  const around = { httpCaches: ['pages'], faultOfUser: () => null };
  expect(strategy.purgesOf('happened', { ...given, ids: many(65) }, around)).toMatchObject({
    ...{ whose: 'public', tags: [], classes: ['page', 'pages'], everything: false },
  });
  expect(strategy.purgesOf('happened', given, around)).toMatchObject({
    tags: ['invoice:a', 'invoice:b'],
    classes: [],
  });
});

test('settles as long as the longest of the classes that are purged for too many names', () => {
  const slow = aClass('bill', { tags: ['bill:{id}', 'invoice:{id}:lines'], settle: '9s' });
  const strategy = defineStrategy({
    classes: [aClass('invoice', { settle: '2s' }), slow],
    events: { happened: { payload, purges: { tags: ['invoice:{ids}'] } } },
  });
  expect(strategy.purgesOf('happened', given)).toMatchObject({ settleMs: 2_000 });
  expect(strategy.purgesOf('happened', { ...given, ids: many(65) })).toMatchObject({ settleMs: 9_000 });
});

test.each<[string, unknown, field: string]>([
  ['null', null, 'kind'],
  ['nothing', undefined, 'kind'],
  ['no text', '', 'kind'],
  ['no number', Number.NaN, 'kind'],
  ['no end', Number.POSITIVE_INFINITY, 'kind'],
  ['an object', {}, 'kind'],
  ['a set', new Set(['a']), 'kind'],
  ['a big integer', 1n, 'kind'],
  ['a date', new Date(0), 'kind'],
  ['a list in a list', ['a', ['b']], 'kind.1'],
  ['one without text', ['a', 'b', ''], 'kind.2'],
])('A payload whose field comes out as %s is refused, not made a tag', (_, kind, field) => {
  const strategy = define({ purges: { tags: ['kind:{kind}'] } });
  expect(() => strategy.purgesOf('happened', { ...given, kind } as never)).toThrow(
    `${field} must come out as text that is not empty, a finite number or a boolean`,
  );
});

describe('A definition that could not do what it says does not start:', () => {
  const of = (field: z.ZodType) => ({
    payload: z.object({ ids: field }),
    purges: { tags: ['invoice:{ids}'] },
  });
  test.each<[string, Partial<EventDefinition>]>([
    ['purges.tags: {ids} is a list of neither text nor numbers', of(z.array(z.object({ id: z.string() })))],
    ['purges.tags: {ids} is a list of neither text nor numbers', of(z.array(texts).readonly())],
    ['purges.tags: {ids} is neither text nor numbers', of(z.null())],
    ['purges.tags: {ids} is neither text nor numbers', of(z.set(z.string()))],
    ['purges.tags: {ids} is neither text nor numbers', of(z.object({}))],
    ['purges.tags: {ids} may be absent', of(texts.optional())],
    ['purges.tags: {ids} may be absent', of(texts.default([]))],
    [
      'purges.tags: names up to 384, and one purge takes 320',
      { purges: { tags: many(6).map((it) => `${it}:{ids}`) } },
    ],
  ])('%s', (line, event) => {
    expect(() => define(event)).toThrow(`  events.happened.${line}`);
  });

  test.each<z.ZodType>([
    z.array(z.email()),
    z.array(z.enum(['a'])).readonly(),
    z.array(z.union([z.string(), z.int()])).min(1),
    z.array(z.boolean()),
    z.any().refine(async () => true),
  ])('a list of what a tag can hold does', (field) => {
    expect(() => define(of(field))).not.toThrow();
  });
});
