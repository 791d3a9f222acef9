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

  async lease(ask: Lease): Promise<Leased> {
    const generations = ask.generations.map((name) =>
      this.#slots.createOrExtend(name, born(ask.token), ask.generationMs),
    );
    const last =
      ask.last === undefined ? null : this.#slots.createOrExtend(ask.last, ask.token, ask.generationMs);
    if (!ask.takeLock)
      return { granted: false, holder: null, lockRemainingMs: 0, generations, last, entry: null };
    const holder = this.#slots.get(ask.lock);
    const lockRemainingMs = holder === null ? 0 : this.#slots.remainingMs(ask.lock);
    if (holder === null) this.#slots.set(ask.lock, ask.token, ask.lockMs);
    const stored = this.#slots.get(ask.key);
    const known = ask.knownFill && stored?.startsWith(ask.knownFill, 4);
    return {
      granted: holder === null,
      holder,
      lockRemainingMs,
      generations,
      last,
      entry: known ? null : stored,
    };
  }

  async fill(ask: Fill): Promise<Filled> {
    if (this.#slots.get(ask.lock) !== ask.token) return { stored: false, why: 'lease-lost' }; // guard: fill-lease
    this.#slots.delete(ask.lock);
    for (const [name, generation] of ask.captured) {
      if (this.#slots.get(name) !== generation) return { stored: false, why: 'purged' }; // guard: fill-generations
    }
    const late = ask.late?.generations.length ? ask.late : undefined;
    if (late && this.#slots.get(late.last) !== late.capturedLast) {
      this.#slots.set(late.names, late.generations.join(' '), ask.generationMs);
      this.#ruled(ask);
      return { stored: false, why: 'late-tags-raced' }; // guard: fill-last
    }
    const lateGenerations = (late?.generations ?? []).map((name) =>
      this.#slots.createOrExtend(name, born(ask.token), ask.generationMs),
    );
    for (const [name] of ask.captured) this.#slots.extend(name, ask.generationMs);
    const pairs = [
      ...ask.captured.map(([name]) => `${name}=${this.#slots.get(name) ?? ''}`),
      ...(late?.generations ?? []).map((name, i) => `${name}=${lateGenerations[i]}`),
    ];
    this.#slots.set(ask.key, ask.entry.head + pairs.join(' ') + ask.entry.tail, ask.ttlMs);
    this.#ruled(ask);
    return { stored: true, lateGenerations };
  }

  #ruled({ rule, ttlMs }: Fill): void {
    if (!rule) return;
    const lifeMs = Math.max(
      this.#slots.get(rule.key) === null ? 0 : this.#slots.remainingMs(rule.key),
      ttlMs,
    );
    if (rule.value === '') this.#slots.delete(rule.key);
    else this.#slots.set(rule.key, rule.value, lifeMs);
  }

  async release(ask: Release): Promise<void> {
    if (this.#slots.get(ask.lock) !== ask.token) return;
    if (ask.directMs > 0) this.#slots.set(ask.lock, 'direct', ask.directMs);
    else this.#slots.delete(ask.lock);
  }

  async purge(ask: Purge): Promise<Purged> {
    if (this.receipts.isApplied(ask.receipt.names.key)) return { applied: 'already', stored: null };
    if (ask.ifKnown && ask.generations.every((name) => this.#slots.get(name) === null))
      return { applied: 'nothing', stored: null };
    let { store } = ask;
    for (const [name, generation] of store?.captured ?? []) {
      if (this.#slots.get(name) !== generation) store = undefined; // guard: write-overtaken
    }
    for (const name of ask.generations) {
      const before = this.#slots.get(name);
      const [hard, at] =
        ask.mode === 'soft' ? [before?.split('.')[0] ?? ask.nonce, ask.nowMs] : [ask.nonce, 0];
      if (before !== null) this.#slots.replace(name, `${hard}.${ask.nonce}.${at}`);
    }
    if (ask.last !== undefined && this.#slots.get(ask.last) !== null)
      this.#slots.replace(ask.last, ask.nonce);
    this.receipts.applied(ask);
    if (!store) return { applied: 'now', stored: null };
    const stored = store.captured.map(([name]) => {
      this.#slots.extend(name, store.generationMs);
      return this.#slots.get(name) ?? '';
    });
    const pairs = store.captured.map(([name], i) => `${name}=${stored[i]}`);
    this.#slots.set(store.key, store.entry.head + pairs.join(' ') + store.entry.tail, store.ttlMs);
    return { applied: 'now', stored };
  }

  /** Forgets one name, as Redis does with any when it is full. */
  evict(name: string): void {
    this.#slots.delete(name);
  }
}

/** A generation when it is created: hard nonce, soft nonce, never softly purged. */
const born = (token: string) => `${token}.${token}.0`;
