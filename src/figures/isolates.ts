import * as z from 'zod';
import type { Bounds } from '../bounds.ts';
import { jsonObject } from './text.ts';

/**
 * How far each isolate has been counted: its documents come in order, each perhaps again, and late. Of one that has been silent for long nothing
 * is remembered, but until when it may have told: a document that was made before that may have been counted, and is not counted.
 *
 * While nobody tells, Redis may be out of reach, and time passes for no one: arrivals are by the clock of Redis, less such times.
 */
export class Isolates {
  readonly #last: Map<string, readonly [seq: number, arrived: number]>;
  #forgottenMs: number;
  /** By the clock of Redis: of the last document that arrived. */
  #latestMs: number;
  /** How long nobody told, in all. */
  #quietMs: number;

  constructor({ forgottenMs, latestMs, quietMs, last }: z.infer<typeof isolatesShape> = nobody) {
    this.#last = new Map(Object.entries(last));
    this.#forgottenMs = forgottenMs;
    this.#latestMs = latestMs;
    this.#quietMs = quietMs;
  }

  /** Whether a document would leave none out that its isolate told before, and that is still to be read. */
  isNext(document: Numbered, told: readonly { readonly flush: Numbered }[]): boolean {
    const before = told.filter(({ flush }) => flush.isolate === document.isolate);
    const last = this.#last.get(document.isolate)?.[0] ?? 0;
    return document.seq <= 1 + Math.max(last, ...before.map(({ flush }) => flush.seq));
  }

  judge(told: Numbered & { readonly toMs: number }): Judgement {
    const last = this.#last.get(told.isolate);
    if (last) return told.seq > last[0] ? 'new' : 'repeat';
    return told.toMs > this.#forgottenMs ? 'new' : 'too-late';
  }

  /** Of a new document: how many before it were told and never came. Nobody knows of an isolate that may have been forgotten. */
  missing({ isolate, seq, fromMs }: Numbered & { readonly fromMs: number }): number {
    const last = this.#last.get(isolate);
    if (last) return seq - last[0] - 1;
    return fromMs > this.#forgottenMs ? seq - 1 : 0;
  }

  /** Of each document, in the order of the stream. */
  arrived(arrivedMs: number, { isolateQuietMs }: Pick<Bounds, 'isolateQuietMs'>): void {
    this.#quietMs += Math.max(0, arrivedMs - this.#latestMs - isolateQuietMs);
    this.#latestMs = Math.max(arrivedMs, this.#latestMs);
  }

  /** That which arrived last. */
  counted({ isolate, seq }: Numbered): void {
    this.#last.set(isolate, [seq, this.#latestMs - this.#quietMs]);
  }

  /** Forgets who has been silent for long before the latest document; of too many, who has been longest. */
  forget({ isolateKeptMs, isolatesKept, isolateClockMs }: Bounds): void {
    const oldest = this.#latestMs - this.#quietMs - isolateKeptMs;
    const byAge = [...this.#last].sort(([, [, a]], [, [, b]]) => a - b);
    for (const [i, [isolate, [, arrived]]] of byAge.entries()) {
      if (arrived >= oldest && byAge.length - i <= isolatesKept) break;
      this.#last.delete(isolate);
      this.#forgottenMs = Math.max(this.#forgottenMs, arrived + this.#quietMs + isolateClockMs);
    }
  }

  toText = (): string =>
    JSON.stringify({
      forgottenMs: this.#forgottenMs,
      latestMs: this.#latestMs,
      quietMs: this.#quietMs,
      last: Object.fromEntries(this.#last),
    });
}

const nobody = { forgottenMs: -1, latestMs: 0, quietMs: 0, last: {} };

/** Whoever was known is not any more: what was made until then may have been counted. */
export const forgottenIsolates = (untilMs: number): Isolates =>
  new Isolates({ ...nobody, forgottenMs: untilMs });

interface Numbered {
  readonly isolate: string;
  readonly seq: number;
}

export type Judgement = 'new' | 'repeat' | 'too-late';

const isolatesShape = z.object({
  forgottenMs: z.number(),
  latestMs: z.number(),
  quietMs: z.number(),
  last: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

/** Null: there are none, or they cannot be read. */
export function readIsolates(text: string | null): Isolates | null {
  const parsed = isolatesShape.safeParse(jsonObject(text));
  return parsed.success ? new Isolates(parsed.data) : null;
}
