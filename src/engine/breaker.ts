import type { Bounds } from '../bounds.ts';

type BreakerBounds = Pick<Bounds, 'breakerCalls' | 'breakerWindowMs' | 'breakerOpenMs'>;

/**
 * Spares requests the wait for a Redis that does not answer. Closed: all pass. Open: none. Then one probe at a time
 * passes; its success closes the breaker, its failure opens it for as long again.
 */
export class Breaker {
  readonly #bounds: BreakerBounds;
  readonly #now: () => number;
  #windowFromMs = 0;
  #calls = 0;
  #failures = 0;
  #openUntilMs = 0;
  #probeUntilMs = 0;

  constructor(bounds: BreakerBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#openUntilMs > 0;
  }

  /** May this call be made? A probe that never reports (its request was cancelled) frees its place after a while. */
  admits(): boolean {
    if (!this.isOpen) return true;
    const now = this.#now();
    if (now < this.#openUntilMs || now < this.#probeUntilMs) return false;
    this.#probeUntilMs = now + this.#bounds.breakerOpenMs;
    return true;
  }

  succeeded(): void {
    this.#count();
    this.#openUntilMs = 0;
    this.#probeUntilMs = 0;
  }

  failed(): void {
    this.#count();
    this.#failures += 1;
    const now = this.#now();
    const tooMany = this.#calls >= this.#bounds.breakerCalls && this.#failures * 2 >= this.#calls;
    if (!this.isOpen && !tooMany) return;
    this.#openUntilMs = now + this.#bounds.breakerOpenMs;
    this.#probeUntilMs = 0;
    this.#calls = 0;
    this.#failures = 0;
  }

  #count(): void {
    const now = this.#now();
    if (now - this.#windowFromMs >= this.#bounds.breakerWindowMs) {
      this.#windowFromMs = now;
      this.#calls = 0;
      this.#failures = 0;
    }
    this.#calls += 1;
  }
}
