import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bulkhead } from '../../src/engine/bulkhead.ts';

let nowMs = 1_000_000;
const bulkheadOf = (fetchesPerIsolate: number, fetchesPerTenant: number) =>
  new Bulkhead({ fetchesPerIsolate, fetchesPerTenant, requestMs: 15_000 }, () => nowMs);

test('so many for a tenant, so many in all, and it never queues', () => {
  const bulkhead = bulkheadOf(3, 2);
  const first = bulkhead.enter('acme');
  expect(bulkhead.enter('acme')).not.toBeNull();
  expect(bulkhead.enter('acme')).toBeNull();
  expect(bulkhead.enter('globex')).not.toBeNull();
  expect(bulkhead.enter('initech')).toBeNull();
  first!();
  expect(bulkhead.enter('initech')).not.toBeNull();
});

test('a place given back twice is one place', () => {
  const bulkhead = bulkheadOf(2, 2);
  const leave = bulkhead.enter('acme')!;
  bulkhead.enter('acme');
  leave();
  leave();
  expect(bulkhead.enter('acme')).not.toBeNull();
  expect(bulkhead.enter('acme')).toBeNull();
});

test('a place that nobody gives back, because its request was cancelled, is free after a while', () => {
  const bulkhead = bulkheadOf(2, 1);
  const late = bulkhead.enter('acme')!;
  nowMs += 14_999;
  expect(bulkhead.enter('acme')).toBeNull();
  nowMs += 1;
  const next = bulkhead.enter('acme');
  expect(next).not.toBeNull();
  // Given back after all, it is nobody else's place.
  late();
  expect(bulkhead.enter('acme')).toBeNull();
});

test('whoever comes and goes, it admits exactly while there is room', () => {
  const step = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), enters: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const bulkhead = bulkheadOf(5, 3);
      const inside: { readonly tenant: string; readonly leave: () => void }[] = [];
      return steps.every(({ tenant, enters }) => {
        const mine = inside.filter((one) => one.tenant === tenant);
        if (!enters) {
          const leaving = mine[0];
          if (leaving) inside.splice(inside.indexOf(leaving), 1);
          leaving?.leave();
          return true;
        }
        const leave = bulkhead.enter(tenant);
        const hadRoom = inside.length < 5 && mine.length < 3;
        if (leave) inside.push({ tenant, leave });
        return (leave !== null) === hadRoom;
      });
    }),
  );
});
