import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { sourceName } from '../../src/invalidation/sources.ts';
import { followUpPublications, publicationsOf, writeMessage } from '../../src/queue/message.ts';
import { joined, orderFrom, orderOf, type Part, purgeOrder, wireOf } from '../../src/strategy/purge-order.ts';

const given = {
  id: 'pur_12345678',
  source: 'app',
  whose: 'tenant',
  tenant: 'acme',
  acceptedMs: 1000,
} as const;
const none: Part = { whose: 'tenant', mode: 'hard', tags: [], classes: [], users: [], everything: false };
const also: Part[] = [
  { ...none, mode: 'soft', tags: ['a'] },
  { ...none, whose: 'public', tags: ['b'] },
];

/** As the version before events read an order, whether from the queue or from a receipt: anything more it refuses. */
const name = z.string().min(1).max(256);
const before = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{8,128}$/),
  source: name,
  eventId: name.nullable(),
  whose: z.enum(['tenant', 'public', 'everyone']),
  tenant: name.nullable(),
  tags: z.array(z.string().min(1).max(8192)).max(320),
  classes: z.array(name).max(320),
  users: z.array(name).max(320),
  everything: z.boolean(),
  erase: z.boolean(),
  mode: z.enum(['hard', 'soft']),
  acceptedMs: z.int().min(0),
  settleMs: z.int().min(0),
});

describe('As it travels, an order', () => {
  test('without events is what the version before writes, to the byte', () => {
    const order = orderOf({ ...given, tags: ['a'], settleMs: 2 });
    expect(JSON.stringify(wireOf(order))).toBe(
      '{"eventId":null,"tags":["a"],"classes":[],"users":[],"everything":false,"erase":false,"mode":"hard","settleMs":2,' +
        '"id":"pur_12345678","source":"app","whose":"tenant","tenant":"acme","acceptedMs":1000}',
    );
  });

  test.each([
    ['of a webhook', orderOf({ ...given, events: ['invoice_paid'] })],
    [
      'of a write whose events are its tenant’s',
      orderOf({ ...given, source: 'write-through', events: ['a', 'b'] }),
    ],
    [
      'of more events than it has room for',
      orderOf({ ...given, events: Array.from('abc', (it) => it.repeat(120)) }),
    ],
    [
      'of a name without end',
      orderOf({ ...given, source: `admin:${'n'.repeat(64)}`, events: ['e'.repeat(300)] }),
    ],
  ])('%s is read and carried out by the version before', (_, order) => {
    expect(before.parse(JSON.parse(JSON.stringify(wireOf(order))))).toMatchObject({ tags: order.tags });
  });

  test('that is of several owners or modes is refused by it, not taken for less', () => {
    expect(before.safeParse(wireOf(orderOf({ ...given, also }))).success).toBe(false);
  });

  test.each([0, 9_000])(
    'goes to the queue a part at a time, where it can carry out all (settle %i)',
    (settleMs) => {
      const order = orderOf({ ...given, tags: ['own'], events: ['e'], also, settleMs });
      const carriedOut = publicationsOf(order).map(({ message, delayMs }) => {
        const { tags: some, whose, mode, tenant, id } = before.parse(wireOf(message.order));
        return [message.step, delayMs, id, whose, tenant, mode, ...some].join(' ');
      });
      const each = (ofPart: string, what: string) => [
        `apply 0 ${given.id}${ofPart} ${what}`,
        `verify 31000 ${given.id}${ofPart} ${what}`,
        ...(settleMs === 0 ? [] : [`apply 9000 ${given.id}${ofPart}-settle ${what}`]),
        ...(settleMs === 0 ? [] : [`verify 40000 ${given.id}${ofPart}-settle ${what}`]),
      ];
      expect(carriedOut).toEqual([
        ...each('-1', 'tenant acme hard own'),
        ...each('-2', 'tenant acme soft a'),
        ...each('-3', 'public  hard b'),
      ]);
    },
  );

  test('that settles sends its second purge so too, and one look at the first, which is one', () => {
    const order = orderOf({ ...given, also, settleMs: 2 });
    const [look, ...rest] = followUpPublications(order);
    expect(look).toMatchObject({ message: { step: 'verify', order } });
    const ids = rest.map(({ message }) => before.parse(wireOf(message.order)).id.replace(given.id, ''));
    expect(ids).toEqual(['-1-settle', '-1-settle', '-2-settle', '-2-settle', '-3-settle', '-3-settle']);
  });

  test('is read as it was written, with its events and parts', () => {
    const events = fc.array(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), { maxLength: 8 });
    fc.assert(
      fc.property(events, fc.subarray(also), (some, parts) => {
        const order = orderOf({ ...given, events: some, also: parts });
        expect(orderFrom(purgeOrder.parse(JSON.parse(JSON.stringify(wireOf(order)))))).toEqual(order);
      }),
    );
  });

  test('has no source that could be taken for one with events', () => {
    for (const separator of ['#', ',']) expect(sourceName.test(`app${separator}a`)).toBe(false);
  });

  test('of more events than it has room for names those that fit', () => {
    const order = orderOf({ ...given, events: ['a'.repeat(120), 'b'.repeat(120), 'c'.repeat(120), 'd'] });
    expect(orderFrom(wireOf(order)).events).toEqual(['a'.repeat(120), 'b'.repeat(120), 'd']);
    const first = orderOf({ ...given, events: ['a'.repeat(300), 'b'] });
    expect(orderFrom(wireOf(first))).toMatchObject({ source: 'app', events: ['b'] });
  });
});

