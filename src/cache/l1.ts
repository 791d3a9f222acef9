import type { Entry } from '../store/wire.ts';

/** A stored answer in this isolate's memory. */
export interface Kept {
  readonly entry: Entry;
  /** Before the Redis call that found every generation wholly equal; `-Infinity`: must be asked each time. */
  readonly validatedMs: number;
}

/**
 * Isolate memory, bounded in bytes; the entry used least recently leaves first. It holds values only, never a stream
 * or a promise, because those belong to the request that made them.
 */
export class L1 {
  readonly #kept = new Map<string, Kept & { readonly bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;
  #epoch = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Raised by every purge in this isolate: a reply that was under way meanwhile must not be kept. */
  get epoch(): number {
    return this.#epoch;
  }

  get(fullKey: string): Kept | undefined {
    const kept = this.#kept.get(fullKey);
    if (kept) {
      this.#kept.delete(fullKey);
      this.#kept.set(fullKey, kept);
    }
    return kept;
  }

  /** Keeps it unless this isolate purged since `epoch`. */
  keep(entry: Entry, validatedMs: number, epoch: number): void {
    if (epoch !== this.#epoch) return; // guard: local-epoch
    this.drop(entry.key);
    const bytes = sizeOf(entry);
    if (bytes > this.#maxBytes) return;
    this.#kept.set(entry.key, { entry, validatedMs, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.drop(oldest);
    }
  }

  drop(fullKey: string): void {
    const kept = this.#kept.get(fullKey);
    if (!kept) return;
    this.#kept.delete(fullKey);
    this.#bytes -= kept.bytes;
  }

  /** A purge in this isolate: whatever names one of these generations is gone, whatever is under way is not kept. */
  purge(generations: readonly string[]): void {
    this.#epoch += 1;
    for (const [fullKey, { entry }] of this.#kept) {
      if (generations.some((name) => entry.generations.has(name))) this.drop(fullKey);
    }
  }
}

/** Strings may take two bytes a unit; names and bookkeeping are counted roughly. */
function sizeOf(entry: Entry): number {
  const body = typeof entry.body === 'string' ? entry.body.length * 2 : entry.body.length;
  return body + entry.key.length * 2 + entry.generations.size * 200 + entry.headers.length * 100 + 500;
}
