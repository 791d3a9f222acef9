import type { Context } from './context.ts';
import type { FetchFailure } from './origin-call.ts';

/**
 * What a fetch is for: a read that missed, or that bypasses the cache (`pass`); a refresh in the background; a comparison; a request of any
 * other method than GET and HEAD (`write`); in development, a second look as another user (`hint`).
 */
export type FetchCause = 'miss' | 'pass' | 'refresh' | 'comparison' | 'write' | 'hint';

/** A further request of a fetch that was counted as it began. */
export const countAgain = ({ isolate: { meter } }: Counting, className: string): void =>
  meter.add('origin_fetches', 1, className, 'again');

export const causeOfRead = ({ fwd }: { readonly fwd: string }): FetchCause =>
  fwd === 'bypass' ? 'pass' : 'miss';

type Counting = Pick<Context, 'isolate'>;

/** As it begins; `place`: in the bulkhead, null where that is full, so that none begins. */
export function countFetch(
  { isolate: { meter } }: Counting,
  className: string,
  cause: FetchCause,
  place: unknown,
): void {
  if (place) {
    meter.add('origin_fetches', 1, className, cause);
    return;
  }
  meter.add('bulkhead_refused', 1, className);
  meter.add('origin_failures', 1, className, 'overloaded');
}

export function countFailure(
  { isolate: { meter } }: Counting,
  className: string,
  { code, why }: FetchFailure,
): void {
  const kind = why === 'truncated' ? why : code === 'origin-timeout' ? 'timeout' : 'failed';
  meter.add('origin_failures', 1, className, kind);
}
