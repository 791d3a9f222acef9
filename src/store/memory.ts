import { bounds } from '../bounds.ts';
import { MemoryReceipts } from './memory-receipts.ts';
import type { Fill, Filled, Lease, Leased, Purge, Purged, Release, Store } from './port.ts';
import { Slots } from './slots.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** UTF-16 units kept, names included; beyond it the least recently written is evicted. Default 64 Mi. */
  readonly maxBytes?: number;
}

/**
 * The store in one isolate's memory: for development and for tests. Each verb is the twin of a script in
 * `scripts.ts`, and like a script it runs in one step, without a pause in the middle.
 */
export class MemoryStore implements Store {
  readonly #slots: Slots;
  readonly receipts: MemoryReceipts;

  constructor({ now, maxBytes = bounds.memoryStoreBytes }: MemoryStoreOptions) {
    this.#slots = new Slots(now, maxBytes);
    this.receipts = new MemoryReceipts(this.#slots);
  }

  async lookup(names: readonly string[]): Promise<readonly (string | null)[]> {
    return names.map((name) => this.#slots.get(name));
  }

  async lease({ key, lock, token, generationMs, knownFill, ...lease }: Lease): Promise<Leased> {
    const generations = lease.generations.map((name) =>
      this.#slots.createOrExtend(name, born(token), generationMs),
    );
    const last =
      lease.last === undefined ? null : this.#slots.createOrExtend(lease.last, token, generationMs);
    if (!lease.takeLock)
      return { granted: false, holder: null, lockRemainingMs: 0, generations, last, entry: null };
    const holder = this.#slots.get(lock);
    const lockRemainingMs = holder === null ? 0 : this.#slots.remainingMs(lock);
    if (holder === null) this.#slots.set(lock, token, lease.lockMs);
    const stored = this.#slots.get(key);
    const entry = knownFill && stored?.startsWith(knownFill, 4) ? null : stored;
    return { granted: holder === null, holder, lockRemainingMs, generations, last, entry };
  }

  async fill(fill: Fill): Promise<Filled> {
    if (this.#slots.get(fill.lock) !== fill.token) return { stored: false, why: 'lease-lost' }; // guard: fill-lease
    this.#slots.delete(fill.lock);
    for (const [name, generation] of fill.captured) {
      if (this.#slots.get(name) !== generation) return { stored: false, why: 'purged' }; // guard: fill-generations
    }
    const late = fill.late?.generations.length ? fill.late : undefined;
    if (late && this.#slots.get(late.last) !== late.capturedLast) {
      this.#slots.set(late.names, late.generations.join(' '), fill.generationMs);
      this.#writeRule(fill);
      return { stored: false, why: 'late-tags-raced' }; // guard: fill-last
    }
    const lateGenerations = (late?.generations ?? []).map((name) =>
      this.#slots.createOrExtend(name, born(fill.token), fill.generationMs),
    );
    for (const [name] of fill.captured) this.#slots.extend(name, fill.generationMs);
    this.#writeEntry(fill, [...fill.captured.map(([name]) => name), ...(late?.generations ?? [])]);
    this.#writeRule(fill);
    return { stored: true, lateGenerations };
  }

  /** Writes each generation as it is now. */
  #writeEntry({ key, entry, ttlMs }: Pick<Fill, 'key' | 'entry' | 'ttlMs'>, names: readonly string[]): void {
    const pairs = names.map((name) => `${name}=${this.#slots.get(name) ?? ''}`);
    this.#slots.set(key, entry.head + pairs.join(' ') + entry.tail, ttlMs);
  }

  #writeRule({ rule, ttlMs }: Fill): void {
    if (!rule) return;
    const lifeMs = Math.max(
      this.#slots.get(rule.key) === null ? 0 : this.#slots.remainingMs(rule.key),
      ttlMs,
    );
    if (rule.value === '') this.#slots.delete(rule.key);
    else this.#slots.set(rule.key, rule.value, lifeMs);
  }

  async release({ lock, token, directMs }: Release): Promise<void> {
    if (this.#slots.get(lock) !== token) return;
    if (directMs > 0) this.#slots.set(lock, 'direct', directMs);
    else this.#slots.delete(lock);
  }

  async purge(purge: Purge): Promise<Purged> {
    if (this.receipts.isApplied(purge.receipt.names.key)) return { applied: 'already', stored: null };
    if (purge.ifKnown && purge.generations.every((name) => this.#slots.get(name) === null))
      return { applied: 'nothing', stored: null };
    let { store } = purge;
    for (const [name, generation] of store?.captured ?? []) {
      if (this.#slots.get(name) !== generation) store = undefined; // guard: write-overtaken
    }
    for (const name of purge.generations) {
      const before = this.#slots.get(name);
      const [hard, at] =
        purge.mode === 'soft' ? [before?.split('.')[0] ?? purge.nonce, purge.nowMs] : [purge.nonce, 0];
      if (before !== null) this.#slots.replace(name, `${hard}.${purge.nonce}.${at}`);
    }
    if (purge.last !== undefined && this.#slots.get(purge.last) !== null)
      this.#slots.replace(purge.last, purge.nonce);
    this.receipts.writeApplied(purge);
    if (!store) return { applied: 'now', stored: null };
    const stored = store.captured.map(([name]) => {
      this.#slots.extend(name, store.generationMs);
      return this.#slots.get(name) ?? '';
    });
    this.#writeEntry(
      store,
      store.captured.map(([name]) => name),
    );
    return { applied: 'now', stored };
  }

  /** Forgets one name, as Redis does with any when it is full. */
  evict(name: string): void {
    this.#slots.delete(name);
  }
}

/** A generation when it is created: hard nonce, soft nonce, never softly purged. */
const born = (token: string) => `${token}.${token}.0`;
