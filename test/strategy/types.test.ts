import { expect, test } from 'vitest';
import * as z from 'zod';
import { allowWhen } from '../../src/strategy/access.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import type { DataClass, Duration } from '../../src/strategy/types.ts';

/** What must not compile, held by the type checker (`npm run check`): an unused `@ts-expect-error` is an error. */
const base = {
  name: 'report',
  version: 1,
  scope: 'tenant',
  key: '{id}',
  read: 'cache-aside',
  ttl: '1m',
  rationale: 'typed',
} as const;
const params = z.object({ id: z.string() });
const tenant = { ...base, params, access: 'tenant' } as const;

test('tenant and user are never parameters', () => {
  const withId = <N extends string>(name: N) => z.object({ [name]: z.string() } as Record<N, z.ZodString>);
  // @ts-expect-error tenant comes only from verified identity
  expect(() => dataClass({ ...tenant, params: withId('tenant') })).toThrow();
  // @ts-expect-error tenant_id comes only from verified identity
  expect(() => dataClass({ ...tenant, params: withId('tenant_id') })).toThrow();
  // @ts-expect-error user comes only from verified identity
  expect(() => dataClass({ ...tenant, params: withId('user') })).toThrow();
  // @ts-expect-error user_id comes only from verified identity
  expect(() => dataClass({ ...tenant, params: withId('user_id') })).toThrow();
  // @ts-expect-error beside others, too
  expect(() => dataClass({ ...tenant, params: z.object({ id: z.string(), user_id: z.string() }) })).toThrow();
});

test('access has no default', () => {
  // @ts-expect-error access is missing
  expect(() => dataClass({ ...base, params })).toThrow('report.access: is missing');
});

test('fields that do not exist do not compile', () => {
  // @ts-expect-error no such field
  expect(() => dataClass({ ...tenant, staleWhileRevalidation: '1m' })).toThrow('no such field');
});

test('parameters come out as strings, numbers and booleans', () => {
  // @ts-expect-error a date is not a part of a key
  dataClass({ ...tenant, params: z.object({ id: z.date() }) });
});

test('a duration has a unit', () => {
  const ten: Duration = '10m';
  // @ts-expect-error a bare number is not a duration
  const bare: Duration = '10';
  // @ts-expect-error nor are weeks
  const weeks: Duration = '1w';
  expect([ten, bare, weeks]).toHaveLength(3);
});

test('a class knows its parameters and its value', () => {
  const page = z.number().optional();
  const cls = dataClass({
    ...tenant,
    params: z.object({ id: z.string(), page }),
    key: '{id}:{page}',
    value: z.object({ status: z.string() }),
    storeWhen: (value) => value.status !== 'draft',
  });
  expect(cls.keyOf({ id: 'a', page: 2 })).toBe('a:@2');
  expect(cls.keyOf({ id: 'a' })).toBe('a:@none');
  // @ts-expect-error id is a string
  expect(cls.keyOf({ id: 1 })).toBe('@1:@none');
  // @ts-expect-error id is missing
  expect(cls.keyOf({})).toBe('@none:@none');
  expect(cls.params.parse({ id: 'a' }).id.toUpperCase()).toBe('A');
  expect(cls.storeWhen?.({ status: 'draft' })).toBe(false);
  // @ts-expect-error a value has a status
  expect(cls.storeWhen?.({})).toBe(true);
  const any: DataClass = cls;
  expect(any).toBe(cls);
});

test('a rule knows the values of the classes that it reads', () => {
  const held = dataClass({
    ...tenant,
    name: 'held',
    key: '',
    params: z.object({}),
    read: 'read-through',
    origin: '/held',
    value: z.object({ can: z.array(z.string()) }),
  });
  const rule = allowWhen('may', [held], (_identity, _params, [value]) => value.can.includes('x'));
  // @ts-expect-error a held value has no rights
  const wrong = allowWhen('may', [held], (_identity, _params, [value]) => value.rights);
  const ruled = dataClass({ ...base, params, access: rule });
  expect(ruled.access).toBe(rule);
  expect(wrong.reads).toEqual([held]);

  const ofOwner = allowWhen('own', [], (identity, { owner }: { owner: string }) => identity.user === owner);
  // @ts-expect-error the class has no parameter `owner`
  dataClass({ ...base, params, access: ofOwner });
  expect(
    dataClass({ ...base, key: '{owner}', params: z.object({ owner: z.string() }), access: ofOwner }).access,
  ).toBe(ofOwner);
});

test('a strategy knows its events', () => {
  const strategy = defineStrategy({
    classes: [],
    events: { paid: { payload: z.object({ id: z.string() }), purges: { tags: ['invoice:{id}'] } } },
  });
  expect(strategy.events.paid.payload.parse({ id: 'a' }).id).toBe('a');
  // @ts-expect-error no such event
  expect(strategy.events.lost).toBeUndefined();
});
