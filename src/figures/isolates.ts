import * as z from 'zod';
import type { Bounds } from '../bounds.ts';
import { jsonObject } from './text.ts';

/**
 * How far each isolate has been counted: its documents come in order, each perhaps again, and late. Of one that has been silent for long nothing
 * is remembered, but until when it may have told: a document that was made before that may have been counted, and is not counted.
 */
export class Isolates {
  readonly #last: Map<string, readonly [seq: number, arrivedMs: number]>;
  #forgottenMs: number;

  /** `forgottenMs`: what was made until then may have been counted; -1: nothing was. */
  constructor(forgottenMs = -1, last: Readonly<Record<string, readonly [number, number]>> = {}) {
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

  /** Forgets who has been silent for long before the latest document; of too many, who has been longest. */
  forget(latestMs: number, { isolateKeptMs, isolatesKept, isolateClockMs }: Bounds): void {
    const byAge = [...this.#last].sort(([, [, a]], [, [, b]]) => a - b);
    for (const [i, [isolate, [, arrivedMs]]] of byAge.entries()) {
      if (arrivedMs >= latestMs - isolateKeptMs && byAge.length - i <= isolatesKept) break;
      this.#last.delete(isolate);
      this.#forgottenMs = Math.max(this.#forgottenMs, arrivedMs + isolateClockMs);
    }
  }

  toText = (): string =>
    JSON.stringify({ forgottenMs: this.#forgottenMs, last: Object.fromEntries(this.#last) });
}

export type Judgement = 'new' | 'repeat' | 'too-late';

const isolatesShape = z.object({
  forgottenMs: z.number(),
  last: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

/** Null: there are none, or they cannot be read. */
export function readIsolates(text: string | null): Isolates | null {
  const parsed = isolatesShape.safeParse(jsonObject(text));
  return parsed.success ? new Isolates(parsed.data.forgottenMs, parsed.data.last) : null;
}
