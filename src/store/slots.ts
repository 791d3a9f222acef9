interface Slot {
  readonly text: string;
  readonly expiresMs: number;
  /** Number of the write, from 1: a scan goes in this order. */
  readonly number: number;
}

/** Names with a text and a lifetime, as Redis keeps strings; bounded, the least recently written is evicted. */
export class Slots {
  readonly #slots = new Map<string, Slot>();
  #writes = 0;
  readonly #now: () => number;
  readonly maxBytes: number;
  #bytes = 0;

  constructor(now: () => number, maxBytes: number) {
    this.#now = now;
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): string | null {
    const slot = this.#slots.get(name);
    if (!slot) return null;
    if (slot.expiresMs > this.#now()) return slot.text;
    this.delete(name);
    return null;
  }

  set(name: string, text: string, lifeMs: number): void {
    this.#write(name, text, this.#now() + lifeMs);
  }

  /** As `SET … XX KEEPTTL`. */
  replace(name: string, text: string): void {
    const slot = this.#slots.get(name);
    if (slot) this.#write(name, text, slot.expiresMs);
  }

  createOrExtend(name: string, text: string, lifeMs: number): string {
    const before = this.get(name);
    if (before === null) this.set(name, text, lifeMs);
    else this.extend(name, lifeMs);
    return before ?? text;
  }

  /** As `PEXPIRE … GT`: a lifetime is never shortened. */
  extend(name: string, lifeMs: number): void {
    const slot = this.#slots.get(name);
    const expiresMs = this.#now() + lifeMs;
    if (slot && expiresMs > slot.expiresMs) this.#write(name, slot.text, expiresMs);
  }

  remainingMs(name: string): number {
    return (this.#slots.get(name)?.expiresMs ?? 0) - this.#now();
  }

  /** True if it was there. */
  delete(name: string): boolean {
    const slot = this.#slots.get(name);
    if (!slot) return false;
    this.#slots.delete(name);
    this.#bytes -= name.length + slot.text.length;
    return true;
  }

  /** Names written after that write, oldest first: whatever else is deleted meanwhile, a scan misses none. */
  namesAfter(number: number): { readonly name: string; readonly number: number }[] {
    const later = [...this.#slots].filter(([name, it]) => it.number > number && this.get(name) !== null);
    return later.map(([name, it]) => ({ name, number: it.number }));
  }

  #write(name: string, text: string, expiresMs: number): void {
    this.delete(name);
    this.#writes += 1;
    this.#slots.set(name, { text, expiresMs, number: this.#writes });
    this.#bytes += name.length + text.length;
    for (const oldest of this.#slots.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }
}
