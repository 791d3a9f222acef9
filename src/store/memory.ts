import { bounds } from '../bounds.ts';
import { memoryReceipts } from './memory-receipts.ts';
import type { EntryToStore, Fill, Store } from './port.ts';
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
  const { receipts, isApplied, writeApplied } = memoryReceipts(slots);

  const isPresent = ([name, generation]: EntryToStore['captured'][number]) => slots.get(name) === generation;

  /** Writes each generation as it is now. */
  function writeEntry(
    { key, captured, entryParts, lifeMs }: EntryToStore,
    late: readonly string[] = [],
  ): void {
    const names = [...captured.map(([name]) => name), ...late];
    const pairs = names.map((name) => `${name}=${slots.get(name) ?? ''}`);
    slots.set(key, entryParts.head + pairs.join(' ') + entryParts.tail, lifeMs);
  }

  function writeRule({ rule, lifeMs }: Fill): void {
    if (!rule) return;
    const ruleMs = Math.max(slots.get(rule.key) === null ? 0 : slots.remainingMs(rule.key), lifeMs);
    if (rule.value === '') slots.delete(rule.key);
    else slots.set(rule.key, rule.value, ruleMs);
  }

  return {
    receipts,
    lookup: async (names) => names.map((name) => slots.get(name)),
    evict: (name) => void slots.delete(name),

    async lease({ key, lock, token, generationMs, knownFill, ...lease }) {
      const generations = lease.generationNames.map((name) =>
        slots.createOrExtend(name, born(token), generationMs),
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
      if (!captured.every(isPresent)) return { stored: false, refusal: 'purged' }; // guard: fill-generations
      const lateNames = uncaptured?.generationNames ?? [];
      if (uncaptured && lateNames.length > 0 && slots.get(uncaptured.lastName) !== uncaptured.capturedLast) {
        slots.set(uncaptured.namesKey, lateNames.join(' '), generationMs);
        writeRule(fill);
        return { stored: false, refusal: 'late-tags-raced' }; // guard: fill-last
      }
      const create = (name: string) => slots.createOrExtend(name, born(token), generationMs);
      const created = lateNames.map(create);
      for (const [name] of captured) slots.extend(name, generationMs);
      writeEntry(fill, lateNames);
      writeRule(fill);
      return { stored: true, created };
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
      const { mode, nonce, lastName } = purge;
      if (isApplied(purge.receipt)) return { applied: 'already', stored: null };
      if (purge.ifAnyExists && purge.generationNames.every((name) => slots.get(name) === null))
        return { applied: 'nothing', stored: null };
      let { entryToStore } = purge;
      if (!entryToStore?.captured.every(isPresent)) entryToStore = undefined; // guard: write-overtaken
      for (const name of purge.generationNames) {
        const before = slots.get(name);
        const [hard, at] = mode === 'soft' ? [before?.split('.')[0] ?? nonce, purge.nowMs] : [nonce, 0];
        if (before !== null) slots.replace(name, `${hard}.${nonce}.${at}`);
      }
      if (lastName !== undefined && slots.get(lastName) !== null) slots.replace(lastName, nonce);
      writeApplied(purge);
      if (!entryToStore) return { applied: 'now', stored: null };
      for (const [name] of entryToStore.captured) slots.extend(name, entryToStore.generationMs);
      const stored = entryToStore.captured.map(([name]) => slots.get(name) ?? '');
      writeEntry(entryToStore);
      return { applied: 'now', stored };
    },
  };
}

/** A generation when it is created: hard nonce, soft nonce, never softly purged. */
const born = (token: string) => `${token}.${token}.0`;
