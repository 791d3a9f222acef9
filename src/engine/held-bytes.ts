/** How much this isolate holds of what may as well be let go of. */
export class HeldBytes {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A function that lets go of them, to be called once; null: there is no room for so many. */
  hold(bytes: number): (() => void) | null {
    if (this.#bytes + bytes > this.#most) return null;
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
    };
  }
}
