import type {
  Fill,
  Filled,
  Lease,
  LeaseReply,
  Purge,
  Purged,
  ReceiptToWrite,
  Store,
} from '../../../src/store/port.ts';
import { type Bed, HOUR, type HoursLeft } from './beds.ts';

/** As a receipt is written, named by its key alone. */
export const receiptToWrite = (key: string, order: string, lifeMs: number): ReceiptToWrite => ({
  id: key,
  names: { key, lists: [`${key}:list`], open: `${key}:open`, metBefore: `${key}:met` },
  order,
  acceptedMs: 1000,
  dueMs: 5000,
  lifeMs,
});

/** One entry with two generations, and its verbs with everything filled in that a test does not speak of. */
export interface Scene extends Bed {
  readonly key: string;
  readonly lock: string;
  /** Where failures are noted. */
  readonly failed: string;
  readonly tenant: string;
  readonly tag: string;
  readonly last: string;
  /** Where late names are kept, and two tags that only answers name. */
  readonly late: string;
  readonly lateA: string;
  readonly lateB: string;
  readonly receipt: string;
  valueOf(name: string): Promise<string | null>;
  /** As another version of this code might have left it, for an hour. */
  write(name: string, value: string): Promise<void>;
  hoursOf(name: string): Promise<HoursLeft>;
  lease(token: string, over?: Partial<Lease>): Promise<LeaseReply>;
  /** What was captured, as a fill names it. */
  captured(leased: LeaseReply): Fill['captured'];
  fill(token: string, leased: LeaseReply, over?: Partial<Fill>): Promise<Filled>;
  /** With the late tags A and B, under the `last` that the lease captured. */
  lateTags(leased: LeaseReply): NonNullable<Fill['uncaptured']>;
  purge(nonce: string, over?: Partial<Purge>): Promise<Purged>;
  /** As a write captures, sends, and stores the answer. */
  storing(leased: LeaseReply): NonNullable<Purge['entryToStore']>;
  release: Store['release'];
}

export function sceneOf(bed: Bed): Scene {
  const { store } = bed;
  const name = (rest: string) => `${bed.prefix}:${rest}`;
  const [key, lock, tenant, tag] = [name('entry'), name('lock'), name('gen:@t'), name('gen:tag')];
  const [last, late, lateA, lateB] = [name('last'), name('late'), name('gen:late-a'), name('gen:late-b')];
  const receipt = name('purge:1');
  const failed = name('lock:failed');
  const generations = [tenant, tag];
  const captured = (leased: LeaseReply) => generations.map((it, i) => [it, leased.generations[i]!] as const);
  return {
    ...bed,
    ...{ key, lock, tenant, tag, last, late, lateA, lateB, receipt, failed, captured },
    valueOf: async (it) => (await store.lookup([it]))[0] ?? null,
    write: async (name, value) => {
      const expected = (await store.lookup([name]))[0] ?? null;
      await store.receipts.swap({ key: name, expected, value, lifeMs: HOUR });
    },
    hoursOf: async (it) => (await bed.hoursLeft([it]))[0] ?? null,
    lease: (token, over) =>
      store.lease({
        key,
        lock,
        generationNames: generations,
        token,
        takeLock: true,
        lockMs: HOUR,
        generationMs: 4 * HOUR,
        ...over,
      }),
    fill: (token, leased, over) =>
      store.fill({
        ...{ key, lock, token, captured: captured(leased) },
        entryParts: { head: `SF1 ${token}\n`, tail: '\n{}\nbody' },
        mustBeCurrent: false,
        lifeMs: 2 * HOUR,
        generationMs: 5 * HOUR,
        ...over,
      }),
    lateTags: (leased) => ({
      generationNames: [lateA, lateB],
      lastName: last,
      capturedLast: leased.last ?? '',
      namesKey: late,
    }),
    purge: (nonce, over) =>
      store.purge({
        ...{ receipt: receiptToWrite(receipt, '{"tags":["tag"]}', 9 * HOUR), attempt: 1, via: 'delivery' },
        ...{ mode: 'hard', nowMs: 1234, generationNames: [tag], lastName: last, nonce, softNonces: 3 },
        ...over,
      }),
    storing: (leased) => ({
      ...{ key, captured: captured(leased) },
      entryParts: { head: 'SF1 written\n', tail: '\n{}\nwritten' },
      lifeMs: 2 * HOUR,
      generationMs: 6 * HOUR,
    }),
    release: (ask) => store.release(ask),
  };
}
