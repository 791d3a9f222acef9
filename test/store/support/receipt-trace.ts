import fc from 'fast-check';
import { type Bed, HOUR } from './beds.ts';
import { receiptToWrite } from './scene.ts';

/** Whatever is stored beside entries: few receipts and names, so that operations meet. Numbers are indices, or whole hours. */
export type ReceiptOperation =
  | { readonly do: 'accept' | 'bury'; readonly id: number; readonly dueHours: number; readonly hours: number }
  | {
      readonly do: 'apply';
      readonly id: number;
      readonly attempt: number;
      readonly dueHours: number;
      readonly hours: number;
    }
  | { readonly do: 'verify'; readonly id: number; readonly afterHours: number }
  | { readonly do: 'reopen'; readonly id: number; readonly dueHours: number | null }
  | { readonly do: 'count'; readonly name: number }
  | {
      readonly do: 'swap';
      readonly name: number;
      readonly expected: string | null;
      readonly value: string;
      readonly hours: number;
    }
  | { readonly do: 'remove'; readonly names: readonly number[] }
  | { readonly do: 'evict'; readonly name: number }
  | { readonly do: 'pass'; readonly hours: number };

const parts = {
  receipts: ['purge:0', 'purge:1', 'purge:2', 'purge:3'],
  counts: ['count:a', 'count:b'],
  values: ['erase:0', 'erase:1'],
};
const lists = ['purges:acme', 'purges:@all', 'purges:@open'];
const single = Object.values(parts).flat();
const all = [...single, ...lists];

const upTo = (max: number) => fc.nat({ max });
const id = upTo(parts.receipts.length - 1);
const hours = fc.integer({ min: 1, max: 4 });
const oneOf = <const T extends string>(...what: T[]) => fc.constantFrom(...what);
const text = oneOf('x', 'y');

const operation: fc.Arbitrary<ReceiptOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: oneOf('accept', 'bury'), id, dueHours: hours, hours }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: oneOf('apply'), id, attempt: hours, dueHours: hours, hours }),
  },
  { weight: 3, arbitrary: fc.record({ do: oneOf('verify'), id, afterHours: upTo(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: oneOf('reopen'), id, dueHours: fc.option(hours, { nil: null }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: oneOf('count'), name: upTo(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: oneOf('swap'),
      ...{ name: upTo(1), expected: fc.option(text, { nil: null }), value: text, hours },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: oneOf('remove'),
      names: fc.uniqueArray(upTo(single.length - 1), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: oneOf('evict'), name: upTo(all.length - 1) }) },
  { weight: 3, arbitrary: fc.record({ do: oneOf('pass'), hours }) },
);

export const receiptTraces = fc.array(operation, { minLength: 10, maxLength: 40, size: 'max' });

/** Plays a trace on one bed: what each operation answered; and the whole state whenever time has passed, and at the end. */
export async function playReceipts(bed: Bed, operations: readonly ReceiptOperation[]): Promise<unknown[]> {
  const { receipts } = bed.store;
  const name = (part: string) => `${bed.prefix}:${part}`;
  const [own, everyone, open] = lists.map(name) as [string, string, string];
  let nowMs = 100 * HOUR;
  const receiptOf = (i: number, dueHours: number, hours: number) => ({
    ...receiptToWrite(name(parts.receipts[i]!), `{"id":${i}}`, hours * HOUR),
    ...{ id: `${i}`, acceptedMs: nowMs, dueMs: nowMs + dueHours * HOUR },
    names: {
      key: name(parts.receipts[i]!),
      lists: [own, everyone],
      open,
      metBefore: name(`${parts.receipts[i]!}:met`),
    },
  });

  async function carryOut(op: ReceiptOperation): Promise<unknown> {
    switch (op.do) {
      case 'accept':
        return receipts.accept(receiptOf(op.id, op.dueHours, op.hours));
      case 'bury':
        return receipts.bury({ ...receiptOf(op.id, op.dueHours, op.hours), nowMs });
      case 'apply':
        return bed.store.purge({
          ...{ receipt: receiptOf(op.id, op.dueHours, op.hours), attempt: op.attempt, via: 'delivery' },
          ...{ mode: 'hard', softNonces: 8, nowMs, nonce: 'n', generationNames: [] },
        });
      case 'verify': {
        const { id, names } = receiptOf(op.id, 0, 0);
        return receipts.verify({ id, names, nowMs, afterMs: op.afterHours * HOUR });
      }
      case 'reopen': {
        const dueMs = op.dueHours === null ? null : nowMs + op.dueHours * HOUR;
        return receipts.reopen({ open, id: `${op.id}`, dueMs });
      }
      case 'count':
        return receipts.count(name(parts.counts[op.name]!));
      case 'swap': {
        const { expected, value, hours } = op;
        return receipts.swap({ key: name(parts.values[op.name]!), expected, value, lifeMs: hours * HOUR });
      }
      case 'remove':
        return receipts.remove(op.names.map((i) => name(single[i]!)));
      case 'evict':
        return bed.evict(name(all[op.name]!));
      case 'pass':
        nowMs += op.hours * HOUR;
        return bed.pass(op.hours, all.map(name));
    }
  }

  async function stateOf(): Promise<unknown> {
    const names = single.map(name);
    const page = { beforeMs: nowMs, sinceMs: 0, skip: 0, most: 10 };
    return {
      values: await receipts.read(names),
      lives: await bed.hoursLeft(names),
      own: await receipts.page({ list: own, ...page }),
      everyone: await receipts.page({ list: everyone, ...page }),
      due: await receipts.due({ open, untilMs: nowMs + 10 * HOUR, most: 10 }),
    };
  }

  const seen: unknown[] = [];
  for (const [i, op] of operations.entries()) {
    const answer = (await carryOut(op)) ?? null;
    // Each look is five requests, and each request a connection of its own: there are only so many.
    const looks = op.do === 'pass' || i === operations.length - 1;
    seen.push({ answer, ...(looks && { state: await stateOf() }) });
  }
  return seen;
}
