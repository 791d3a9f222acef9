import fc from 'fast-check';
import type { Fill, Lease, LeaseReply } from '../../../src/store/port.ts';
import { type Bed, HOUR } from './beds.ts';
import { receiptToWrite } from './scene.ts';

/** Few keys, tags and tokens, so that operations meet. Numbers are indices, or whole hours. */
export type Operation =
  | {
      readonly do: 'lease';
      readonly key: number;
      readonly token: number;
      readonly tags: readonly number[];
      readonly withLast: boolean;
      readonly takeLock: boolean;
      readonly lockHours: number;
      readonly hours: number;
      readonly known: number | null;
    }
  | {
      readonly do: 'fill';
      /** How many granted leases ago. */
      readonly back: number;
      readonly otherToken: number | null;
      readonly late: readonly number[];
      /** Null: none is written. */
      readonly beside: readonly string[] | null;
      readonly mustBeCurrent: boolean;
      readonly ttlHours: number;
      readonly hours: number;
    }
  | { readonly do: 'release'; readonly back: number; readonly directHours: number; readonly failed: boolean }
  | {
      readonly do: 'purge';
      readonly id: number;
      readonly soft: boolean;
      readonly ifKnown: boolean;
      readonly tags: readonly number[];
      /** Beside those, softly, where they are purged hard. */
      readonly softTags: readonly number[];
      /** Public data too. */
      readonly publicToo: boolean;
      readonly nonce: number;
      readonly storeBack: number | null;
      /** The first generation is not captured. */
      readonly uncaptured: boolean;
      readonly ttlHours: number;
      readonly hours: number;
    }
  | { readonly do: 'evict'; readonly name: number }
  | { readonly do: 'pass' };

const upTo = (max: number) => fc.nat({ max });
const hours = fc.integer({ min: 1, max: 4 });
const tags = fc.uniqueArray(upTo(3), { minLength: 1, maxLength: 3 });
const sometimes = <T>(what: fc.Arbitrary<T>) => fc.option(what, { nil: null, freq: 2 });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('lease' as const),
      ...{ key: upTo(1), token: upTo(3), tags, withLast: fc.boolean() },
      takeLock: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
      ...{ lockHours: hours, hours, known: sometimes(upTo(3)) },
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('fill' as const),
      back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: upTo(2) }),
      otherToken: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: upTo(3) }),
      late: fc.oneof(fc.constant([]), fc.uniqueArray(upTo(3), { maxLength: 2 })),
      mustBeCurrent: fc.boolean(),
      beside: sometimes(fc.array(fc.constantFrom('', 'accept', 'accept,origin'), { maxLength: 2 })),
      ...{ ttlHours: hours, hours },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      ...{ back: upTo(1), directHours: upTo(1), failed: fc.boolean() },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('purge' as const),
      ...{ id: upTo(5), soft: fc.boolean(), ifKnown: fc.boolean(), tags, nonce: upTo(3) },
      ...{ softTags: fc.oneof(fc.constant([]), tags), publicToo: fc.boolean() },
      ...{ storeBack: sometimes(upTo(1)), uncaptured: fc.boolean(), ttlHours: hours, hours },
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('evict' as const), name: upTo(23) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const) }) },
);

const lost = { do: 'release', back: 0, directHours: 1, failed: true } as const;
const leased = (token: number): Operation => ({
  ...{ do: 'lease', key: 0, token, tags: [0], withLast: false, takeLock: true },
  ...{ lockHours: 4, hours: 4, known: null },
});
/** Whoever asks for the lease after two failures is told of them. */
export const failingTwice: Operation[] = [leased(0), lost, leased(1), lost, leased(2)];

export const traces = fc.array(operation, { minLength: 10, maxLength: 40, size: 'max' });

/** Every name that a trace can touch, without the bed's prefix. */
const parts = {
  keys: ['entry:0', 'entry:1'],
  locks: ['lock:0', 'lock:1'],
  failures: ['lock:0:failed', 'lock:1:failed'],
  lates: ['late:0', 'late:1'],
  rules: ['vary:0', 'vary:1'],
  tagLists: ['etags:0', 'etags:1'],
  tags: ['gen:a', 'gen:b', 'gen:c', 'gen:d'],
  last: 'last',
  publicLast: 'last:@public',
  receipts: ['purge:0', 'purge:1', 'purge:2', 'purge:3', 'purge:4', 'purge:5'],
};
const all = Object.values(parts).flat();

interface Taken {
  readonly ask: Lease;
  readonly number: number;
  readonly tags: readonly number[];
  readonly captured: Fill['captured'];
  readonly last: string | null;
  readonly granted: boolean;
}

