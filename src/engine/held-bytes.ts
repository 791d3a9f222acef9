interface HeldBounds {
  readonly most: number;
  /** What was held for so long is lost: the platform has ended the work that would have let go of it. */
  readonly lostMs: number;
}

interface Hold {
  readonly bytes: number;
  readonly sinceMs: number;
}

/** How much this isolate holds of what may as well be let go of. */
export class HeldBytes {
  readonly #bounds: HeldBounds;
  readonly #now: () => number;
  readonly #holds = new Set<Hold>();
  #bytes = 0;

  constructor(bounds: HeldBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** A function that lets go of them; null: there is no room for so many. */
  hold(bytes: number): (() => void) | null {
    const { most } = this.#bounds;
    if (this.#bytes + bytes > most) this.#letGoOfLost();
    if (this.#bytes + bytes > most) return null;
    const made: Hold = { bytes, sinceMs: this.#now() };
    this.#holds.add(made);
    this.#bytes += bytes;
    return () => this.#letGo(made);
  }

  #letGo(hold: Hold): void {
    if (this.#holds.delete(hold)) this.#bytes -= hold.bytes;
  }

  #letGoOfLost(): void {
    const lostMs = this.#now() - this.#bounds.lostMs;
    for (const hold of this.#holds) if (hold.sinceMs <= lostMs) this.#letGo(hold);
  }
}
