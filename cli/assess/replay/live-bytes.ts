/** Parts that a TTL is divided into: what is live is said at most one part too high. */
const PARTS = 8;
const RING = PARTS + 1;

/**
 * The most bytes that were stored at once, for each TTL: each fill counts for its TTL, even where a later one of its key has replaced it. Times must not
 * go back.
 */
export class LiveBytes {
  readonly #partMs: Float64Array;
  /** By TTL, what was filled in each of the latest parts. */
  readonly #filled: Float64Array;
  /** The latest part that something was filled in. */
  readonly #part: Float64Array;
  readonly #live: Float64Array;
  readonly peaks: Float64Array;

  constructor(ttlsMs: readonly number[]) {
    const { length } = ttlsMs;
    this.#partMs = Float64Array.from(ttlsMs, (ttl) => ttl / PARTS);
    this.#filled = new Float64Array(length * RING);
    this.#part = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    this.#live = new Float64Array(length);
    this.peaks = new Float64Array(length);
  }

  fill(ttl: number, timeMs: number, bytes: number): void {
    const part = Math.floor(timeMs / this.#partMs[ttl]!);
    const base = ttl * RING;
    if (part !== this.#part[ttl]) this.#advance(ttl, base, part);
    this.#filled[base + (part % RING)]! += bytes;
    const live = this.#live[ttl]! + bytes;
    this.#live[ttl] = live;
    if (live > this.peaks[ttl]!) this.peaks[ttl] = live;
  }

  #advance(ttl: number, base: number, part: number): void {
    const passed = Math.min(RING, part - this.#part[ttl]!);
    for (let gone = part - passed + 1; gone <= part; gone++) this.#filled[base + (gone % RING)] = 0;
    this.#part[ttl] = part;
    // Added up anew, so that no rounding is carried along.
    let live = 0;
    for (let at = base; at < base + RING; at++) live += this.#filled[at]!;
    this.#live[ttl] = live;
  }
}