/** Plays a trace on one bed: what each operation answered, and the whole state after it. */
export async function play(bed: Bed, operations: readonly Operation[]): Promise<unknown[]> {
  const name = (part: string) => `${bed.prefix}:${part}`;
  const tagName = (i: number) => name(parts.tags[i]!);
  // The second key's is public data.
  const lastOf = (key: number) => name(key === 1 ? parts.publicLast : parts.last);
  // Each store has its own clock.
  const plain = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(bed.prefix, '')
        .replaceAll(/\.\d{13}(?=[." ])/g, '.<time>'),
    );
  const leases: Taken[] = [];
  const back = (of: readonly Taken[], n: number) => of.at(-1 - Math.min(n, of.length - 1));
  const granted = () => leases.filter((lease) => lease.granted);

  async function carryOut(op: Operation): Promise<unknown> {
    switch (op.do) {
      case 'lease': {
        const ask: Lease = {
          key: name(parts.keys[op.key]!),
          lock: name(parts.locks[op.key]!),
          generationNames: op.tags.map(tagName),
          ...(op.withLast && { lastName: lastOf(op.key) }),
          token: `t${op.token}`,
          takeLock: op.takeLock,
          lockMs: op.lockHours * HOUR,
          generationMs: op.hours * HOUR,
          ...(op.known !== null && { knownFill: `t${op.known}` }),
        };
        const leased = await bed.store.lease(ask);
        const { last, granted } = leased;
        leases.push({ ask, number: op.key, tags: op.tags, captured: pairs(ask, leased), last, granted });
        return { ...leased, lockRemainingMs: Math.round(leased.lockRemainingMs / HOUR) };
      }
      case 'fill': {
        const lease = back(granted(), op.back);
        if (!lease) return 'nothing was leased';
        const late = op.late.filter((tag) => !lease.tags.includes(tag)).map(tagName);
        const token = op.otherToken === null ? lease.ask.token : `t${op.otherToken}`;
        const last = { lastName: lastOf(lease.number), capturedLast: lease.last ?? '' };
        return bed.store.fill({
          ...{ key: lease.ask.key, lock: lease.ask.lock, token, captured: lease.captured },
          ...(late.length > 0 && {
            uncaptured: { generationNames: late, ...last, namesKey: name(parts.lates[lease.number]!) },
          }),
          beside: (op.beside ?? []).map((value, i) => ({
            key: name((i === 0 ? parts.rules : parts.tagLists)[lease.number]!),
            value,
          })),
          mustBeCurrent: op.mustBeCurrent,
          entryParts: { head: `SF1 ${token}\n`, tail: '\nfilled' },
          ...{ lifeMs: op.ttlHours * HOUR, generationMs: op.hours * HOUR },
        });
      }
      case 'release': {
        const lease = back(granted(), op.back);
        if (!lease) return 'nothing was leased';
        const { lock, token } = lease.ask;
        const failed = { key: `${lock}:failed`, value: `failed ${token}`, ms: HOUR };
        return bed.store.release({
          ...{ lock, token, directMs: op.directHours * HOUR },
          ...(op.failed && { failed }),
        });
      }
      case 'purge': {
        const lease = op.storeBack === null ? undefined : back(leases, op.storeBack);
        const purged = await bed.store.purge({
          ...{
            receipt: receiptToWrite(name(parts.receipts[op.id]!), `by ${op.nonce}`, 3 * HOUR),
            attempt: 1,
          },
          via: 'delivery',
          ...{
            mode: op.soft ? 'soft' : 'hard',
            nowMs: 1000 + op.nonce,
            softNonces: 3,
            nonce: `n${op.nonce}`,
          },
          ...{ generationNames: op.tags.map(tagName), lastName: name(parts.last) },
          ...(op.softTags.length > 0 &&
            !op.soft && { softNames: op.softTags.filter((tag) => !op.tags.includes(tag)).map(tagName) }),
          ...(op.publicToo && { publicLastName: name(parts.publicLast) }),
          ...(op.ifKnown && !op.soft && op.softTags.length === 0 && { ifAnyExists: true as const }),
          ...(lease && {
            entryToStore: {
              ...{
                key: lease.ask.key,
                captured: op.uncaptured ? withoutFirst(lease.captured) : lease.captured,
              },
              ...(lease.last !== null && { capturedLast: lease.last }),
              entryParts: { head: 'SF1 written\n', tail: '\nwritten' },
              ...{ lifeMs: op.ttlHours * HOUR, generationMs: op.hours * HOUR },
            },
          }),
        });
        return { ...purged, asked: lease ? 'to store' : 'not to store' };
      }
      case 'evict':
        return bed.evict(name(all[op.name]!));
      case 'pass':
        return bed.pass(1, all.map(name));
    }
  }

  const seen: unknown[] = [];
  for (const op of operations) {
    const answer = (await carryOut(op)) ?? null;
    const names = all.map(name);
    const state = [await bed.store.lookup(names), await bed.hoursLeft(names)];
    seen.push(plain({ answer, state }));
  }
  return seen;
}

const withoutFirst = (captured: Fill['captured']): Fill['captured'] =>
  captured.map(([name, generation], i) => [name, i === 0 ? '' : generation]);

const pairs = (ask: Lease, leased: LeaseReply) =>
  ask.generationNames.map((name, i) => [name, leased.generations[i]!] as const);
