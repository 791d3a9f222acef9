import { bounds } from '../bounds.ts';
import { born, captureOf, hardOf, softlyPurged } from './generation.ts';
import { memoryMetrics } from './memory-metrics.ts';
import { memoryReceipts } from './memory-receipts.ts';
import { type EntryToStore, type Fill, purgedIn, type Store } from './port.ts';
import { Slots } from './slots.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** UTF-16 units kept, names included; beyond it the least recently written is evicted. Default 64 Mi. */
  readonly maxBytes?: number;
}

export interface MemoryStore extends Store {
  /** Forgets one name, as Redis does with any when it is full. */
  evict(name: string): void;
}

/**
 * The store in one isolate's memory: for development and for tests. Each verb is the twin of a script in
 * `scripts.ts`, and like a script it runs in one step, without a pause in the middle.
 */
export function createMemoryStore({
  now,
  maxBytes = bounds.memoryStoreBytes,
}: MemoryStoreOptions): MemoryStore {
  const slots = new Slots(now, maxBytes);
  const metrics = memoryMetrics(slots, now);
  const { receipts, isApplied, writeApplied } = memoryReceipts(slots, metrics);

  type Capture = EntryToStore['captured'][number];
  const isCurrent = ([name, captured]: Capture) => captureOf(slots.get(name) ?? '') === captured;

  function writeEntry(
    { key, entryParts, lifeMs }: Omit<EntryToStore, 'captured'>,
    generations: readonly Capture[],
  ): void {
    const pairs = generations.map((pair) => pair.join('='));
    slots.set(key, entryParts.head + pairs.join(' ') + entryParts.tail, lifeMs);
  }

  function writeBeside({ beside = [], lifeMs }: Fill): void {
    for (const { key, value } of beside) {
      const remainingMs = slots.get(key) === null ? 0 : slots.remainingMs(key);
      if (value === '') slots.delete(key);
      else slots.set(key, value, Math.max(remainingMs, lifeMs));
    }
  }

  return {
    receipts,
    metrics,
    lookup: async (names) => names.map((name) => slots.get(name)),
    evict: (name) => void slots.delete(name),

    async lease({ key, lock, token, generationMs, knownFill, ...lease }) {
      const generations = lease.generationNames.map((name) =>
        captureOf(slots.createOrExtend(name, born(token), generationMs)),
      );
      const last =
        lease.lastName === undefined ? null : slots.createOrExtend(lease.lastName, token, generationMs);
      if (!lease.takeLock)
        return { granted: false, holder: null, lockRemainingMs: 0, generations, last, entryText: null };
      const holder = slots.get(lock);
      const lockRemainingMs = holder === null ? 0 : slots.remainingMs(lock);
      if (holder === null) slots.set(lock, token, lease.lockMs);
      const stored = slots.get(key);
      const entryText = knownFill && stored?.startsWith(knownFill, 4) ? null : stored;
      return { granted: holder === null, holder, lockRemainingMs, generations, last, entryText };
    },

    async fill(fill) {
      const { lock, token, captured, generationMs, uncaptured } = fill;
      if (slots.get(lock) !== token) return { stored: false, refusal: 'lease-lost' }; // guard: fill-lease
      slots.delete(lock);
      const counts = fill.mustBeCurrent ? captureOf : hardOf;
      const isPurged = ([name, before]: Capture) => {
        const present = slots.get(name);
        return present === null || counts(present) !== counts(before);
      };
      if (captured.some(isPurged)) return { stored: false, refusal: 'purged' }; // guard: fill-generations
      const current = captured.every(isCurrent);
      const lateNames = uncaptured?.generationNames ?? [];
      if (uncaptured && lateNames.length > 0 && slots.get(uncaptured.lastName) !== uncaptured.capturedLast) {
        slots.set(uncaptured.namesKey, lateNames.join(' '), generationMs);
        writeBeside(fill);
        return { stored: false, refusal: 'late-tags-raced' }; // guard: fill-last
      }
      const create = (name: string) => captureOf(slots.createOrExtend(name, born(token), generationMs));
      const created = lateNames.map(create);
      for (const [name] of captured) slots.extend(name, generationMs);
      writeEntry(fill, [...captured, ...lateNames.map((name, i) => [name, created[i]!] as const)]);
      writeBeside(fill);
      return { stored: true, current, created };
    },

    async release({ lock, token, directMs, failed }) {
      if (slots.get(lock) !== token) return;
      let [marker, markerMs] = ['direct', directMs];
      if (failed) {
        [marker, markerMs] = [failed.value, slots.get(failed.key) === null ? 0 : failed.ms];
        slots.set(failed.key, failed.value, failed.ms);
      }
      if (markerMs > 0) slots.set(lock, marker, markerMs);
      else slots.delete(lock);
    },

    async purge(purge) {
      const { nonce, lastName, softNonces } = purge;
      if (isApplied(purge.receipt)) return { applied: 'already', stored: null };
      let { entryToStore } = purge;
      const isUnpurged = lastName !== undefined && slots.get(lastName) === entryToStore?.capturedLast;
      const isStill = (it: Capture) => (it[1] === '' ? isUnpurged : isCurrent(it));
      if (!entryToStore?.captured.every(isStill)) entryToStore = undefined; // guard: write-overtaken
      const lasts = [lastName, purge.publicLastName].filter((name) => name !== undefined);
      for (const name of lasts) if (slots.get(name) !== null) slots.replace(name, nonce); // guard: purge-renews-last
      const meetsNothing = purge.generationNames.every((name) => slots.get(name) === null);
      if (purge.ifAnyExists && !entryToStore && meetsNothing) return { applied: 'nothing', stored: null };
      const { hard, soft } = purgedIn(purge);
      let met = 0;
      for (const name of [...hard, ...soft]) {
        const before = slots.get(name);
        if (before === null) continue;
        met += 1;
        const isSoft = soft.includes(name);
        slots.replace(name, isSoft ? softlyPurged(before, nonce, now(), softNonces) : born(nonce));
      }
      if (met === 0 && slots.get(purge.receipt.names.metBefore) !== null) met = 1;
      writeApplied(purge, met);
      if (!entryToStore) return { applied: 'now', stored: null };
      const { captured, generationMs } = entryToStore;
      const generations = captured.map(
        ([name]) => [name, captureOf(slots.createOrExtend(name, born(nonce), generationMs))] as const,
      );
      writeEntry(entryToStore, generations);
      return { applied: 'now', stored: generations.map(([, generation]) => generation) };
    },
  };
}
