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
  /** The part that is being filled, where it stands in the ring, and when it ends. */
  readonly #part: Float64Array;
  readonly #place: Int32Array;
  readonly #endMs: Float64Array;
  readonly #peaks: Float64Array;

  constructor(ttlsMs: readonly number[]) {
    const { length } = ttlsMs;
    this.#partMs = Float64Array.from(ttlsMs, (ttl) => ttl / PARTS);
    this.#filled = new Float64Array(length * RING);
    this.#part = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    this.#place = new Int32Array(length);
    this.#endMs = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    this.#peaks = new Float64Array(length);
  }

  fill(ttl: number, timeMs: number, bytes: number): void {
    if (timeMs >= this.#endMs[ttl]!) this.#advance(ttl, timeMs);
    this.#filled[this.#place[ttl]!]! += bytes;
  }

  /** By `ttl`'s place in the list. */
  peak(ttl: number): number {
    this.#weigh(ttl);
    return this.#peaks[ttl]!;
  }

  #advance(ttl: number, timeMs: number): void {
    this.#weigh(ttl);
    const base = ttl * RING;
    const part = Math.floor(timeMs / this.#partMs[ttl]!);
    const passed = Math.min(RING, part - this.#part[ttl]!);
    for (let gone = part - passed + 1; gone <= part; gone++) this.#filled[base + (gone % RING)] = 0;
    this.#part[ttl] = part;
    this.#place[ttl] = base + (part % RING);
    this.#endMs[ttl] = (part + 1) * this.#partMs[ttl]!;
  }

  /** While a part is filled, what is live only grows: it is enough to look at its end. */
  #weigh(ttl: number): void {
    let live = 0;
    for (let at = ttl * RING; at < (ttl + 1) * RING; at++) live += this.#filled[at]!;
    if (live > this.#peaks[ttl]!) this.#peaks[ttl] = live;
  }
}
