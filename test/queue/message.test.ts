import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { followUpPublications, publicationsOf, readMessage, writeMessage } from '../../src/queue/message.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';

const order = orderOf({ id: 'a-purge-id', source: 'app', whose: 'tenant', tenant: 'acme', acceptedMs: 1000 });
const steps = (of: ReturnType<typeof publicationsOf>) =>
  of.map(({ message, delayMs }) => `${message.step} ${message.order.id} +${delayMs / 1000}`);

describe('What a purge needs', () => {
  test('is itself, and a look at it', () => {
    expect(steps(publicationsOf(order))).toEqual(['apply a-purge-id +0', 'verify a-purge-id +31']);
  });
  test('where it settles: a second one by an id of its own, and a look at that', () => {
    expect(steps(followUpPublications({ ...order, settleMs: 5000 }))).toEqual([
      'verify a-purge-id +31',
      'apply a-purge-id-settle +5',
      'verify a-purge-id-settle +36',
    ]);
  });
  test('where it erases: that begins with the purge', () => {
    expect(steps(publicationsOf({ ...order, erase: true }))[0]).toBe('erase a-purge-id +0');
  });
});

const tags = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }), { maxLength: 100 });
test('Every message is read as it was written', () => {
  fc.assert(
    fc.property(
      tags,
      tags,
      fc.constantFrom('apply', 'verify', 'erase'),
      fc.nat({ max: 3 }),
      (some, more, step, round) => {
        const message = { step, round, order: { ...order, tags: some, users: more } } as const;
        expect(readMessage(writeMessage(message))).toEqual(message);
      },
    ),
  );
});

const good = JSON.parse(writeMessage({ step: 'apply', round: 0, order })) as { order: object };
test.each<[string, unknown]>([
  ['message', 'text'],
  ['more', { ...good, more: 1 }],
  ['v', { ...good, v: 2 }],
  ['step', { ...good, step: 'purge' }],
  ['round', { ...good, round: 4 }],
  ['round', { ...good, round: -1 }],
  ['order.id', { ...good, order: { ...good.order, id: 'x' } }],
  ['order.id', { ...good, order: { ...good.order, id: '../../gen:acme' } }],
  ['order.whose', { ...good, order: { ...good.order, whose: 'all' } }],
  ['order.nonce', { ...good, order: { ...good.order, nonce: 'mine' } }],
  ['order.tags', { ...good, order: { ...good.order, tags: Array(321).fill('a') } }],
  ['order.tenant', { ...good, order: { ...good.order, tenant: null } }],
  ['order.tenant', { ...good, order: { ...good.order, whose: 'public' } }],
  ['order.whose', { ...good, order: { ...good.order, whose: 'everyone', tenant: null, tags: ['a'] } }],
  ['order.users', { ...good, order: { ...good.order, whose: 'public', tenant: null, users: ['a'] } }],
  ['order.erase', { ...good, order: { ...good.order, erase: true } }],
  ['order.mode', { ...good, order: { ...good.order, mode: 'medium' } }],
])('What is no message says where: %s', (at, given) => {
  const read = readMessage(JSON.stringify(given));
  expect(read).toHaveProperty('malformed', expect.stringContaining(`${at}: `));
});

test('What is not JSON is no message', () => {
  expect(readMessage('{')).toEqual({ malformed: 'not JSON' });
});
