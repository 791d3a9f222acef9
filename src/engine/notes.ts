import type { Message } from '../queue/message.ts';
import type { Filled, StoreFailure } from '../store/port.ts';
import type { Unreadable } from '../store/wire.ts';

/** What the log line and `Server-Timing` say of a request; background work adds to it until the line is written. */
export interface Notes {
  redisRequests: number;
  redisMs: number;
  originRequests: number;
  originMs: number;
  /** What went wrong without showing, each once. */
  readonly noted: Set<Note>;
  /** By code of the team's own, in a fetch: in development the log shows where. */
  thrown?: unknown;
}

export const newNotes = (): Notes => ({
  redisRequests: 0,
  redisMs: 0,
  originRequests: 0,
  originMs: 0,
  noted: new Set(),
});

/** What an operator may read in `notes`; docs/operations.md says of each what to do about it. */
export type Note =
  | StoreNote
  | EntryNote
  | FillNote
  | FetchNote
  | PurgeNote
  | HookNote
  | `${'origin-failed' | 'origin-timeout' | 'internal'}: ${string}`;

type StoreNote = `redis-${StoreFailure | 'failed' | 'breaker-open'}`;

/** Why an entry that was found is not used. */
type EntryNote = `entry-${EntryFault}`;
export type EntryFault =
  | Unreadable
  | 'of-another-key'
  | 'of-another-tenant'
  | 'of-another-user'
  | 'of-another-shape';

/** `stale`: stored, though a soft purge overtook it. */
type FillNote = `fill-${Extract<Filled, { readonly stored: false }>['refusal'] | 'failed' | 'stale'}`;

/** What went wrong with an answer of the origin, or why it is not stored. */
type FetchNote =
  | 'overloaded'
  | 'too-large'
  /** Clients of this isolate have not taken what they were given: no more is held for the store. */
  | 'too-much-unsent'
  | 'truncated'
  | 'value-of-another-shape'
  | 'refused-by-class'
  | 'store-when-failed'
  | 'too-many-tags'
  | 'cache-group-invalidation-malformed';

type PurgeNote =
  | `purge-${'failed' | 'no-room' | 'lost' | 'dead' | 'missing' | 'unverified'}`
  | 'purged-again'
  | `queue-${'failed' | 'late'}`
  | 'receipt-failed'
  | 'erase-failed'
  | `delivery-${'refused' | 'malformed'}`
  | `${Message['step']}-undelivered`;

type HookNote = `hook-${'refused' | 'malformed' | 'tenant-unknown'}`;
