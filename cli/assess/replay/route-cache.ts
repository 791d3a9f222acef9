/** Hash, hash, route + 1. */
const WORDS = 3;

/** The route numbers of paths seen lately, by the path's hash: of two paths with one slot the later stays. */
export class RouteCache {
  readonly #mask: number;
  readonly #words: Int32Array;

  /** `slots`: a power of two. */
  constructor(slots: number) {
    this.#mask = slots - 1;
    this.#words = new Int32Array(slots * WORDS);
  }

  /** -1: not known. */
  get(lo: number, hi: number): number {
    const words = this.#words;
    const at = WORDS * (lo & this.#mask);
    return words[at] === lo && words[at + 1] === hi ? words[at + 2]! - 1 : -1;
  }

  set(lo: number, hi: number, route: number): void {
    const words = this.#words;
    const at = WORDS * (lo & this.#mask);
    words[at] = lo;
    words[at + 1] = hi;
    words[at + 2] = route + 1;
  }
}
