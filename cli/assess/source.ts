import type { AssessedFile } from './assessment.ts';
import type { LogLine } from './log-line.ts';

/**
 * An access log, read piece by piece: several can then be read in the order of their times, whatever order they are given in, without any of them
 * being held as a whole.
 */
export interface LogSource {
  /** Calls `each` for every line of the next piece, with the same object filled anew. False: there was no more. Rejects where it cannot be read. */
  next(each: (line: LogLine) => void): Promise<boolean>;
  /** Of the file as it lies on the disk: of a compressed one, compressed. */
  readonly bytesRead: number;
  /** Null: nobody knows, as of standard input. */
  readonly bytes: number | null;
  /** Bits of `Sign`: what lines of this format could say. Known once the first piece was read. */
  readonly tells: number;
  /** What was read so far. */
  report(): AssessedFile;
  close(): Promise<void>;
}

/**
 * Which route a path belongs to. It may learn while lines come: it numbers the routes as it goes, and says only at the end what each number is called.
 * Numbers with the same name are one route. They begin at 0, leave none out, and are bounded by whoever makes the templates.
 */
export interface RouteTemplates {
  /**
   * Of a path without its query. The same path may be given another number later, best one of the same name in the end: a key stays with the
   * route that it was first seen in. The text is a part of some
   * hundred kilobytes of log, which stay in memory as long as it does: whoever keeps it, or a part of it, keeps a copy.
   */
  numberOf(path: string): number;
  /** By number. */
  names(): readonly string[];
}
