import { concat, type MoreToRead } from './body.ts';
import type { Clock, Context, Isolate } from './context.ts';

/*
 * A body with two readers: the client, who has it as it comes, and the store, which needs all of it.
 *
 * As long as its chunks are collected for the store, the body is read at the origin's pace and written to the client
 * without waiting; what the client has not taken yet is counted over the isolate. Where they are not (nothing is to be
 * stored, it grew too large, or too much is unsent) it is read at the client's pace. The end of an announced length is
 * held back until the store has all of it, so that the next request finds it when the answer ends.
 */

export interface PassOnOptions {
  /** As announced. */
  readonly length: number | undefined;
  /** The longest silence between two parts, in milliseconds; it is noticed after up to twice that. */
  readonly idleMs: number;
  /** The largest body that is collected for the store; 0: none is. */
  readonly collectBytes: number;
  /** Called with all of it, before the client has the end. */
  readonly onCollected: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** It is not stored: it was too large, too much is unsent in this isolate, or it broke off (then called a second time, perhaps). */
  readonly onNotCollected: (why: 'too-large' | 'truncated') => void;
}

/** Passes a body on to one client. A client that goes away does not end what the store may still want. */
export function passOn(
  context: Pick<Context, 'isolate' | 'waitUntil'>,
  first: MoreToRead,
  options: PassOnOptions,
): ReadableStream<Uint8Array> {
  const { readable, writable } =
    options.length === undefined ? new IdentityTransformStream() : new FixedLengthStream(options.length);
  context.waitUntil(pump(context.isolate, first, writable.getWriter(), options));
  return readable;
}

/** For one client, at its pace; nothing is collected. */
export function passOnOnly(
  context: Context,
  first: MoreToRead,
  length: number | undefined,
  idleMs = context.isolate.bounds.idleMs,
): ReadableStream<Uint8Array> {
  return passOn(context, first, {
    length,
    idleMs,
    collectBytes: 0,
    onCollected: async () => {},
    onNotCollected: (why) => void context.notes.noted.add(why),
  });
}

async function pump(
  { clock, unsent, bounds }: Isolate,
  { chunks, reader, next }: MoreToRead,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { length, idleMs, collectBytes, onCollected, onNotCollected }: PassOnOptions,
): Promise<void> {
  const watch = watchIdle(clock, idleMs, reader);
  let collected: Uint8Array[] | null = collectBytes > 0 ? [] : null;
  let heldBack: Uint8Array | null = null;
  let size = 0;
  let clientListens = true;

  async function send(chunk: Uint8Array): Promise<void> {
    unsent.bytes += chunk.length;
    await writer.write(chunk).catch(() => {
      clientListens = false;
    });
    unsent.bytes -= chunk.length;
  }

  async function take(chunk: Uint8Array): Promise<void> {
    watch.heard();
    size += chunk.length;
    if (collected && (size > collectBytes || unsent.bytes > bounds.unsentBytes)) {
      collected = null;
      onNotCollected('too-large');
    }
    collected?.push(chunk);
    // For the client too, what completes an announced length is the end of the answer.
    if (collected && size === length) heldBack = chunk;
    else if (collected) void send(chunk);
    else await send(chunk);
  }

  try {
    for (const chunk of chunks) await take(chunk);
    for (let read = await next; !read.done; read = await reader.read()) {
      await take(read.value);
      if (!clientListens && !collected) break;
    }
    const isComplete = length === undefined || size === length;
    if (watch.gaveUp || (!isComplete && clientListens)) throw new Error('truncated');
    if (collected && isComplete) await onCollected(concat(collected));
    if (heldBack) await send(heldBack);
    await writer.close().catch(() => {});
  } catch (error) {
    onNotCollected('truncated');
    await writer.abort(error).catch(() => {});
  } finally {
    watch.end();
    reader.cancel().catch(() => {});
  }
}

/** Lets go of a body that is silent for so long; one timer at a time, however many parts there are. */
function watchIdle(clock: Clock, idleMs: number, reader: MoreToRead['reader']) {
  const abort = new AbortController();
  let heardMs = clock.now();
  const watch = {
    gaveUp: false,
    heard: () => {
      heardMs = clock.now();
    },
    end: () => abort.abort(),
  };
  void (async () => {
    while (!abort.signal.aborted && !watch.gaveUp) {
      await clock.sleep(idleMs, abort.signal);
      watch.gaveUp = !abort.signal.aborted && clock.now() - heardMs >= idleMs;
    }
    if (watch.gaveUp) await reader.cancel().catch(() => {});
  })();
  return watch;
}
