import type { HeaderList } from '../http/headers.ts';
import type { ProblemCode } from '../http/problem.ts';
import type { Entry } from '../store/wire.ts';
import type { Outcome } from '../telemetry/outcome.ts';

/** What a request ends in; `answer.ts` turns it into HTTP. */
export type Served = ServedEntry | ServedPassing | ServedProblem;

/** From a complete response, stored or not. */
export interface ServedEntry {
  readonly is: 'entry';
  readonly entry: Entry;
  readonly outcome: Outcome;
}

/** Passed on as it comes. */
export interface ServedPassing {
  readonly is: 'passing';
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  readonly outcome: Outcome;
}

export interface ServedProblem {
  readonly is: 'problem';
  readonly code: ProblemCode;
  readonly why: string;
  readonly outcome: Outcome;
}
