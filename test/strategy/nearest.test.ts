import { describe, expect, test } from 'vitest';
import { nearest, slipsBetween } from '../../src/strategy/nearest.ts';

describe('nearest', () => {
  const known = ['invoice', 'invoices', 'analytics', 'permissions', 'CORS_ORIGINS', 'JWT_ISSUER', 'kpi'];
  test.each([
    ['a letter left out', 'invoce', 'invoice'],
    ['a letter too many', 'analyttics', 'analytics'],
    ['another letter', 'permissionz', 'permissions'],
    ['two letters swapped', 'inovice', 'invoice'],
    ['the singular', 'permission', 'permissions'],
    ['a setting without its plural', 'CORS_ORIGIN', 'CORS_ORIGINS'],
    ['another case', 'jwt_issuer', 'JWT_ISSUER'],
    ['the nearer of two', 'invoicess', 'invoices'],
    ['a short name', 'api', 'kpi'],
  ])('%s: %s → %s', (_, name, found) => expect(nearest(name, known)).toBe(found));

  test.each([
    ['another word', 'webhooks'],
    ['half of a short one', 'ka'],
    ['nothing', ''],
    ['a very long one', 'invoice'.repeat(10_000)],
  ])('%s is near to none', (_, name) => expect(nearest(name, known)).toBeUndefined());

  test('nothing is near where nothing is known, nor to what is far too long', () => {
    expect(nearest('invoice', [])).toBeUndefined();
    expect(nearest('invoice', ['invoice'.repeat(10_000)])).toBeUndefined();
  });
});

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['ca', 'ac', 1],
  ['kitten', 'sitting', 3],
  ['abcd', 'badc', 2],
])('from %j to %j it takes %i', (a, b, slips) => expect(slipsBetween(a, b)).toBe(slips));
