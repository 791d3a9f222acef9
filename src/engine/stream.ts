import { concat, type MoreToRead } from './body.ts';
import type { Context } from './context.ts';
import { type FetchLabel, type Note, noteFailure, noteRemark, type Remark } from './notes.ts';
import { failureOf } from './origin-call.ts';
import { Client, chunksOf } from './stream-ends.ts';

/*
 * A body on its way has one source, the origin, and two readers: its client, who has each chunk as it comes, and the store,
 * who needs all of them.
 *
 * As long as they are collected for the store, the source is read as fast as it gives, and what the client has not taken
 * yet is counted over the isolate. Where they are not (nobody stores it, it grew too large, or too much is unsent) it is
 * read at the client's pace. Neither may keep the other waiting forever: a source is given up that is silent while it is
 * waited for, and a client that takes nothing of what it was given.
 *
 * The store is told once how it ends: that it has all, or that it never will. Then the client is told: its end is held back
 * (the last chunk of an announced length, else the close), so that the next request finds what is stored. What goes wrong
 * in the store costs the client nothing; and one that goes away does not end what the store still wants.
 */

export interface PassOnOptions {
  /** Whose origin it comes from. */
  readonly className: string;
  /** As announced. */
  readonly length: number | undefined;
  /** How long its source may be silent while it is waited for, in milliseconds; it is noticed after up to twice that. */
  readonly idleMs: number;
  /** Absent: nobody but its client wants it. */
  readonly collector?: Collector | undefined;
  /** For the log, of a fetch that others may have joined; any other is the request's own. */
  readonly label?: FetchLabel;
}

/** Who needs all of a body, besides its client. */
export interface Collector {
  /** The largest that it takes. */
  readonly maxBytes: number;
  /** Called once: with all of it, before the client has the end; or with why that is not to come, as soon as it is known. */
  readonly tell: (all: Uint8Array<ArrayBuffer> | Note) => Promise<void>;
}

/** Passes a body on to one client. */
export function passOn(
  context: Context,
  first: MoreToRead,
  options: PassOnOptions,
): ReadableStream<Uint8Array> {
  const { length } = options;
  const { readable, writable } =
    length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  context.waitUntil(pump(context, first, new Client(writable, context.isolate), options));
  return readable;
}

async function pump(
  context: Context,
  source: MoreToRead,
  client: Client,
  { className, length, idleMs, collector, label }: PassOnOptions,
): Promise<void> {
  const { isolate, notes } = context;
  const { clock, bounds, unsent, meter } = isolate;
  let collected: Uint8Array[] | null = collector ? [] : null;
  let heldBack: Uint8Array | null = null;
  let size = 0;

  const note = (it: Remark): void => {
    if (label) noteFailure(notes, label, it);
    else noteRemark(notes, it);
  };

  async function tell(all: Uint8Array<ArrayBuffer> | Note): Promise<void> {
    collected = null;
    await collector?.tell(all).catch((error) => note({ note: 'internal', says: failureOf(error).why }));
  }

  async function refuse(why: Note): Promise<void> {
    note({ note: why });
    if (collected) await tell(why);
  }

  try {
    for await (const chunk of chunksOf(clock, source, idleMs)) {
      size += chunk.length;
      if (length !== undefined && size > length) throw new Error('longer than announced');
      if (collector && collected && size > collector.maxBytes) await refuse('too-large');
      if (collected && unsent.bytes > bounds.unsentBytes) await refuse('too-much-unsent');
      collected?.push(chunk);
      // For the client too, what completes an announced length is the end of the answer.
      if (collected && size === length) heldBack = chunk;
      else if (collected) void client.give(chunk);
      else await client.give(chunk);
      if (!collected && client.isGone) return;
    }
    if (length !== undefined && size < length) throw new Error('shorter than announced');
    if (collected) await tell(concat(collected));
    if (heldBack) void client.give(heldBack);
    await client.end();
  } catch (error) {
    // Who collects it is told, and counts it.
    if (!collected) meter.add('origin_failures', 1, className, 'truncated');
    await refuse('truncated');
    await client.breakOff(error);
  } finally {
    client.letGo();
    meter.add('origin_bytes', size, className);
    context.sent?.(client.takenBytes);
  }
}
