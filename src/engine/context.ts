import type { Bounds } from '../bounds.ts';
import type { Identity } from '../identity/identity.ts';
import type { Queue } from '../queue/port.ts';
import type { Names } from '../store/names.ts';
import type { Store } from '../store/port.ts';
import type { Breaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Flights } from './flights.ts';
import type { L1 } from './l1.ts';

/** Everything that outlives a request. It holds no I/O object: those die with the request that made them. */
export interface Isolate {
  readonly store: Store;
  /** Null: there is none, and purges are applied at once. */
  readonly queue: Queue | null;
  readonly names: Names;
  readonly l1: L1;
  readonly flights: Flights;
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  readonly bounds: Bounds;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** 128 random bits, base64url. */
  readonly nonce: () => string;
  readonly origin: Origin;
  /** Where clients reach this deployment, if it says so. */
  readonly publicUrl: string | undefined;
  /** Full keys with a refresh under way here, and when they are given up. */
  readonly refreshing: Map<string, number>;
  /** `Cache-Status` says the key. */
  readonly development: boolean;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface Origin {
  /** Without a trailing slash. */
  readonly url: string;
  readonly secret: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** One request, or what runs in the background on its account. */
export interface Context {
  readonly isolate: Isolate;
  readonly identity: Identity | null;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** When the request gives up waiting for others, on the isolate's clock. */
  readonly deadlineMs: number;
  readonly notes: Notes;
}

/** What the log line and `Server-Timing` say of a request; background work adds to it until the line is written. */
export interface Notes {
  redisRequests: number;
  redisMs: number;
  originRequests: number;
  originMs: number;
  /** What went wrong without showing, each once: `corrupt`, `redis-timeout`, `purged` … */
  readonly events: Set<string>;
}

export const newNotes = (): Notes => ({
  redisRequests: 0,
  redisMs: 0,
  originRequests: 0,
  originMs: 0,
  events: new Set(),
});
