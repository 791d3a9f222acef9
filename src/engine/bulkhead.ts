import type { Bounds } from '../bounds.ts';

type BulkheadBounds = Pick<Bounds, 'fetchesPerIsolate' | 'fetchesPerTenant' | 'requestMs'>;

interface Place {
  readonly tenant: string;
  /** A fetch whose request was cancelled may never give its place back; by then it has ended. */
  readonly untilMs: number;
}

/** Bounds the fetches under way, so that an origin in trouble is not buried; it never queues. */
export class Bulkhead {
  readonly #bounds: BulkheadBounds;
  readonly #now: () => number;
  readonly #taken = new Set<Place>();

  constructor(bounds: BulkheadBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** A function that gives the place back (once, however often it is called), or null when there is none. */
  enter(tenant: string): (() => void) | null {
    const nowMs = this.#now();
    let mine = 0;
    for (const place of this.#taken) {
      if (place.untilMs <= nowMs) this.#taken.delete(place);
      else if (place.tenant === tenant) mine += 1;
    }
    const { fetchesPerIsolate, fetchesPerTenant, requestMs } = this.#bounds;
    if (this.#taken.size >= fetchesPerIsolate || mine >= fetchesPerTenant) return null;
    const place = { tenant, untilMs: nowMs + requestMs };
    this.#taken.add(place);
    return () => void this.#taken.delete(place);
  }
}
