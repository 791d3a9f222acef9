/** Rows of a table, found by the 64-bit hash of what they are about: open addressing, no object for a row. */
export class HashIndex {
  readonly most: number;
  /** The hashes by row. */
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  /** Rows are 0 up to this. */
  size = 0;
  /** For each slot half of the hash, so that most others are told apart without looking at their row; and row + 1, 0: free. At most half are taken. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(most: number) {
    this.most = most;
    this.lo = new Int32Array(most);
    this.hi = new Int32Array(most);
    const slots = 2 ** Math.ceil(Math.log2(2 * most + 2));
    this.#slots = new Int32Array(2 * slots);
    this.#mask = 2 * slots - 1;
  }

  get isFull(): boolean {
    return this.size === this.most;
  }

  /** -1: there is none. */
  find(lo: number, hi: number): number {
    const slots = this.#slots;
    for (let at = (lo << 1) & this.#mask; ; at = (at + 2) & this.#mask) {
      const row = slots[at + 1]! - 1;
      if (row < 0 || (slots[at] === lo && this.hi[row] === hi)) return row;
    }
  }

  /** The new row of what is not in it yet, where it is not full. */
  add(lo: number, hi: number): number {
    const row = this.size++;
    this.lo[row] = lo;
    this.hi[row] = hi;
    this.#place(row);
    return row;
  }

  /** Keeps the rows for which `isKept`, and closes up. `move(from, to)` is called for each of them, in order; `to` is never more than `from`. */
  keep(isKept: (row: number) => boolean, move: (from: number, to: number) => void): void {
    let kept = 0;
    for (let row = 0; row < this.size; row++) {
      if (!isKept(row)) continue;
      this.lo[kept] = this.lo[row]!;
      this.hi[kept] = this.hi[row]!;
      move(row, kept++);
    }
    this.size = kept;
    this.#slots.fill(0);
    for (let row = 0; row < kept; row++) this.#place(row);
  }

  #place(row: number): void {
    const lo = this.lo[row]!;
    let at = (lo << 1) & this.#mask;
    while (this.#slots[at + 1] !== 0) at = (at + 2) & this.#mask;
    this.#slots[at] = lo;
    this.#slots[at + 1] = row + 1;
  }
}