test.each<[string, object, field: string]>([
  [
    'a part over all tenants that names tags',
    { also: [{ ...none, whose: 'everyone', tags: ['a'] }] },
    'also',
  ],
  ['a part of public data that names users', { also: [{ ...none, whose: 'public', users: ['a'] }] }, 'also'],
  ['a part of a tenant that nobody names', { whose: 'public', tenant: null, also: [also[0]] }, 'also'],
  ['parts beside a soft purge', { mode: 'soft', also }, 'also'],
  ['more parts than there are owners and modes', { also: Array(6).fill(also[0]) }, 'also'],
  ['a part of another shape', { also: [{ ...none, nonce: 'mine' }] }, 'also'],
  ['no parts, said', { also: [] }, 'also'],
])('%s is no order', (_, different, field) => {
  const { error } = purgeOrder.safeParse({ ...wireOf(orderOf(given)), ...different });
  expect(error?.issues[0]?.path[0]).toBe(field);
});

describe('Parts of one owner and mode', () => {
  test('are one part, each target once; others stay apart', () => {
    const parts: Part[] = [
      { ...none, tags: ['a', 'b'] },
      { ...none, mode: 'soft', tags: ['a'] },
      { ...none, tags: ['b', 'c'], classes: ['x'] },
      { ...none, whose: 'public', tags: ['a'] },
      { ...none, users: ['u'], everything: true },
    ];
    expect(joined(parts)).toEqual([
      { ...none, tags: ['a', 'b', 'c'], classes: ['x'], users: ['u'], everything: true },
      { ...none, mode: 'soft', tags: ['a'] },
      { ...none, whose: 'public', tags: ['a'] },
    ]);
  });

  test('that are more than an order takes are all that the owner has', () => {
    const tags = (from: number) => Array.from({ length: 200 }, (_, i) => `t${from + i}`);
    expect(
      joined([
        { ...none, tags: tags(0) },
        { ...none, tags: tags(200) },
      ]),
    ).toEqual([{ ...none, everything: true }]);
  });

  test('that are longer than a message carries are so too', () => {
    const long = Array.from({ length: 40 }, (_, i) => `${i}${'é'.repeat(2_000)}`);
    const halves = [long.slice(20), long.slice(0, 20)].map((tags) => ({ ...none, tags }));
    expect(joined(halves.slice(1))).toEqual([halves[1]]);
    expect(joined(halves)).toEqual([{ ...none, everything: true }]);
  });

  test('of all owners and modes, each as long as it may be, fit into a delivery, and into 1 MB', () => {
    const tags = Array.from({ length: 16 }, () => 'x'.repeat(bounds.partBytes / 16 - 8));
    expect(joined([{ ...none, tags: tags.map((it, i) => it + i) }])).toMatchObject([{ everything: false }]);
    const parts = Array.from({ length: bounds.partsPerOrder }, () => ({ ...none, tags }));
    const message = writeMessage({
      step: 'apply',
      round: 0,
      order: orderOf({ ...given, tags, also: parts }),
    });
    expect(message.length).toBeLessThan(Math.min(1_000_000, bounds.deliveryBytes));
    expect(bounds.purgeBytes * 2).toBeLessThan(1_000_000);
  });
});
