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

  constructor({ last, forgottenMs }: z.infer<typeof isolatesShape> = { last: {}, forgottenMs: -1 }) {
    this.#last = new Map(Object.entries(last));
    this.#forgottenMs = forgottenMs;
  }

  /** Whether a document would leave none out that its isolate told before, and that is still to be read. */
  isNext(document: Numbered, told: readonly { readonly flush: Numbered }[]): boolean {
    const before = told.filter(({ flush }) => flush.isolate === document.isolate);
    const last = this.#last.get(document.isolate)?.[0] ?? 0;
    return document.seq <= 1 + Math.max(last, ...before.map(({ flush }) => flush.seq));
  }

  /** `arrivedMs`: by the clock of Redis, which orders documents. */
  judge(told: Numbered & { readonly toMs: number }): Judgement {
    const last = this.#last.get(told.isolate);
    if (last) return told.seq > last[0] ? 'new' : 'repeat';
    return told.toMs > this.#forgottenMs ? 'new' : 'too-late';
  }

  counted({ isolate, seq }: Numbered, arrivedMs: number): void {
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

interface Numbered {
  readonly isolate: string;
  readonly seq: number;
}

export type Judgement = 'new' | 'repeat' | 'too-late';

const isolatesShape = z.object({
  forgottenMs: z.number(),
  last: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

/** Null: there are none, or they cannot be read. */
export function readIsolates(text: string | null): Isolates | null {
  const parsed = isolatesShape.safeParse(jsonObject(text));
  return parsed.success ? new Isolates(parsed.data) : null;
}
