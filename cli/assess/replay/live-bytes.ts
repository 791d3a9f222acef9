/** Parts that a TTL is divided into: what is live is said at most one part too high. */
const PARTS = 8;
const RING = PARTS + 1;

/** Of each TTL: what was filled in each of the latest parts, then … */
const PART = RING; // the number of the part that is being filled,
const PLACE = RING + 1; // where that stands in the ring,
const END_MS = RING + 2; // when it ends,
const PEAK = RING + 3; // and the most that was live so far.
const CELLS = RING + 4;

/**
 * The most bytes that were stored at once, for each TTL: each fill counts for its TTL, even where a later one of its key has replaced it. Times must not
 * go back. One array, because there is one of these for each route.
 */
export class LiveBytes {
  readonly #ttlsMs: readonly number[];
  readonly #cells: Float64Array;

  constructor(ttlsMs: readonly number[]) {
    this.#ttlsMs = ttlsMs;
    this.#cells = new Float64Array(ttlsMs.length * CELLS);
    for (let base = 0; base < this.#cells.length; base += CELLS) {
      this.#cells[base + PART] = Number.NEGATIVE_INFINITY;
      this.#cells[base + END_MS] = Number.NEGATIVE_INFINITY;
    }
  }

  /** `ttl`: its place in the list. */
  fill(ttl: number, timeMs: number, bytes: number): void {
    const base = ttl * CELLS;
    if (timeMs >= this.#cells[base + END_MS]!) this.#advance(ttl, timeMs);
    this.#cells[base + this.#cells[base + PLACE]!]! += bytes;
  }

  peak(ttl: number): number {
    this.#weigh(ttl * CELLS);
    return this.#cells[ttl * CELLS + PEAK]!;
  }

  #advance(ttl: number, timeMs: number): void {
    const base = ttl * CELLS;
    const cells = this.#cells;
    this.#weigh(base);
    const partMs = this.#ttlsMs[ttl]! / PARTS;
    const part = Math.floor(timeMs / partMs);
    const passed = Math.min(RING, part - cells[base + PART]!);
    for (let gone = part - passed + 1; gone <= part; gone++) cells[base + (gone % RING)] = 0;
    cells[base + PART] = part;
    cells[base + PLACE] = part % RING;
    cells[base + END_MS] = (part + 1) * partMs;
  }

  /** While a part is filled, what is live only grows: it is enough to look at its end. */
  #weigh(base: number): void {
    const cells = this.#cells;
    let live = 0;
    for (let at = base; at < base + RING; at++) live += cells[at]!;
    if (live > cells[base + PEAK]!) cells[base + PEAK] = live;
  }
}
