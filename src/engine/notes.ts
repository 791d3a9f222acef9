import { bounds } from '../bounds.ts';
import type { Unreadable } from '../store/wire.ts';

/** What the log line and `Server-Timing` say of a request; background work adds to it until the line is written. */
export interface Notes {
  redisRequests: number;
  /** Of these: a request of more than one is a purge that found no room. */
  redisCommands: number;
  redisMs: number;
  originRequests: number;
  originMs: number;
  /** The last path at the origin that was asked for, without its query. */
  originPath?: string | undefined;
  /** What it answered; absent where it gave no answer. */
  originStatus?: number | undefined;
  /** What went wrong without showing, each once for each line of the log. */
  noted: Set<Note>;
  /** By code of the team's own, in a fetch: in development the log shows where. */
  thrown?: unknown;
  /** What is said of notes besides: by an error, and of which class, and where; the first few. */
  failures?: Failure[] | undefined;
}

/** A note, and what is said besides by whoever failed: an error's text, a status, what Redis calls it. */
export interface Remark {
  readonly note: Note;
  readonly says?: string | undefined;
}

export const remarkText = ({ note, says }: Remark): string =>
  says === undefined ? note : `${note}: ${says}`;

/** As the log line has it. */
export interface Failure extends Remark {
  /** Absent: it is of no class, as what Redis says. */
  readonly class?: string;
  readonly origin_path?: string | undefined;
  /** Of a value of another shape: where. */
  readonly fields?: readonly string[];
}

/** What a fetch is called in the log. */
export interface FetchLabel {
  readonly className: string;
  /** Without its query; a loader has none before it asks. */
  originPath?: string | undefined;
  /** What was answered there. */
  originStatus?: number | undefined;
}

/** Notes what went wrong, and with what; `fields`: of a value of another shape, where. */
export function noteFailure(
  notes: Notes,
  label: FetchLabel,
  remark: Note | Remark,
  fields?: readonly string[],
): void {
  const { note, says } = typeof remark === 'string' ? { note: remark } : remark;
  const { className, originPath } = label;
  addFailure(notes, {
    note,
    says,
    class: className,
    origin_path: originPath,
    ...(fields?.length && { fields }),
  });
}

/** The same, of nobody's fetch. */
export function noteRemark(notes: Notes, { note, says }: Remark): void {
  if (says === undefined) notes.noted.add(note);
  else addFailure(notes, { note, says });
}

function addFailure(notes: Notes, failure: Failure): void {
  notes.noted.add(failure.note);
  notes.failures ??= [];
  const isTold = notes.failures.some(
    (it) =>
      it.note === failure.note &&
      it.says === failure.says &&
      it.class === failure.class &&
      it.origin_path === failure.origin_path,
  );
  if (!isTold && notes.failures.length < bounds.loggedFailures) notes.failures.push(failure);
}

/** What stands in a line of the log: what is noted from now on is told in another. No work where there is nothing. */
export function startAnew(notes: Notes): void {
  if (notes.noted.size === 0) return;
  notes.noted = new Set();
  notes.failures = undefined;
}

/** The path of a URL as the log has it: a query may hold what must not be in it. */
export const loggedPath = (url: string): string | undefined => URL.parse(url)?.pathname;

export const newNotes = (): Notes => ({
  redisRequests: 0,
  redisCommands: 0,
  redisMs: 0,
  originRequests: 0,
  originMs: 0,
  noted: new Set(),
});

/** What an operator may read in `notes`; docs/operations.md says of each what to do about it. */
export const noteNames = [
  'redis-timeout',
  'redis-unreachable',
  'redis-refused',
  'redis-no-room',
  'redis-garbage',
  'redis-failed',
  'redis-breaker-open',
  // Of the origin's answer, and of a fetch.
  'origin-failed',
  'origin-timeout',
  'internal',
  'truncated',
  'overloaded',
  // Why what came is not stored, or not as it came.
  'too-large',
  'too-many-tags',
  'pass-headers-too-large',
  /** Clients of this isolate have not taken what they were given: no more is held for the store. */
  'too-much-unsent',
  'refused-by-class',
  'value-of-another-shape',
  'store-when-failed',
  // In development alone: signs that an answer for many is one person's.
  'looks-personal',
  'differs-by-user',
  // Why an entry that was found is not used.
  'entry-other-version',
  'entry-corrupt',
  'entry-of-another-shape',
  'entry-of-another-definition',
  'entry-of-another-key',
  'entry-of-another-tenant',
  'entry-of-another-user',
  'fill-purged',
  'fill-late-tags-raced',
  'fill-lease-lost',
  'fill-failed',
  /** Stored, though a soft purge overtook it. */
  'fill-stale',
  'alert-unsent',
  'alert-dropped',
  'alerts-unreadable',
  'figures-dropped',
  'figures-unreadable',
  'figures-behind',
  'purge-failed',
  'purge-no-room',
  'purge-dead',
  'purge-missing',
  'purge-unverified',
  'purge-lost',
  'purged-again',
  'queue-failed',
  'queue-late',
  'receipt-failed',
  'apply-undelivered',
  'verify-undelivered',
  'erase-undelivered',
  'erase-failed',
  'delivery-refused',
  'delivery-malformed',
  'hook-refused',
  'hook-malformed',
  'hook-tenant-unknown',
  'cache-group-invalidation-malformed',
] as const;
export type Note = (typeof noteNames)[number];

/** Why an entry that was found is not used. */
export type EntryFault =
  | Unreadable
  | 'of-another-key'
  | 'of-another-tenant'
  | 'of-another-user'
  | 'of-another-shape'
  | 'of-another-definition';
