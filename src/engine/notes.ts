import { bounds } from '../bounds.ts';
import type { Message } from '../queue/message.ts';
import type { Filled, StoreFailure } from '../store/port.ts';
import type { Unreadable } from '../store/wire.ts';

/** What the log line and `Server-Timing` say of a request; background work adds to it until the line is written. */
export interface Notes {
  redisRequests: number;
  redisMs: number;
  originRequests: number;
  originMs: number;
  /** The last path at the origin that was asked for, without its query. */
  originPath?: string | undefined;
  /** What went wrong without showing, each once for each line of the log. */
  noted: Set<Note>;
  /** By code of the team's own, in a fetch: in development the log shows where. */
  thrown?: unknown;
  /** Of which class, and where, what went wrong with an answer or an entry; the first few. */
  failures?: Failure[] | undefined;
}

/** As the log line has it. */
export interface Failure {
  readonly note: Note;
  readonly class: string;
  readonly origin_path?: string | undefined;
  /** Of a value of another shape: where. */
  readonly fields?: readonly string[];
}

/** What a fetch is called in the log. */
export interface FetchLabel {
  readonly className: string;
  /** Without its query; a loader has none before it asks. */
  originPath?: string | undefined;
}

/** Notes what went wrong, and with what. */
export function noteFailure(
  notes: Notes,
  { className, originPath }: FetchLabel,
  note: Note,
  fields?: readonly string[],
): void {
  notes.noted.add(note);
  notes.failures ??= [];
  const isTold = notes.failures.some(
    (it) => it.note === note && it.class === className && it.origin_path === originPath,
  );
  if (isTold || notes.failures.length >= bounds.loggedFailures) return;
  notes.failures.push({ note, class: className, origin_path: originPath, ...(fields?.length && { fields }) });
}

/** What stands in a line of the log: what is noted from now on is told in another. No work where there is nothing. */
export function startAnew(notes: Notes): void {
  if (notes.noted.size === 0) return;
  notes.noted = new Set();
  notes.failures = undefined;
}

/** The path of a URL as the log has it: a query may hold what must not be in it. */
export const loggedPath = (url: string): string | undefined => URL.parse(url)?.pathname.slice(0, 256);

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

/** With what Redis itself calls it, where it gave it a name. */
type StoreNote = `redis-${StoreFailure | 'failed' | 'breaker-open'}` | `redis-${StoreFailure}: ${string}`;

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
  /** In development alone: signs that an answer for many is one person's. */
  | `${'looks-personal' | 'differs-by-user'}: ${string}`
  | 'refused-by-class'
  | 'store-when-failed'
  | 'too-many-tags'
  | 'pass-headers-too-large'
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
