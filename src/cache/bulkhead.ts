import type { Bounds } from '../bounds.ts';

/** Bounds the fetches under way, so that an origin in trouble is not buried; it never queues. */
export class Bulkhead {
  readonly #perIsolate: number;
  readonly #perTenant: number;
  readonly #byTenant = new Map<string, number>();
  #all = 0;

  constructor({
    fetchesPerIsolate,
    fetchesPerTenant,
  }: Pick<Bounds, 'fetchesPerIsolate' | 'fetchesPerTenant'>) {
    this.#perIsolate = fetchesPerIsolate;
    this.#perTenant = fetchesPerTenant;
  }

  /** A function that gives the place back (once, however often it is called), or null when there is none. */
  enter(tenant: string): (() => void) | null {
    const mine = this.#byTenant.get(tenant) ?? 0;
    if (this.#all >= this.#perIsolate || mine >= this.#perTenant) return null;
    this.#all += 1;
    this.#byTenant.set(tenant, mine + 1);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#all -= 1;
      const left = (this.#byTenant.get(tenant) ?? 1) - 1;
      if (left === 0) this.#byTenant.delete(tenant);
      else this.#byTenant.set(tenant, left);
    };
  }
}
