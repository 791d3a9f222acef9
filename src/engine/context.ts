import type { Bounds } from '../bounds.ts';
import type { Identity } from '../identity/identity.ts';
import type { Queue } from '../queue/port.ts';
import type { LiveFlags } from '../rollout/live-flags.ts';
import type { Witness } from '../rollout/witness.ts';
import type { Names } from '../store/names.ts';
import type { Store } from '../store/port.ts';
import type { Trial } from '../strategy/trial.ts';
import type { Log } from '../telemetry/log.ts';
import type { Meter } from '../telemetry/meter.ts';
import type { Tally } from '../telemetry/tally.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Breaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Canary } from './canary.ts';
import type { Colleagues } from './colleagues.ts';
import type { Flights } from './flights.ts';
import type { Flusher } from './flusher.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { L1 } from './l1.ts';
import type { Notes } from './notes.ts';
import type { Unsent } from './unsent.ts';

/** Everything that outlives a request. It holds no I/O object: those die with the request that made them. */
export interface Isolate {
  readonly store: Store;
  /** Null: there is none, and purges are only tried at once. */
  readonly queue: Queue | null;
  readonly names: Names;
  readonly l1: L1;
  readonly flights: Flights;
  /** Full keys that are not to be refreshed here before this time: one is under way, or was in vain just now. */
  readonly refreshing: Map<string, number>;
  /** Of bodies that are passed on: what their clients have not taken yet. */
  readonly unsent: Unsent;
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  /** What is counted here, until it is flushed. */
  readonly meter: Meter;
  /** Null: there is none, by setting. */
  readonly canary: Canary | null;
  /** How classes are switched on. */
  readonly flags: LiveFlags;
  /** What the guard judges them by. */
  readonly tally: Tally;
  /** Who was given what, where answers of one entry differ. */
  readonly witness: Witness;
  /** What shadows hold to be compared. */
  readonly shadowed: HeldBytes;
  /** Lines about hits that differ from the origin, as many as are of use. */
  readonly logComparison: Log;
  /** By setting: the log has no names of persons but as hashes. */
  readonly hashesIds: boolean;
  readonly flusher: Flusher;
  /** Null outside of development. */
  readonly colleagues: Colleagues | null;
  readonly bounds: Bounds;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** 128 random bits, base64url. */
  readonly nonce: () => string;
  readonly origin: Origin;
  /** Where clients reach this deployment, if it says so. */
  readonly publicUrl: string | undefined;
}

export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Ends earlier, and lets go of its timer, when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Origin {
  /** Without a trailing slash. */
  readonly url: string;
  readonly secret: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** One request, or what runs in the background on its behalf. */
export interface Context {
  /** As the log has it; there is none of what no request asked for. */
  readonly id?: string;
  readonly isolate: Isolate;
  /** As verified; null: nobody is, or it was not needed. */
  readonly identity: Identity | null;
  /** Keeps the platform from ending work that outlasts the answer. */
  waitUntil(work: Promise<unknown>): void;
  /** Absent: what is done here is in no trace. */
  readonly trace?: Trace | undefined;
  /** What it is counted as while its class is switched on: of the class that answers. */
  trial?: Trial;
  /** Its client has been given so many bytes of a body; of one that is passed on it is told at the end. */
  sent?(bytes: number): void;
  /** Its answer does without a body of so many bytes: a 304, or to a HEAD. */
  withheld?(bytes: number): void;
  /** When the request gives up waiting for others, on the isolate's clock. */
  readonly deadlineMs: number;
  readonly notes: Notes;
  /** Ends its calls of the origin. Absent: nobody does but their deadline. */
  readonly signal?: AbortSignal;
}

/**
 * The same request's, for what is fetched in the background and for all: it is in the platform's trace of this request, but no part of
 * the client's, who has its answer and did not wait for this.
 */
export const backgroundOf = (context: Context): Context => ({
  isolate: context.isolate,
  identity: context.identity,
  notes: context.notes,
  deadlineMs: context.deadlineMs,
  trace: context.trace?.withoutClient(),
  waitUntil: (work) => context.waitUntil(work),
});

/** What `work` gives within `ms`, else `otherwise`; its timer ends with it. */
export async function within<T, const L>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  otherwise: L,
): Promise<T | L> {
  const abort = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(ms, abort.signal).then(() => otherwise)]);
  } finally {
    abort.abort();
  }
}
