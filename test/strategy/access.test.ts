import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Identity } from '../../src/identity/identity.ts';
import { allowWhen, judgeAccess, readsOf } from '../../src/strategy/access.ts';
import { dataClass } from '../../src/strategy/data-class.ts';

const ann: Identity = {
  tenant: 'acme',
  user: 'ann',
  roles: ['admin'],
  principal: { tenant: 'a', user: 'b' },
};
const permissions = dataClass({
  name: 'permissions',
  version: 1,
  scope: 'user',
  key: '',
  params: z.object({}),
  access: 'user',
  read: 'read-through',
  origin: '/me/permissions',
  ttl: '2m',
  value: z.object({ can: z.array(z.string()) }),
  rationale: 'asked on every request',
});
const can = (right: string) =>
  allowWhen(`can ${right}`, [permissions], (_identity, _params, [held]) => held.can.includes(right));

test('who is not verified reads only what is public', () => {
  expect(judgeAccess('public', null, {})).toBe('allowed');
  for (const access of ['tenant', 'user', can('kpi:read')] as const) {
    expect(judgeAccess(access, null, {}, [{ can: ['kpi:read'] }])).toBe('unauthenticated');
  }
});

test('who is verified reads what the key keeps for the tenant or the user', () => {
  expect(judgeAccess('tenant', ann, {})).toBe('allowed');
  expect(judgeAccess('user', ann, {})).toBe('allowed');
});

test('a rule is asked with the values of the classes that it reads', () => {
  const access = can('kpi:read');
  expect(access.says).toBe('can kpi:read');
  expect(readsOf(access)).toEqual([permissions]);
  expect(readsOf('tenant')).toEqual([]);
  expect(judgeAccess(access, ann, {}, [{ can: ['kpi:read'] }])).toBe('allowed');
  expect(judgeAccess(access, ann, {}, [{ can: [] }])).toBe('forbidden');
});

test('a rule may look at the identity and the parameters', () => {
  const own = allowWhen(
    'own report',
    [],
    (identity, { owner }: { owner: string }) => identity.user === owner,
  );
  expect(judgeAccess(own, ann, { owner: 'ann' })).toBe('allowed');
  expect(judgeAccess(own, ann, { owner: 'bob' })).toBe('forbidden');
});

test('only true allows: a promise, which is truthy, does not', () => {
  for (const answer of [Promise.resolve(true), 1, 'yes', {}, undefined]) {
    const rule = allowWhen('careless', [], () => answer as boolean);
    expect(judgeAccess(rule, ann, {})).toBe('forbidden');
    expect(judgeAccess({ says: 'by hand', reads: [], allows: () => answer as boolean }, ann, {})).toBe(
      'forbidden',
    );
  }
});
