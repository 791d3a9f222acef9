import { memoryOf } from '../http-cache/memory.ts';
import type { Clock, Context } from './context.ts';

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A body as far as it was read before anything of it is sent. */
export type First =
  | { readonly is: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly is: 'more';
      readonly chunks: readonly Uint8Array[];
      readonly reader: Reader;
      readonly next: Reading;
    }
  | { readonly is: 'broken' };

type Reading = ReturnType<Reader['read']>;

export interface Body {
  readonly body: ReadableStream<Uint8Array> | null;
  /** As announced. */
  readonly length: number | undefined;
  /** Meant to be read as it comes: an event stream. */
  readonly live: boolean;
}

/**
 * Reads a body that is small and there at once to its end, so that one that breaks off becomes an error and not half an
 * answer; gives up after a while, or where there is more.
 */
export async function readFirst(
  { isolate: { clock, bounds } }: Pick<Context, 'isolate'>,
  { body, length, live }: Body,
): Promise<First> {
  if (!body) return { is: 'whole', bytes: new Uint8Array() };
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const patient = !live && !(length !== undefined && length > bounds.readFirstBytes);
  const late = patient ? clock.sleep(bounds.readFirstMs).then(() => null) : Promise.resolve(null);
  try {
    for (;;) {
      const next = reader.read();
      next.catch(() => {});
      const it = await Promise.race([next, late]);
      if (it === null) return { is: 'more', chunks, reader, next };
      if (it.done) return size === (length ?? size) ? { is: 'whole', bytes: join(chunks) } : { is: 'broken' };
      chunks.push(it.value);
      size += it.value.length;
      if (size > bounds.readFirstBytes) return { is: 'more', chunks, reader, next: caught(reader.read()) };
    }
  } catch {
    return { is: 'broken' };
  }
}

/** Somebody looks at its failure later. */
function caught(reading: Reading): Reading {
  reading.catch(() => {});
  return reading;
}

export interface Passing {
  readonly length: number | undefined;
  /** Meant to be read as it comes, and silent for long. */
  readonly live: boolean;
  /** Keeps up to so many bytes for `whole`; 0: none. */
  readonly keepBytes: number;
  /** Called with all of it, before the client has the end: what it does is done when the answer ends. */
  readonly whole: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Called instead, for the log: it was more than is kept, or broke off. */
  readonly notWhole: (why: 'too-large' | 'truncated') => void;
}

/**
 * Passes a body on to one client, and keeps a copy as long as it is within bounds: at the origin's pace then, at the
 * client's pace otherwise. A client that goes away does not end a copy that somebody may still want.
 */
export function passOn(
  { isolate, waitUntil }: Pick<Context, 'isolate' | 'waitUntil'>,
  first: Extract<First, { is: 'more' }>,
  passing: Passing,
): ReadableStream<Uint8Array> {
  const { readable, writable } =
    passing.length === undefined ? new IdentityTransformStream() : new FixedLengthStream(passing.length);
  waitUntil(pump(isolate, first, writable.getWriter(), passing));
  return readable;
}

async function pump(
  isolate: Context['isolate'],
  { chunks, reader, next }: Extract<First, { is: 'more' }>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { length, live, keepBytes, whole, notWhole }: Passing,
): Promise<void> {
  const { clock, bounds } = isolate;
  const memory = memoryOf(isolate);
  let kept: Uint8Array[] | null = keepBytes > 0 ? [] : null;
  let size = 0;
  let listening = true;
  let held: Uint8Array | null = null;
  const watch = watchIdle(clock, live ? bounds.liveIdleMs : bounds.idleMs, reader);
  async function send(chunk: Uint8Array): Promise<void> {
    memory.unsentBytes += chunk.length;
    await writer.write(chunk).catch(() => {
      listening = false;
    });
    memory.unsentBytes -= chunk.length;
  }

  async function take(chunk: Uint8Array): Promise<void> {
    watch.heard();
    size += chunk.length;
    if (kept && (size > keepBytes || memory.unsentBytes > bounds.unsentBytes)) {
      kept = null;
      notWhole('too-large');
    }
    kept?.push(chunk);
    // The client counts too: what completes an announced length is the end of the answer.
    if (kept && size === length) held = chunk;
    else if (kept) void send(chunk);
    else await send(chunk);
  }

  try {
    for (const chunk of chunks) await take(chunk);
    for (let it = await next; !it.done; it = await reader.read()) {
      await take(it.value);
      if (!listening && !kept) break;
    }
    if (watch.gaveUp || (length !== undefined && size !== length && listening)) throw new Error('broken');
    if (kept && size === (length ?? size)) await whole(join(kept));
    if (held) await send(held);
    await writer.close().catch(() => {});
  } catch (error) {
    notWhole('truncated');
    await writer.abort(error).catch(() => {});
  } finally {
    watch.end();
    reader.cancel().catch(() => {});
  }
}

/** Lets go of a body that says nothing for so long; one timer at a time, however many parts there are. */
function watchIdle(clock: Clock, idleMs: number, reader: Reader) {
  let heardMs = clock.now();
  let ended = false;
  const it = {
    gaveUp: false,
    heard() {
      heardMs = clock.now();
    },
    end() {
      ended = true;
    },
  };
  void (async () => {
    while (!ended) {
      await clock.sleep(idleMs);
      if (ended || clock.now() - heardMs < idleMs) continue;
      it.gaveUp = true;
      await reader.cancel().catch(() => {});
      return;
    }
  })();
  return it;
}

export function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((bytes, chunk) => bytes + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
