import type { EntityTag } from '../http/etag.ts';
import type { HeaderList } from '../http/headers.ts';
import type { ProblemCode } from '../http/problem.ts';
import type { Entry } from '../store/wire.ts';
import type { Outcome } from '../telemetry/outcome.ts';

/** What a read ends in; `answer.ts` turns it into HTTP. */
export type Served = ServedEntry | ServedPassing | ServedProblem;

/** A complete answer, stored or not: of a class a 200. */
export interface ServedEntry {
  readonly is: 'entry';
  readonly entry: Entry;
  readonly outcome: Outcome;
}

/** An answer passed on as it comes: a streamed miss, or one that is not stored. */
export interface ServedPassing {
  readonly is: 'passing';
  readonly status: number;
  readonly headers: HeaderList;
  readonly etag: EntityTag | null;
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  readonly outcome: Outcome;
}

/** No answer to be had; the outcome still says why. */
export interface ServedProblem {
  readonly is: 'problem';
  readonly code: ProblemCode;
  /** The origin's 5xx. */
  readonly status?: number;
  readonly retryAfter?: string;
  readonly why: string;
  readonly outcome: Outcome;
}
