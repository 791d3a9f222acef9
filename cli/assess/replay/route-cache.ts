/** The route numbers of paths seen lately, by the path's hash: of two paths with one slot the later stays. */
export class RouteCache {
  readonly #mask: number;
  readonly #lo: Int32Array;
  readonly #hi: Int32Array;
  /** Route + 1; 0: free. */
  readonly #routes: Int32Array;

  /** `slots`: a power of two. */
  constructor(slots: number) {
    this.#mask = slots - 1;
    this.#lo = new Int32Array(slots);
    this.#hi = new Int32Array(slots);
    this.#routes = new Int32Array(slots);
  }

  /** -1: not known. */
  get(lo: number, hi: number): number {
    const slot = lo & this.#mask;
    return this.#lo[slot] === lo && this.#hi[slot] === hi ? this.#routes[slot]! - 1 : -1;
  }

  set(lo: number, hi: number, route: number): void {
    const slot = lo & this.#mask;
    this.#lo[slot] = lo;
    this.#hi[slot] = hi;
    this.#routes[slot] = route + 1;
  }
}
