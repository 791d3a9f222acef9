import { bounds } from '../bounds.ts';
import type { Unreadable } from '../store/wire.ts';
import type { noteNames } from '../telemetry/note-names.ts';

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

export type Note = (typeof noteNames)[number];

/** Why an entry that was found is not used. */
export type EntryFault =
  | Unreadable
  | 'of-another-key'
  | 'of-another-tenant'
  | 'of-another-user'
  | 'of-another-shape'
  | 'of-another-definition';
