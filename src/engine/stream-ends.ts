import type { MoreToRead } from './body.ts';
import type { Clock, Isolate } from './context.ts';
import type { Backlog } from './unsent.ts';

/**
 * The chunks of a body, none of them empty; throws when it breaks off, or is silent for so long while it is waited for.
 * Whoever stops taking them lets go of it.
 */
export async function* chunksOf(
  clock: Clock,
  { chunks, reader, next }: MoreToRead,
  idleMs: number,
): AsyncGenerator<Uint8Array, void> {
  let askedMs: number | null = null;
  let isSilent = false;
  const unwatch = watch(
    clock,
    idleMs,
    () => askedMs !== null && clock.now() - askedMs >= idleMs,
    () => {
      isSilent = true;
      reader.cancel().catch(() => {});
    },
  );
  try {
    for (const chunk of chunks) if (chunk.length > 0) yield chunk;
    for (let reading = next; ; reading = reader.read()) {
      askedMs = clock.now();
      const read = await reading;
      askedMs = null;
      if (isSilent) throw new Error('silent for too long');
      if (read.done) return;
      if (read.value.length > 0) yield read.value;
    }
  } finally {
    unwatch();
    reader.cancel().catch(() => {});
  }
}

/** A client, who takes what it is given when it likes; one that takes nothing for too long counts as gone. */
export class Client {
  isGone = false;
  takenBytes = 0;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #unsent: Isolate['unsent'];
  readonly #backlog: Backlog;
  /** It is given no more, and waited for no longer. */
  readonly letGo: () => void;

  constructor(writable: WritableStream<Uint8Array>, { unsent, clock, bounds }: Isolate) {
    this.#writer = writable.getWriter();
    this.#unsent = unsent;
    this.#backlog = unsent.open();
    this.letGo = watch(
      clock,
      bounds.unreadMs,
      () => unsent.isStalled(this.#backlog),
      () => void this.breakOff(new Error('not taken')),
    );
  }

  /** Ends when the client has taken it, or is gone. */
  give(chunk: Uint8Array): Promise<void> {
    return this.#given(chunk.length, this.#writer.write(chunk));
  }

  /** What it was given is all there is. */
  end(): Promise<void> {
    return this.#given(0, this.#writer.close());
  }

  /** The client sees that this was not all. */
  async breakOff(error: unknown): Promise<void> {
    await this.#writer.abort(error).catch(() => {});
  }

  async #given(bytes: number, taken: Promise<void>): Promise<void> {
    try {
      await this.#unsent.count(this.#backlog, bytes, taken);
      this.takenBytes += bytes;
    } catch {
      this.isGone = true;
    }
  }
}

/** Looks every so often whether something is overdue, so that it is seen after up to twice that; one timer at a time, however much happens. */
function watch(clock: Clock, everyMs: number, isOverdue: () => boolean, giveUp: () => void): () => void {
  const abort = new AbortController();
  void (async () => {
    do await clock.sleep(everyMs, abort.signal);
    while (!abort.signal.aborted && !isOverdue());
    if (!abort.signal.aborted) giveUp();
  })();
  return () => abort.abort();
}
