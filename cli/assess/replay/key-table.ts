import { HashIndex } from './hash-index.ts';

/**
 * What is known of each key, in columns. Up to `most` keys it holds them all. Beyond that it holds a sample in which a key's chance grows with its
 * requests, so that the hottest are in it for certain:
 *
 * Each key has a fixed `draw` between 0 and 1, from its hash. It is taken in when its draw is below the threshold, which begins at 1. When the table is
 * full the threshold falls to the median of draw / requests, and a key stays if its draw is below threshold × requests. So a key was in it with the
 * chance min(threshold × requests) over all such moments: that is its `inclusion`. One that left, or was never taken in, cannot come back, since the
 * threshold only falls; so what is known of a key is known from its first request on. (Cohen and Duffield's priority sampling, repeated.)
 */
export class KeyTable {
  readonly index: HashIndex;
  /** The time of the latest fill, key by key for each TTL. */
  readonly fills: Float64Array;
  readonly hits: Uint32Array;
  readonly requests: Uint32Array;
  /** 1: for certain. */
  readonly inclusion: Float64Array;
  readonly route: Int32Array;
  /** Of the latest representation of known size; -1: none yet. */
  readonly bytes: Float64Array;
  /** Of the latest answer that had one; 0: none yet. */
  readonly etag: Int32Array;
  /** When the fetch ends that others would wait for. */
  readonly busyUntilMs: Float64Array;
  /** Purges of its path that its fills have seen. */
  readonly purgesSeen: Uint32Array;
  threshold = 1;

  readonly #ttls: number;
  readonly #pathRow: Int32Array;
  readonly #paths: HashIndex;
  readonly #purges: Uint32Array;

  constructor(most: number, ttls: number) {
    this.#ttls = ttls;
    this.index = new HashIndex(most);
    this.fills = new Float64Array(most * ttls);
    this.hits = new Uint32Array(most * ttls);
    this.requests = new Uint32Array(most);
    this.inclusion = new Float64Array(most);
    this.route = new Int32Array(most);
    this.bytes = new Float64Array(most);
    this.etag = new Int32Array(most);
    this.busyUntilMs = new Float64Array(most);
    this.purgesSeen = new Uint32Array(most);
    this.#pathRow = new Int32Array(most);
    // Never more than keys.
    this.#paths = new HashIndex(most);
    this.#purges = new Uint32Array(most);
  }

  get size(): number {
    return this.index.size;
  }

  /** Purges of the key's path, so far. */
  purgesOf(row: number): number {
    return this.#purges[this.#pathRow[row]!]!;
  }

  /** A write to this path. That of no key is of no interest: what is filled later does not care. */
  purge(pathLo: number, pathHi: number): void {
    const path = this.#paths.find(pathLo, pathHi);
    if (path >= 0) this.#purges[path]!++;
  }

  /** The row of a key that has none yet; -1: it is not in the sample. */
  add(keyLo: number, keyHi: number, pathLo: number, pathHi: number, route: number): number {
    const draw = drawOf(keyHi);
    if (this.index.isFull && draw < this.threshold) this.#thin();
    if (draw >= this.threshold) return -1;
    const row = this.index.add(keyLo, keyHi);
    const known = this.#paths.find(pathLo, pathHi);
    const path = known < 0 ? this.#paths.add(pathLo, pathHi) : known;
    if (known < 0) this.#purges[path] = 0;
    this.#pathRow[row] = path;
    this.purgesSeen[row] = this.#purges[path]!;
    this.inclusion[row] = this.threshold;
    this.route[row] = route;
    this.requests[row] = 0;
    this.bytes[row] = -1;
    this.etag[row] = 0;
    this.busyUntilMs[row] = Number.NEGATIVE_INFINITY;
    const base = row * this.#ttls;
    this.fills.fill(Number.NEGATIVE_INFINITY, base, base + this.#ttls);
    this.hits.fill(0, base, base + this.#ttls);
    return row;
  }

  #thin(): void {
    const { hi, size } = this.index;
    const ranks = Float64Array.from({ length: size }, (_, row) => drawOf(hi[row]!) / this.requests[row]!);
    const threshold = ranks.toSorted()[size >> 1]!;
    this.threshold = threshold;
    this.index.keep(
      (row) => ranks[row]! < threshold,
      (from, to) => {
        this.#move(from, to);
        this.inclusion[to] = Math.min(this.inclusion[to]!, threshold * this.requests[to]!);
      },
    );
    this.#forgetPaths();
  }

  #move(from: number, to: number): void {
    const ttls = this.#ttls;
    this.fills.copyWithin(to * ttls, from * ttls, (from + 1) * ttls);
    this.hits.copyWithin(to * ttls, from * ttls, (from + 1) * ttls);
    for (const column of [
      this.requests,
      this.inclusion,
      this.route,
      this.bytes,
      this.etag,
      this.busyUntilMs,
      this.purgesSeen,
      this.#pathRow,
    ])
      column[to] = column[from]!;
  }

  /** Those that no key has any more. */
  #forgetPaths(): void {
    const rows = new Int32Array(this.#paths.size).fill(-1);
    for (let row = 0; row < this.size; row++) rows[this.#pathRow[row]!] = 0;
    this.#paths.keep(
      (path) => rows[path] === 0,
      (from, to) => {
        this.#purges[to] = this.#purges[from]!;
        rows[from] = to;
      },
    );
    for (let row = 0; row < this.size; row++) this.#pathRow[row] = rows[this.#pathRow[row]!]!;
  }
}

/** Of the half of the hash that does not choose the slot. */
const drawOf = (keyHi: number): number => (keyHi >>> 0) / 2 ** 32;

/** Bytes of a key in all columns and both indexes. */
export const bytesPerKey = (ttls: number): number => 12 * ttls + 92;
