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
  context.waitUntil(pump(context.isolate, first, writable.getWriter(), passing));
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

async function pump(
  isolate: Isolate,
  { chunks, reader, next }: MoreToRead,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { length, idleMs, copyBytes, complete, incomplete }: Passing,
): Promise<void> {
  const copy = new BoundedCopy(isolate, copyBytes, incomplete);
  const watch = watchIdle(isolate.clock, idleMs, reader);
  const send = sender(isolate, writer);
  let size = 0;
  let heldBack: Uint8Array | null = null;

  async function take(chunk: Uint8Array): Promise<void> {
    watch.heard();
    size += chunk.length;
    copy.add(chunk);
    // The client counts too: what completes an announced length is the end of the answer.
    if (copy.chunks && size === length) heldBack = chunk;
    else if (copy.chunks) void send(chunk);
    else await send(chunk);
  }

  try {
    for (const chunk of chunks) await take(chunk);
    for (let read = await next; !read.done; read = await reader.read()) {
      await take(read.value);
      if (!send.isHeard && !copy.chunks) break;
    }
    const isComplete = length === undefined || size === length;
    if (watch.gaveUp || (!isComplete && send.isHeard)) throw new Error('broken');
    if (copy.chunks && isComplete) await complete(concat(copy.chunks));
    if (heldBack) await send(heldBack);
    await writer.close().catch(() => {});
  } catch (error) {
    incomplete('truncated');
    await writer.abort(error).catch(() => {});
  } finally {
    watch.end();
    reader.cancel().catch(() => {});
  }
}

/** What was read so far; gives up when that grows too large, or when too much is unsent. */
class BoundedCopy {
  chunks: Uint8Array[] | null;
  #bytes = 0;
  readonly #hasRoom: (bytes: number) => boolean;
  readonly #incomplete: Passing['incomplete'];

  constructor({ unsent, bounds }: Isolate, maxBytes: number, incomplete: Passing['incomplete']) {
    this.chunks = maxBytes > 0 ? [] : null;
    this.#hasRoom = (bytes) => bytes <= maxBytes && unsent.bytes <= bounds.unsentBytes;
    this.#incomplete = incomplete;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.chunks && !this.#hasRoom(this.#bytes)) {
      this.chunks = null;
      this.#incomplete('too-large');
    }
    this.chunks?.push(chunk);
  }
}

/** Writes to the client, and counts what it has not taken yet; `isHeard` until it goes away. */
function sender({ unsent }: Isolate, writer: WritableStreamDefaultWriter<Uint8Array>) {
  const send = async (chunk: Uint8Array): Promise<void> => {
    unsent.bytes += chunk.length;
    await writer.write(chunk).catch(() => {
      client.isHeard = false;
    });
    unsent.bytes -= chunk.length;
  };
  const client = Object.assign(send, { isHeard: true });
  return client;
}

/** Lets go of a body that is silent for so long; one timer at a time, however many parts there are. */
function watchIdle(clock: Clock, idleMs: number, reader: MoreToRead['reader']) {
  const ended = new AbortController();
  let heardMs = clock.now();
  const watch = {
    gaveUp: false,
    heard: () => {
      heardMs = clock.now();
    },
    end: () => ended.abort(),
  };
  void (async () => {
    while (!ended.signal.aborted && !watch.gaveUp) {
      await clock.sleep(idleMs, ended.signal);
      watch.gaveUp = !ended.signal.aborted && clock.now() - heardMs >= idleMs;
    }
    if (watch.gaveUp) await reader.cancel().catch(() => {});
  })();
  return watch;
}
