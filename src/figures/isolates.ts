import * as z from 'zod';
import { jsonObject } from './text.ts';

/**
 * How far each isolate has been counted: its documents come in order, each perhaps again, and late. Of one that has been silent for long nothing
 * is remembered, but until when it may have told: a document that was made before that may have been counted, and is not counted.
 */
export class Isolates {
  readonly #last: Map<string, readonly [seq: number, arrivedMs: number]>;
  #forgottenMs: number;

  constructor({ last, forgottenMs }: z.infer<typeof isolatesShape> = { last: {}, forgottenMs: 0 }) {
    this.#last = new Map(Object.entries(last));
    this.#forgottenMs = forgottenMs;
  }

  /** `arrivedMs`: by the clock of Redis, which orders documents. */
  judge(told: { readonly isolate: string; readonly seq: number; readonly toMs: number }): Judgement {
    const last = this.#last.get(told.isolate);
    if (last) return told.seq > last[0] ? 'new' : 'repeat';
    return told.toMs > this.#forgottenMs ? 'new' : 'too-late';
  }

  counted({ isolate, seq }: { readonly isolate: string; readonly seq: number }, arrivedMs: number): void {
    this.#last.set(isolate, [seq, arrivedMs]);
  }

  /** Forgets who has been silent for `keptMs` before the latest document; of more than `most`, who has been longest. */
  forget(latestMs: number, { keptMs, most, marginMs }: Forgetting): void {
    const byAge = [...this.#last].sort(([, [, a]], [, [, b]]) => a - b);
    for (const [i, [isolate, [, arrivedMs]]] of byAge.entries()) {
      if (arrivedMs >= latestMs - keptMs && byAge.length - i <= most) break;
      this.#last.delete(isolate);
      this.#forgottenMs = Math.max(this.#forgottenMs, arrivedMs + marginMs);
    }
  }

  /** Isolates that have told since then. */
  toldSince(sinceMs: number): number {
    let told = 0;
    for (const [, arrivedMs] of this.#last.values()) if (arrivedMs >= sinceMs) told += 1;
    return told;
  }

  toText = (): string =>
    JSON.stringify({ forgottenMs: this.#forgottenMs, last: Object.fromEntries(this.#last) });
}

export type Judgement = 'new' | 'repeat' | 'too-late';

interface Forgetting {
  readonly keptMs: number;
  readonly most: number;
  /** How far the clocks of Redis and an isolate may differ. */
  readonly marginMs: number;
}

const isolatesShape = z.object({
  forgottenMs: z.number().min(0),
  last: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

/** Null: there are none, or they cannot be read. */
export function readIsolates(text: string | null): Isolates | null {
  const parsed = isolatesShape.safeParse(jsonObject(text));
  return parsed.success ? new Isolates(parsed.data) : null;
}
