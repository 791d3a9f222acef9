import { HashIndex } from './hash-index.ts';

/** Columns of `reals`. */
export const REAL = {
  /** The chance that the key had to be in the table; 1: for certain. */
  inclusion: 0,
  /** Of the latest representation of known size; -1: none yet. */
  bytes: 1,
  /** When the fetch ends that others would wait for. */
  busyUntilMs: 2,
  /** From here on, for each TTL, the time of the latest fill. */
  fills: 3,
} as const;

/** Columns of `ints`. */
export const INT = {
  requests: 0,
  route: 1,
  path: 2,
  /** Hash of the latest entity tag; 0: none yet. */
  etag: 3,
  /** Purges of its path that its fills have seen. */
  purgesSeen: 4,
  /** From here on, for each TTL, hits. */
  hits: 5,
} as const;

/**
 * What is known of each key. Up to `most` keys it holds them all. Beyond that it holds a sample in which a key's chance grows with its
 * requests, so that the hottest are in it for certain:
 *
 * Each key has a fixed `draw` between 0 and 1, from its hash. It is taken in when its draw is below the threshold, which begins at 1. When the table is
 * full the threshold falls to the median of draw / requests, and a key stays if its draw is below threshold × requests. So a key was in it with the
 * chance min(threshold × requests) over all such moments: that is its `inclusion`. One that left, or was never taken in, cannot come back, since the
 * threshold only falls; so what is known of a key is known from its first request on. (Cohen and Duffield's priority sampling, repeated.)
 */
export class KeyTable {
  readonly index: HashIndex;
  /** A row of `reals` and one of `ints` for each key, side by side in memory: a look-up waits for memory more than for anything else. */
  readonly reals: Float64Array;
  readonly ints: Int32Array;
  /** Their lengths. */
  readonly realsPerKey: number;
  readonly intsPerKey: number;
  threshold = 1;

  readonly #paths: HashIndex;
  readonly #purges: Int32Array;

  constructor(most: number, ttls: number) {
    this.realsPerKey = REAL.fills + ttls;
    this.intsPerKey = INT.hits + ttls;
    this.index = new HashIndex(most);
    this.reals = new Float64Array(most * this.realsPerKey);
    this.ints = new Int32Array(most * this.intsPerKey);
    // Never more than keys.
    this.#paths = new HashIndex(most);
    this.#purges = new Int32Array(most);
  }

  get size(): number {
    return this.index.size;
  }

  real(row: number, column: number): number {
    return this.reals[row * this.realsPerKey + column]!;
  }

  int(row: number, column: number): number {
    return this.ints[row * this.intsPerKey + column]!;
  }

  /** Purges of a path, by its row as `INT.path` has it. */
  purgesOf(path: number): number {
    return this.#purges[path]!;
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
    const { reals, ints } = this;
    const real = row * this.realsPerKey;
    const int = row * this.intsPerKey;
    reals.fill(Number.NEGATIVE_INFINITY, real, real + this.realsPerKey);
    reals[real + REAL.inclusion] = this.threshold;
    reals[real + REAL.bytes] = -1;
    ints.fill(0, int, int + this.intsPerKey);
    ints[int + INT.route] = route;
    ints[int + INT.path] = path;
    ints[int + INT.purgesSeen] = this.#purges[path]!;
    return row;
  }

  #thin(): void {
    const { hi, size } = this.index;
    const ranks = Float64Array.from(
      { length: size },
      (_, row) => drawOf(hi[row]!) / this.int(row, INT.requests),
    );
    const threshold = ranks.toSorted()[size >> 1]!;
    this.threshold = threshold;
    const { reals, ints, realsPerKey, intsPerKey } = this;
    this.index.keep(
      (row) => ranks[row]! < threshold,
      (from, to) => {
        reals.copyWithin(to * realsPerKey, from * realsPerKey, (from + 1) * realsPerKey);
        ints.copyWithin(to * intsPerKey, from * intsPerKey, (from + 1) * intsPerKey);
        const chance = threshold * this.int(to, INT.requests);
        if (chance < this.real(to, REAL.inclusion)) reals[to * realsPerKey + REAL.inclusion] = chance;
      },
    );
    this.#forgetPaths();
  }

  /** Those that no key has any more. */
  #forgetPaths(): void {
    const rows = new Int32Array(this.#paths.size).fill(-1);
    for (let row = 0; row < this.size; row++) rows[this.int(row, INT.path)] = 0;
    this.#paths.keep(
      (path) => rows[path] === 0,
      (from, to) => {
        this.#purges[to] = this.#purges[from]!;
        rows[from] = to;
      },
    );
    for (let row = 0; row < this.size; row++)
      this.ints[row * this.intsPerKey + INT.path] = rows[this.int(row, INT.path)]!;
  }
}

/** Of the half of the hash that does not choose the slot. */
const drawOf = (keyHi: number): number => (keyHi >>> 0) / 2 ** 32;

/** Bytes of a key in its rows and both indexes. */
export const bytesPerKey = (ttls: number): number => 8 * (REAL.fills + ttls) + 4 * (INT.hits + ttls) + 48;
