import { bounds } from '../bounds.ts';
import type { Fill, Filled, Lease, Leased, Purge, Purged, Release, Store } from './port.ts';

interface Slot {
  readonly text: string;
  readonly expiresMs: number;
}

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
  readonly #slots = new Map<string, Slot>();
  readonly #now: () => number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor({ now, maxBytes = bounds.memoryStoreBytes }: MemoryStoreOptions) {
    this.#now = now;
    this.#maxBytes = maxBytes;
  }

  async lookup(names: readonly string[]): Promise<readonly (string | null)[]> {
    return names.map((name) => this.#get(name));
  }

  async lease(ask: Lease): Promise<Leased> {
    const generations = ask.generations.map((name) =>
      this.#createOrExtend(name, born(ask.token), ask.generationMs),
    );
    const last = ask.last === undefined ? null : this.#createOrExtend(ask.last, ask.token, ask.generationMs);
    if (!ask.takeLock)
      return { granted: false, holder: null, lockRemainingMs: 0, generations, last, entry: null };
    const holder = this.#get(ask.lock);
    const lockRemainingMs = holder === null ? 0 : this.#remainingMs(ask.lock);
    if (holder === null) this.#set(ask.lock, ask.token, ask.lockMs);
    const stored = this.#get(ask.key);
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
    if (this.#get(ask.lock) !== ask.token) return { stored: false, why: 'lease-lost' }; // guard: fill-lease
    this.#delete(ask.lock);
    for (const [name, generation] of ask.captured) {
      if (this.#get(name) !== generation) return { stored: false, why: 'purged' }; // guard: fill-generations
    }
    const late = ask.late?.generations.length ? ask.late : undefined;
    if (late && this.#get(late.last) !== late.capturedLast) {
      this.#set(late.names, late.generations.join(' '), ask.generationMs);
      return { stored: false, why: 'late-tags-raced' }; // guard: fill-last
    }
    const lateGenerations = (late?.generations ?? []).map((name) =>
      this.#createOrExtend(name, born(ask.token), ask.generationMs),
    );
    for (const [name] of ask.captured) this.#extend(name, ask.generationMs);
    const pairs = [
      ...ask.captured.map(([name]) => `${name}=${this.#get(name) ?? ''}`),
      ...(late?.generations ?? []).map((name, i) => `${name}=${lateGenerations[i]}`),
    ];
    this.#set(ask.key, ask.entry.head + pairs.join(' ') + ask.entry.tail, ask.ttlMs);
    return { stored: true, lateGenerations };
  }

  async release(ask: Release): Promise<void> {
    if (this.#get(ask.lock) !== ask.token) return;
    if (ask.directMs > 0) this.#set(ask.lock, 'direct', ask.directMs);
    else this.#delete(ask.lock);
  }

  async purge(ask: Purge): Promise<Purged> {
    if (this.#get(ask.receipt)?.startsWith('applied ')) return { applied: 'already', stored: null };
    let { store } = ask;
    for (const [name, generation] of store?.captured ?? []) {
      if (this.#get(name) !== generation) store = undefined; // guard: write-overtaken
    }
    for (const name of ask.generations) {
      const before = this.#get(name);
      const [hard, at] =
        ask.mode === 'soft' ? [before?.split('.')[0] ?? ask.nonce, ask.nowMs] : [ask.nonce, 0];
      if (before !== null) this.#replace(name, `${hard}.${ask.nonce}.${at}`);
    }
    if (this.#get(ask.last) !== null) this.#replace(ask.last, ask.nonce);
    this.#set(ask.receipt, `applied ${ask.receiptValue}`, ask.receiptMs);
    if (!store) return { applied: 'now', stored: null };
    const stored = store.captured.map(([name]) => {
      this.#extend(name, store.generationMs);
      return this.#get(name) ?? '';
    });
    const pairs = store.captured.map(([name], i) => `${name}=${stored[i]}`);
    this.#set(store.key, store.entry.head + pairs.join(' ') + store.entry.tail, store.ttlMs);
    return { applied: 'now', stored };
  }

  /** Forgets one name, as Redis does with any when it is full. */
  evict(name: string): void {
    this.#delete(name);
  }

  #get(name: string): string | null {
    const slot = this.#slots.get(name);
    if (!slot) return null;
    if (slot.expiresMs > this.#now()) return slot.text;
    this.#delete(name);
    return null;
  }

  #set(name: string, text: string, lifeMs: number): void {
    this.#write(name, { text, expiresMs: this.#now() + lifeMs });
  }

  /** As `SET … XX KEEPTTL`. */
  #replace(name: string, text: string): void {
    const slot = this.#slots.get(name);
    if (slot) this.#write(name, { text, expiresMs: slot.expiresMs });
  }

  #createOrExtend(name: string, text: string, lifeMs: number): string {
    const before = this.#get(name);
    if (before === null) this.#set(name, text, lifeMs);
    else this.#extend(name, lifeMs);
    return before ?? text;
  }

  /** As `PEXPIRE … GT`: a lifetime is never shortened. */
  #extend(name: string, lifeMs: number): void {
    const slot = this.#slots.get(name);
    const expiresMs = this.#now() + lifeMs;
    if (slot && expiresMs > slot.expiresMs) this.#write(name, { text: slot.text, expiresMs });
  }

  #remainingMs(name: string): number {
    return (this.#slots.get(name)?.expiresMs ?? 0) - this.#now();
  }

  #write(name: string, slot: Slot): void {
    this.#delete(name);
    this.#slots.set(name, slot);
    this.#bytes += name.length + slot.text.length;
    for (const oldest of this.#slots.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#delete(oldest);
    }
  }

  #delete(name: string): void {
    const slot = this.#slots.get(name);
    if (!slot) return;
    this.#slots.delete(name);
    this.#bytes -= name.length + slot.text.length;
  }
}

/** A generation when it is created: hard nonce, soft nonce, never softly purged. */
const born = (token: string) => `${token}.${token}.0`;
