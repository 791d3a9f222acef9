import { expect, test } from 'vitest';
import { Flights, nameFlight } from '../../src/engine/flights.ts';

test('a flight is there until it has landed, or failed', async () => {
  const flights = new Flights(10);
  const { promise, resolve } = Promise.withResolvers<string>();
  flights.register('a', promise, 'token');
  const failing = Promise.reject(new Error('network'));
  flights.register('b', failing, 'token');
  expect(flights.get('a', 'token')).toBe(promise);
  resolve('landed');
  await Promise.allSettled([promise, failing]);
  await Promise.resolve();
  expect([flights.get('a', 'token'), flights.get('b', 'token')]).toEqual([undefined, undefined]);
});

test('the last of equal name wins, and does not end with the one before', async () => {
  const flights = new Flights(10);
  const first = Promise.resolve(1);
  const second = new Promise(() => {});
  flights.register('a', first, 'token');
  flights.register('a', second, 'token');
  await first;
  await Promise.resolve();
  expect(flights.get('a', 'token')).toBe(second);
});

test.each([
  ['its own', 'one', 'one', true],
  ['of nobody', 'one', null, false],
  ['of another, who has it since', 'one', 'two', false],
  ['of whoever, where it needed none', null, 'two', true],
  ['of nobody, because nothing was stored lately', null, 'direct', true],
])('is joined while the lease is %s', (_whose, token, holder, isJoined) => {
  const flights = new Flights(10);
  flights.register('a', new Promise(() => {}), token);
  expect(flights.get('a', holder) !== undefined).toBe(isJoined);
});

test('flights that never land, because their requests were cancelled, do not pile up', () => {
  const flights = new Flights(10);
  for (let i = 0; i <= 1_000; i++) flights.register(`flight ${i}`, new Promise(() => {}), 'token');
  expect(flights.get('flight 0', 'token')).toBeUndefined();
  expect(flights.get('flight 1000', 'token')).toBeDefined();
});

test('another generation, or another last purge of the tenant, is another flight', () => {
  const names = [
    nameFlight('k', ['g1', 'g2'], null),
    nameFlight('k', ['g1', 'g3'], null),
    nameFlight('k2', ['g1', 'g2'], null),
    nameFlight('k', ['g1', 'g2'], 'l1'),
    nameFlight('k', ['g1', 'g2'], 'l2'),
  ];
  expect(new Set(names).size).toBe(names.length);
});
