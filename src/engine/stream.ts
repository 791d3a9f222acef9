import { concat, type MoreToRead } from './body.ts';
import type { Clock, Context, Isolate } from './context.ts';

/*
 * A body with two readers: the client, who has it as it comes, and the store, which needs all of it.
 *
 * As long as a copy is kept, the body is read at the origin's pace and written to the client without waiting; what the
 * client has not taken yet is counted over the isolate. Without a copy (there is none, it grew too large, or too much
 * is unsent) it is read at the client's pace. The end of an announced length is held back until the copy was taken, so
 * that what the copy is for is done when the answer ends.
 */

export interface Passing {
  /** As announced. */
  readonly length: number | undefined;
  /** The longest silence between two parts, in milliseconds. */
  readonly idleMs: number;
  /** The largest copy; 0: none. */
  readonly copyBytes: number;
  /** Called with all of it, before the client has the end. */
  readonly complete: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Called instead: there is no copy of it, or it broke off. */
  readonly incomplete: (why: 'too-large' | 'truncated') => void;
}

/** Passes a body on to one client. A client that goes away does not end a copy that somebody may still want. */
export function passOn(
  context: Pick<Context, 'isolate' | 'waitUntil'>,
  first: MoreToRead,
  passing: Passing,
): ReadableStream<Uint8Array> {
  const { readable, writable } =
    passing.length === undefined ? new IdentityTransformStream() : new FixedLengthStream(passing.length);
  context.waitUntil(new Pump(context.isolate, first, writable.getWriter(), passing).run());
  return readable;
}

/** For one client alone, at its pace. */
export function passUnshared(
  context: Context,
  first: MoreToRead,
  length: number | undefined,
  idleMs = context.isolate.bounds.idleMs,
): ReadableStream<Uint8Array> {
  return passOn(context, first, {
    length,
    idleMs,
    copyBytes: 0,
    complete: async () => {},
    incomplete: (why) => void context.notes.events.add(why),
  });
}

class Pump {
  readonly #isolate: Isolate;
  readonly #first: MoreToRead;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #passing: Passing;
  readonly #watch: IdleWatch;
  #copy: Uint8Array[] | null;
  #size = 0;
  #clientListens = true;
  #heldBack: Uint8Array | null = null;

  constructor(
    isolate: Isolate,
    first: MoreToRead,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    passing: Passing,
  ) {
    this.#isolate = isolate;
    this.#first = first;
    this.#writer = writer;
    this.#passing = passing;
    this.#copy = passing.copyBytes > 0 ? [] : null;
    this.#watch = new IdleWatch(isolate.clock, passing.idleMs, first.reader);
  }

  async run(): Promise<void> {
    const { reader } = this.#first;
    try {
      await this.#readToEnd();
      await this.#end();
    } catch (error) {
      this.#passing.incomplete('truncated');
      await this.#writer.abort(error).catch(() => {});
    } finally {
      this.#watch.end();
      reader.cancel().catch(() => {});
    }
  }

  async #readToEnd(): Promise<void> {
    const { chunks, next, reader } = this.#first;
    for (const chunk of chunks) await this.#take(chunk);
    for (let read = await next; !read.done; read = await reader.read()) {
      await this.#take(read.value);
      if (!this.#clientListens && !this.#copy) return;
    }
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { length } = this.#passing;
    this.#watch.heard();
    this.#size += chunk.length;
    this.#copyOrGiveUp(chunk);
    // The client counts too: what completes an announced length is the end of the answer.
    if (this.#copy && this.#size === length) this.#heldBack = chunk;
    else if (this.#copy) void this.#send(chunk);
    else await this.#send(chunk);
  }

  #copyOrGiveUp(chunk: Uint8Array): void {
    const { unsent, bounds } = this.#isolate;
    const tooLarge = this.#size > this.#passing.copyBytes || unsent.bytes > bounds.unsentBytes;
    if (this.#copy && tooLarge) {
      this.#copy = null;
      this.#passing.incomplete('too-large');
    }
    this.#copy?.push(chunk);
  }

  async #send(chunk: Uint8Array): Promise<void> {
    const { unsent } = this.#isolate;
    unsent.bytes += chunk.length;
    await this.#writer.write(chunk).catch(() => {
      this.#clientListens = false;
    });
    unsent.bytes -= chunk.length;
  }

  async #end(): Promise<void> {
    const { length, complete } = this.#passing;
    const isComplete = length === undefined || this.#size === length;
    if (this.#watch.gaveUp || (!isComplete && this.#clientListens)) throw new Error('broken');
    if (this.#copy && isComplete) await complete(concat(this.#copy));
    if (this.#heldBack) await this.#send(this.#heldBack);
    await this.#writer.close().catch(() => {});
  }
}

/** Lets go of a body that is silent for so long; one timer at a time, however many parts there are. */
class IdleWatch {
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #heardMs: number;
  gaveUp = false;

  constructor(clock: Clock, idleMs: number, reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#clock = clock;
    this.#heardMs = clock.now();
    void this.#watch(idleMs, reader);
  }

  heard(): void {
    this.#heardMs = this.#clock.now();
  }

  end(): void {
    this.#ended.abort();
  }

  async #watch(idleMs: number, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      await this.#clock.sleep(idleMs, signal);
      if (signal.aborted) return;
      if (this.#clock.now() - this.#heardMs < idleMs) continue;
      this.gaveUp = true;
      await reader.cancel().catch(() => {});
      return;
    }
  }
}
