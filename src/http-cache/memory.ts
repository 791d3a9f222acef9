import { BoundedMap } from '../bounded-map.ts';
import { bounds } from '../bounds.ts';
import { Bulkhead } from '../engine/bulkhead.ts';
import type { Isolate } from '../engine/context.ts';

/** What one isolate remembers of an HTTP cache besides its entries; nothing of it is needed for a right answer. */
export class Memory {
  readonly bulkhead: Bulkhead;
  /** Of requests with a body, which a client may send as slowly as it likes: reads do not wait for these. */
  readonly uploads: Bulkhead;
  /** By a URI's key in Redis, whose length is bounded: the fields that tell its entries apart, so that one lookup is enough. */
  readonly #rules = new BoundedMap<string, readonly string[]>(bounds.rememberedNames);
  /** By the same: the fields that answers under `keyed` turned out to depend on, those that were not stored too. */
  readonly #shown = new BoundedMap<string, readonly string[]>(bounds.rememberedNames);
  readonly #unstorable = new BoundedMap<string, number>(bounds.rememberedNames);

  constructor({ clock, bounds: { requestMs, uploadMs, fetchesOfHttpCache: most } }: Isolate) {
    const limits = { fetchesPerIsolate: most, fetchesPerTenant: most };
    this.bulkhead = new Bulkhead({ ...limits, requestMs }, clock.now);
    this.uploads = new Bulkhead({ ...limits, requestMs: uploadMs }, clock.now);
  }

  rule(uriKey: string): readonly string[] {
    return this.#rules.get(uriKey) ?? [];
  }

  setRule(uriKey: string, rule: readonly string[]): void {
    if (rule.length === 0) this.#rules.delete(uriKey);
    else this.#rules.set(uriKey, rule);
  }

  shown(uriKey: string): readonly string[] {
    return this.#shown.get(uriKey) ?? [];
  }

  setShown(uriKey: string, names: readonly string[]): void {
    this.#shown.set(uriKey, names);
  }

  /** Whether an answer for such a request was lately not storable. */
  isUnstorable(key: string, nowMs: number): boolean {
    return (this.#unstorable.get(key) ?? 0) > nowMs;
  }

  setUnstorable(key: string, untilMs: number | null): void {
    if (untilMs === null) this.#unstorable.delete(key);
    // A long one is not worth its room.
    else if (key.length <= bounds.keyBytes) this.#unstorable.set(key, untilMs);
  }
}

/** Another memory for whoever only looks: nothing is learned. */
class MemoryView extends Memory {
  readonly #of: Memory;

  constructor(isolate: Isolate, of: Memory) {
    super(isolate);
    this.#of = of;
  }

  override rule = (uriKey: string) => this.#of.rule(uriKey);
  override shown = (uriKey: string) => this.#of.shown(uriKey);
  override isUnstorable = (key: string, nowMs: number) => this.#of.isUnstorable(key, nowMs);
  override setRule(): void {}
  override setShown(): void {}
  override setUnstorable(): void {}
}

/** What `of` remembers is what `viewer` is shown, an isolate that only looks. */
export const showMemory = (viewer: Isolate, of: Isolate): void =>
  void memories.set(viewer, new MemoryView(viewer, memoryOf(of)));

const memories = new WeakMap<Isolate, Memory>();

/** One for each isolate, whatever routes it has. */
export function memoryOf(isolate: Isolate): Memory {
  const known = memories.get(isolate);
  if (known) return known;
  const memory = new Memory(isolate);
  memories.set(isolate, memory);
  return memory;
}
