import type { LeaseReply } from '../store/port.ts';
import type { Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { nameFlight } from './flights.ts';
import { judge } from './judge.ts';
import { type Found, presentValues } from './lookup.ts';
import { type LockAfter, writtenFailure } from './marker.ts';
import { ownEntryOf } from './own-entry.ts';
import { callStore, countedCall, noteStoreFailure } from './store-call.ts';
import type { Subject } from './subject.ts';

/** A lease in hand, and what it captured. */
export interface Grant {
  readonly lock: string;
  readonly token: string;
  /** Before LEASE was sent, and the local epoch then: what it captured was current at least until that moment. */
  readonly leasedMs: number;
  readonly epoch: number;
  readonly captured: ReadonlyMap<string, string>;
  readonly last: string | null;
}

/** What contending for a lease brought. */
export interface Contended {
  /** Null: another holds the lock, or what the last fetch came to stands in it. */
  readonly grant: Grant | null;
  readonly lock: string;
  /** Who holds it instead; or what stands in it though nobody does (marker.ts). Null: nobody did before. */
  readonly holder: string | null;
  /** When the lease that is held ends, at the earliest: counted from before it was asked for. */
  readonly leaseEndsMs: number;
  /** Of a fetch that this request may join, or that it leads. */
  readonly flightName: string;
  /** Stored by another meanwhile, and fresh. */
  readonly entry: Entry | null;
  /** Whether another has stored one meanwhile, fresh or not. */
  readonly isFilled: boolean;
}

/** Null: the store did not answer. */
export async function contend(
  context: Context,
  { subject, entry: seen, lateNames }: Pick<Found, 'subject' | 'entry' | 'lateNames'>,
): Promise<Contended | null> {
  const { isolate } = context;
  const { names } = subject;
  const token = isolate.nonce();
  const lock = await isolate.names.lock(subject.className, names.fullKey);
  const generationNames = [...names.generationNames, ...lateNames];
  const leasedMs = isolate.clock.now();
  const { epoch } = isolate.l1;
  let isSent = false;
  const send = () => {
    isSent = true;
    return isolate.store.lease({
      key: names.key,
      lock,
      generationNames,
      ...(names.lastName !== undefined && { lastName: names.lastName }),
      token,
      takeLock: true,
      lockMs: isolate.bounds.leaseMs,
      generationMs: generationMsOf(context, subject.lifeMs),
      ...(seen && { knownFill: seen.fillToken }),
    });
  };
  const reply = await callStore(context, send, {
    span: 'lease',
    says: ({ granted }) => ({ class: subject.className, result: granted ? 'granted' : 'held' }),
  });
  if (!reply) {
    // It may have been carried out all the same.
    if (isSent) release(context, { lock, token }, 'free');
    return null;
  }
  const captured = new Map(generationNames.map((name, i) => [name, reply.generations[i]!]));
  const entry = await filledMeanwhile(context, subject, reply, captured);
  if (entry) isolate.l1.set(entry, leasedMs, epoch);
  return {
    grant: reply.granted ? { lock, token, leasedMs, epoch, captured, last: reply.last } : null,
    lock,
    holder: reply.holder,
    leaseEndsMs: leasedMs + reply.lockRemainingMs,
    flightName: nameFlight(names.key, reply.generations.slice(0, names.generationNames.length), reply.last),
    entry,
    isFilled: reply.entryText !== null,
  };
}

async function filledMeanwhile(
  context: Context,
  subject: Subject,
  { entryText }: LeaseReply,
  captured: ReadonlyMap<string, string>,
): Promise<Entry | null> {
  const entry = entryText === null ? undefined : await ownEntryOf(context, subject, entryText);
  if (!entry) return null;
  const presentOf = await presentValues(context, [entry], captured);
  const verdict = judge(entry, subject.windowsOf(entry), presentOf, context.isolate.clock.now());
  return verdict.is === 'fresh' ? entry : null;
}

/** How long generations must live, so that no entry that names them outlives them. */
export const generationMsOf = ({ isolate: { bounds } }: Context, lifeMs: number): number =>
  bounds.leaseMs + lifeMs + bounds.generationMarginMs;

/** Whatever the breaker says: others would wait for a lease that nobody holds any more. */
export function release(
  context: Context,
  { lock, token }: Pick<Grant, 'lock' | 'token'>,
  after: LockAfter,
): void {
  const { isolate, notes } = context;
  const { store, names, bounds } = isolate;
  let directMs = 0;
  if (after === 'direct') directMs = bounds.directMs; // guard: direct-marker
  const noted = { key: names.failed(lock), ms: bounds.failedMs };
  let failed = {};
  if (typeof after === 'object') failed = { failed: { ...noted, value: writtenFailure(after, token) } }; // guard: failed-marker
  const released = countedCall(context, () => store.release({ lock, token, directMs, ...failed }));
  context.waitUntil(released.catch((error) => noteStoreFailure(notes, error)));
}
