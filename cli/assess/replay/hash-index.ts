/** Rows of a table, found by the 64-bit hash of what they are about: open addressing, no object for a row. */
export class HashIndex {
  readonly most: number;
  /** The hashes by row. */
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  /** Rows are 0 up to this. */
  size = 0;
  /** Row + 1 by slot; 0: free. At most half of them are taken. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(most: number) {
    this.most = most;
    this.lo = new Int32Array(most);
    this.hi = new Int32Array(most);
    const slots = 2 ** Math.ceil(Math.log2(2 * most + 2));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  get isFull(): boolean {
    return this.size === this.most;
  }

  /** -1: there is none. */
  find(lo: number, hi: number): number {
    for (let slot = lo & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const row = this.#slots[slot]! - 1;
      if (row < 0 || (this.lo[row] === lo && this.hi[row] === hi)) return row;
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
    let slot = this.lo[row]! & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = row + 1;
  }
}
