import type { Bounds } from '../bounds.ts';

type BulkheadBounds = Pick<Bounds, 'fetchesPerIsolate' | 'fetchesPerTenant' | 'requestMs'>;

interface Place {
  readonly tenant: string;
  /** A fetch whose request was cancelled may never give its place back; by then it has ended. */
  readonly untilMs: number;
  /** Of what may as well not be done: called when a fetch needs its place. */
  readonly giveWay?: () => void;
}

interface AsideLimits {
  readonly atOnce: number;
  /** Of all places, and of the tenant's. */
  readonly leaves: number;
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
    const { fetchesPerIsolate, fetchesPerTenant } = this.#bounds;
    const isFull = this.#mineOf(tenant) >= fetchesPerTenant;
    if (isFull && !this.#clearOne((place) => place.tenant === tenant)) return null;
    if (this.#taken.size >= fetchesPerIsolate && !this.#clearOne(() => true)) return null;
    return this.#take(tenant);
  }

  /**
   * For what may as well not be done, so many at once: it leaves a share of the places free, and gives way (`giveWay`) where a fetch would be turned
   * away because of it.
   */
  enterAside(tenant: string, { atOnce, leaves }: AsideLimits, giveWay: () => void): (() => void) | null {
    const { fetchesPerIsolate, fetchesPerTenant } = this.#bounds;
    const mine = this.#mineOf(tenant) + 1;
    const aside = [...this.#taken].filter((place) => place.giveWay).length;
    const isIdle =
      mine <= fetchesPerTenant * (1 - leaves) && this.#taken.size + 1 <= fetchesPerIsolate * (1 - leaves);
    return isIdle && aside < atOnce ? this.#take(tenant, giveWay) : null;
  }

  /** How many this tenant has, when those are gone that nobody gave back. */
  #mineOf(tenant: string): number {
    const nowMs = this.#now();
    let mine = 0;
    for (const place of this.#taken) {
      if (place.untilMs <= nowMs) this.#taken.delete(place);
      else if (place.tenant === tenant) mine += 1;
    }
    return mine;
  }

  #clearOne(isFit: (place: Place) => boolean): boolean {
    for (const place of this.#taken) {
      if (!place.giveWay || !isFit(place)) continue;
      this.#taken.delete(place);
      place.giveWay();
      return true;
    }
    return false;
  }

  #take(tenant: string, giveWay?: () => void): () => void {
    const untilMs = this.#now() + this.#bounds.requestMs;
    const place = { tenant, untilMs, ...(giveWay && { giveWay }) };
    this.#taken.add(place);
    return () => void this.#taken.delete(place);
  }
}
