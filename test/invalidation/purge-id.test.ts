import { expect, test } from 'vitest';
import { purgeIdOf } from '../../src/invalidation/purge-id.ts';
import { purgeOrder } from '../../src/strategy/purge-order.ts';

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const random = () => 'a-random-id-of-22-char';
const idOf = (source: string, event: { id: string; signed: boolean } | null, body = '{}') =>
  purgeIdOf(source, event, bytes(body), random);
const signed = { id: 'evt_1', signed: true };
const unsigned = { id: 'evt_1', signed: false };

test('The same event of the same source has the same id, whatever its body says meanwhile', async () => {
  expect(await idOf('stripe', signed)).toBe(await idOf('stripe', signed, '{"pending_webhooks":1}'));
});

test('Another source or another event has another id', async () => {
  const ids = await Promise.all([
    idOf('stripe', signed),
    idOf('svix', signed),
    idOf('stripe', { id: 'evt_2', signed: true }),
    idOf('stripe', unsigned),
  ]);
  expect(new Set(ids).size).toBe(4);
});

test('An id that is not signed counts only together with the body: nobody can take another’s event for done', async () => {
  expect(await idOf('github', unsigned, 'a')).toBe(await idOf('github', unsigned, 'a'));
  expect(await idOf('github', unsigned, 'a')).not.toBe(await idOf('github', unsigned, 'b'));
});

test('Without an id each delivery is a purge of its own', async () => {
  expect(await idOf('own', null)).toBe(`pur_${random()}`);
});

test('Source and id cannot be shifted into one another', async () => {
  expect(await idOf('a', { id: 'b","c', signed: true })).not.toBe(
    await idOf('a","b', { id: 'c', signed: true }),
  );
});

test('It is one that an order takes', async () => {
  expect(purgeOrder.unwrap().shape.id.safeParse(await idOf('stripe', signed)).success).toBe(true);
});
