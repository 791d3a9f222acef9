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

const aside = { atOnce: 2, leaves: 0.5 };
const never = () => expect.fail('it had to give way');

test('what may as well not be done leaves half of the places, of all and of its tenant', () => {
  const bulkhead = bulkheadOf(6, 4);
  for (const tenant of ['acme', 'globex']) bulkhead.enter(tenant);
  const leave = bulkhead.enterAside('acme', aside, never);
  expect(leave).not.toBeNull();
  expect(bulkhead.enterAside('initech', aside, never), 'half of all are taken').toBeNull();
  leave!();
  bulkhead.enter('acme');
  expect(bulkhead.enterAside('initech', aside, never)).toBeNull();
  const ofTenant = bulkheadOf(20, 2);
  ofTenant.enter('acme');
  expect(ofTenant.enterAside('acme', aside, never), 'half of its tenant’s are').toBeNull();
  expect(ofTenant.enterAside('globex', aside, never)).not.toBeNull();
  expect(ofTenant.enterAside('initech', aside, never)).not.toBeNull();
  expect(ofTenant.enterAside('umbrella', aside, never), 'so many at once').toBeNull();
});

test('it gives way, of its own tenant where that one has no room', () => {
  const bulkhead = bulkheadOf(8, 2);
  const gaveWay: string[] = [];
  for (const tenant of ['globex', 'acme'])
    bulkhead.enterAside(tenant, aside, () => void gaveWay.push(tenant));
  expect(bulkhead.enter('acme')).not.toBeNull();
  expect(gaveWay).toEqual([]);
  expect(bulkhead.enter('acme')).not.toBeNull();
  expect(gaveWay).toEqual(['acme']);
  expect(bulkhead.enter('acme'), 'nobody else’s helps').toBeNull();
  expect(gaveWay).toEqual(['acme']);
});

test('whatever is done aside, fetches are admitted as if nothing were', () => {
  const step = fc.record({
    tenant: fc.constantFrom('a', 'b', 'c'),
    does: fc.constantFrom('enters', 'leaves', 'enters aside', 'leaves aside'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const [one, other] = [bulkheadOf(6, 3), bulkheadOf(6, 3)];
      const inside: { readonly tenant: string; readonly leave: () => void }[] = [];
      const aheadOf: (() => void)[] = [];
      return steps.every(({ tenant, does }) => {
        if (does === 'enters aside') {
          const leave = one.enterAside(tenant, aside, () => {});
          if (leave) aheadOf.push(leave);
        } else if (does === 'leaves aside') aheadOf.shift()?.();
        else if (does === 'leaves') {
          const at = inside.findIndex((it) => it.tenant === tenant);
          if (at >= 0) inside.splice(at, 1)[0]!.leave();
        } else {
          const [leave, leaveOther] = [one.enter(tenant), other.enter(tenant)];
          if ((leave === null) !== (leaveOther === null)) return false;
          if (leave && leaveOther)
            inside.push({
              tenant,
              leave: () => {
                leave();
                leaveOther();
              },
            });
        }
        return true;
      });
    }),
    { numRuns: 500 },
  );
});
