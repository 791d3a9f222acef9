import type { ServedEntry, ServedProblem } from '../engine/served.ts';
import type { HeaderList } from '../http/headers.ts';
import type { Outcome } from '../telemetry/outcome.ts';

/** What a request ends in; `answer.ts` turns it into HTTP. An entry may be any complete response, stored or not. */
export type Served = ServedEntry | ServedPassing | ServedProblem;

export type { ServedEntry };

/** Passed on as it comes. */
export interface ServedPassing {
  readonly is: 'passing';
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  readonly outcome: Outcome;
}
