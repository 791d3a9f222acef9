import type { Assessment } from './assessment.ts';
import type { LogSource, RouteTemplates } from './source.ts';

export interface AssessOptions {
  readonly templates: RouteTemplates;
  /** Milliseconds, ascending, none twice. */
  readonly ttlsMs: readonly number[];
  /** How long a request of the origin takes where the log does not say. */
  readonly assumedFetchMs: number;
  /** Of the bytes on the disk; `bytes`: null where one of the sources does not know. Called once for each piece that is read. */
  readonly onProgress?: (bytesRead: number, bytes: number | null) => void;
}

/** What a cache would do to the traffic that these logs show. Reads every source to its end, and closes it. */
export async function assess(_sources: readonly LogSource[], _options: AssessOptions): Promise<Assessment> {
  throw new Error('to come');
}
