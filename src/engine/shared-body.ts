import { type Body, bytesIn, type Patience, readFirst } from './body.ts';
import { type Context, within } from './context.ts';
import type { HeldLease } from './lead.ts';
import type { Note } from './notes.ts';
import { type FetchFailure, timedOut, truncated } from './origin-call.ts';
import { passOn } from './stream.ts';

/** Nothing that others can be given: it is not stored, is too large, or takes too long. Whoever joined fetches for itself. */
export interface Unshared {
  readonly is: 'unshared';
}

/** How a fetch takes the origin's body. */
export interface BodyPlan<E> {
  readonly patience: Patience;
  /** Whether one that is not complete within the time of `patience` is given up, instead of passed on; a larger one is passed on. */
  readonly mustComplete: boolean;
  /** The largest one that is collected while it is passed on, for the store and for those who wait; 0: none is. */
  readonly collectBytes: number;
  /** The longest silence between two parts, in milliseconds. */
  readonly idleMs: number;
  /** How long those who join wait for its end, in milliseconds. It is stored all the same if it comes before the lease ends. */
  readonly joinedWaitMs: number;
  /** Ends the fetch with all of the body; of one that is passed on, before the client has its end. */
  readonly complete: (bytes: Uint8Array<ArrayBuffer>, isPassedOn: boolean) => Promise<E>;
  /** The leader's client has the rest as it comes; `isTooLarge`: more than is collected, as is known by now. */
  readonly tellBegun: (body: ReadableStream<Uint8Array>, isTooLarge: boolean) => void;
}

/** Reads a small body first; of a larger one, whoever joins is told when it is complete, or that it is not shared. */
export async function takeBody<E extends { readonly is: string }>(
  context: Context,
  held: HeldLease,
  { body: source, length }: Pick<Body, 'length'> & { readonly body: ReadableStream<Uint8Array> | null },
  { patience, mustComplete, collectBytes, idleMs, joinedWaitMs, complete, tellBegun }: BodyPlan<E>,
): Promise<E | Unshared | FetchFailure> {
  const { clock, bounds } = context.isolate;
  const read = await readFirst(clock, { body: source, length }, patience);
  if (read.is === 'truncated') return truncated();
  const { className } = held.label;
  if (read.is === 'complete') {
    context.isolate.meter.add('origin_bytes', read.bytes.length, className);
    return complete(read.bytes, false);
  }
  if (read.isSlow && mustComplete) {
    read.reader.cancel().catch(() => {});
    return timedOut(bounds.originMs);
  }
  const isTooLarge = collectBytes > 0 && Math.max(length ?? 0, bytesIn(read.chunks)) > collectBytes;
  const unshared: Unshared = { is: 'unshared' };
  const end = Promise.withResolvers<E | Unshared | FetchFailure>();
  const tell = async (all: Uint8Array<ArrayBuffer> | Note) => {
    let ended: E | Unshared | FetchFailure = all === 'truncated' ? truncated() : unshared;
    try {
      if (typeof all !== 'string') ended = await complete(all, true);
    } finally {
      end.resolve(ended);
      held.release(ended);
    }
  };
  held.outlastsFetch = collectBytes > 0 && !isTooLarge;
  const collector = held.outlastsFetch ? { maxBytes: collectBytes, tell } : undefined;
  tellBegun(passOn(context, read, { className, length, idleMs, collector, label: held.label }), isTooLarge);
  return held.outlastsFetch ? within(clock, joinedWaitMs, end.promise, unshared) : unshared;
}
