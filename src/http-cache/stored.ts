import { type Governing, governing, initialAgeMs, type Received } from '../http/freshness.ts';
import { FieldSet } from '../http/message.ts';
import type { Entry } from '../store/wire.ts';

/** What an entry of the HTTP cache says of itself, read once for as long as it is in memory. */
export interface Stored {
  readonly fields: FieldSet;
  readonly rules: Governing;
  readonly received: Received;
}

const known = new WeakMap<Entry, Stored>();

export function storedOf(entry: Entry): Stored {
  let stored = known.get(entry);
  if (!stored) {
    const fields = new FieldSet(entry.headers);
    const { status, fetchedMs, fetchMs } = entry;
    const received = { status, fields, requestMs: fetchedMs, responseMs: fetchedMs + fetchMs };
    stored = { fields, rules: governing(fields), received };
    known.set(entry, stored);
  }
  return stored;
}

/** RFC 9111 §4.2.3: its age now. */
export function ageMsOf(entry: Entry, nowMs: number): number {
  const { received } = storedOf(entry);
  return initialAgeMs(received) + Math.max(0, nowMs - received.responseMs);
}

/** As the origin sent it; Redis gives text. */
export const bytesOf = ({ body }: Entry): Uint8Array =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body;
