import { expect, test } from 'vitest';
import * as z from 'zod';
import { allowWhen } from '../../src/strategy/access.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defineStrategy, type StrategyDefinition } from '../../src/strategy/define.ts';
import type { DataClass } from '../../src/strategy/types.ts';

const base = {
  version: 1,
  key: '',
  params: z.object({}),
  read: 'read-through',
  origin: '/x',
  ttl: '2m',
  rationale: 'seldom changes',
} as const;
const permissions = dataClass({ ...base, name: 'permissions', scope: 'user', access: 'user' });
const kpis = dataClass({
  ...base,
  name: 'kpis',
  scope: 'tenant',
  access: allowWhen('can kpi:read', [permissions], () => true),
  invalidatedBy: ['refreshed'],
});
const refreshed = {
  payload: z.object({ dashboard_id: z.string() }),
  purges: { classes: ['kpis'] },
  rationale: 'hourly',
};

test('a strategy knows its classes by name, its events and its claims', () => {
  const strategy = defineStrategy({
    classes: [kpis, permissions],
    events: { refreshed },
    identity: { claims: { tenant: ['https://acme.example/app', 'org'] } },
  });
  expect([...strategy.classes.keys()]).toEqual(['kpis', 'permissions']);
  expect(strategy.classes.get('kpis')).toBe(kpis);
  expect(strategy.events.refreshed.payload).toBe(refreshed.payload);
  expect(strategy.identity.claims).toEqual({
    tenant: ['https://acme.example/app', 'org'],
    user: ['sub'],
    roles: ['roles'],
  });
  expect(Object.isFrozen(strategy)).toBe(true);
});

test('claims that are not named are tenant, sub and roles', () => {
  const { claims } = defineStrategy({ classes: [permissions] }).identity;
  expect(claims).toEqual({ tenant: ['tenant'], user: ['sub'], roles: ['roles'] });
});

const lookAlike = { ...permissions } as DataClass;

test.each<[string, unknown]>([
  ['strategy.definition: is missing; write an object', undefined],
  ['strategy.classes: is missing; write a list of classes', {}],
  ['strategy.classes[0]: this object is not valid; make it with dataClass', { classes: [lookAlike] }],
  ['strategy.classes: an array is not valid; list at most 320', { classes: Array(321).fill(permissions) }],
  ['permissions.name: two classes have this name; rename one', { classes: [permissions, permissions] }],
  ["kpis.invalidatedBy: there is no event 'refreshed'; add it to events", { classes: [permissions, kpis] }],
  [
    "kpis.access: reads 'permissions', which is not in classes; add it there",
    { classes: [kpis], events: { refreshed } },
  ],
  ['strategy.events.paid.payload: is missing; write z.object({…})', { classes: [], events: { paid: {} } }],
  ['strategy.events.paid: 1 is not valid; write { payload, purges }', { classes: [], events: { paid: 1 } }],
  [
    'strategy.events.paid.tags: there is no such field; known are payload, purges, whose, mode, silences, rationale',
    { classes: [], events: { paid: { ...refreshed, tags: [] } } },
  ],
  [
    "strategy.events.paid.purges.tag: there is no such field; known are tags, users, classes, everything; did you mean 'tags'?",
    { classes: [], events: { paid: { ...refreshed, purges: { tag: [] } } } },
  ],
  [
    "kpis.invalidatedBy: there is no event 'refreshed'; add it to events; did you mean 'refreshedd'?",
    { classes: [permissions, kpis], events: { refreshedd: refreshed } },
  ],
  ['strategy.events.Paid-Up: name it with a-z first', { classes: [], events: { 'Paid-Up': refreshed } }],
  ['strategy.events: 1 is not valid; write an object of events', { classes: [], events: 1 }],
  [
    'strategy.identity.claims.user: "" is not valid; write a claim',
    { classes: [], identity: { claims: { user: '' } } },
  ],
  [
    'strategy.identity.claims.user: an array is not valid',
    { classes: [], identity: { claims: { user: [] } } },
  ],
  [
    'strategy.identity.claims.email: there is no such field; known are tenant, user, roles',
    { classes: [], identity: { claims: { email: 'e' } } },
  ],
  [
    'strategy.rollout: there is no such field; known are classes, events, alerts, serviceLevel, application, budget, silences, identity',
    { classes: [], rollout: {} },
  ],
])('%s', (line, definition) => {
  expect(() => defineStrategy(definition as StrategyDefinition)).toThrow(`  ${line}`);
});
