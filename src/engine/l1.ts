import type { Entry } from '../store/wire.ts';

/** A stored answer in this isolate's memory. */
export interface L1Copy {
  readonly entry: Entry;
  /** When the call of Redis was sent that found every generation current; or how it was found not to be: it is not trusted. */
  readonly validity: number | SoftlyPurged;
}

/** Since when a copy is stale, and when Redis was last asked for a younger entry. */
export interface SoftlyPurged {
  readonly sinceMs: number;
  readonly askedMs: number;
}

interface SizedCopy extends L1Copy {
  readonly bytes: number;
  /** The body without its coding, once a client has needed it. */
  readonly plain: Uint8Array | undefined;
}

/**
 * Isolate memory, bounded in bytes; the entry used least recently leaves first. It holds values only, never a stream
 * or a promise, because those belong to the request that made them.
 */
export class L1 {
  readonly #copies = new Map<string, SizedCopy>();
  readonly #maxBytes: number;
  #bytes = 0;
  #epoch = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Raised by every purge in this isolate: a reply that was under way meanwhile must not be put in. */
  get epoch(): number {
    return this.#epoch;
  }

  get(fullKey: string): L1Copy | undefined {
    const copy = this.#copies.get(fullKey);
    if (copy) {
      this.#copies.delete(fullKey);
      this.#copies.set(fullKey, copy);
    }
    return copy;
  }

  /** Without its counting as used. */
  peek(fullKey: string): L1Copy | undefined {
    return this.#copies.get(fullKey);
  }

  /** Puts it in unless this isolate purged since `epoch`. */
  set(entry: Entry, validity: L1Copy['validity'], epoch: number): void {
    if (epoch !== this.#epoch) return; // guard: local-epoch
    this.#set(entry, validity, this.plainOf(entry));
  }

  /** Whether this very entry is here: another fill of its key is another entry. */
  holds(entry: Entry): boolean {
    return this.#copies.get(entry.fullKey)?.entry === entry;
  }

  plainOf(entry: Entry): Uint8Array | undefined {
    const copy = this.#copies.get(entry.fullKey);
    return copy?.entry === entry ? copy.plain : undefined;
  }

  /** Beside an entry that is still here, if there is room for both. */
  setPlain(entry: Entry, plain: Uint8Array): void {
    const copy = this.#copies.get(entry.fullKey);
    if (copy?.entry !== entry || sizeOf(entry) + plain.length > this.#maxBytes) return;
    this.#set(entry, copy.validity, plain);
  }

  #set(entry: Entry, validity: L1Copy['validity'], plain: Uint8Array | undefined): void {
    this.drop(entry.fullKey);
    const bytes = sizeOf(entry) + (plain?.length ?? 0);
    if (bytes > this.#maxBytes) return;
    this.#copies.set(entry.fullKey, { entry, validity, bytes, plain });
    this.#bytes += bytes;
    for (const oldest of this.#copies.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.drop(oldest);
    }
  }

  drop(fullKey: string): void {
    const copy = this.#copies.get(fullKey);
    if (!copy) return;
    this.#copies.delete(fullKey);
    this.#bytes -= copy.bytes;
  }

  /** Before a purge of this isolate and after it: whatever names one of these generations is gone, what is under way is not put in. */
  purge(generationNames: readonly string[]): void {
    this.#epoch += 1;
    for (const [fullKey, { entry }] of this.#copies) {
      if (generationNames.some((name) => entry.generations.has(name))) this.drop(fullKey);
    }
  }
}

/** Another isolate memory for whoever only looks: nothing is put in, dropped, or counted as used. */
export class L1View extends L1 {
  readonly #of: L1;

  constructor(of: L1) {
    super(0);
    this.#of = of;
  }

  override get epoch(): number {
    return this.#of.epoch;
  }

  override get(fullKey: string): L1Copy | undefined {
    return this.#of.peek(fullKey);
  }

  override set(): void {}
  override setPlain(): void {}
  override drop(): void {}
  override purge(): void {}
}

/** Strings may take two bytes a unit; names and bookkeeping are counted roughly. */
function sizeOf(entry: Entry): number {
  const body = typeof entry.body === 'string' ? entry.body.length * 2 : entry.body.length;
  const pairs = [...entry.headers, ...(entry.selecting ?? [])];
  const text = pairs.reduce((sum, [name, value]) => sum + name.length + (value?.length ?? 0), 0);
  return body + (entry.fullKey.length + text) * 2 + pairs.length * 50 + entry.generations.size * 200 + 500;
}
