import type { Bounds } from '../bounds.ts';

/** As the log line has it: it has opened, after the failure of this note; or closed, after so long. */
export type BreakerChange =
  | { readonly state: 'open'; readonly why: string }
  | { readonly state: 'closed'; readonly open_ms: number };

type BreakerBounds = Pick<Bounds, 'breakerCalls' | 'breakerWindowMs' | 'breakerOpenMs'>;

/**
 * Spares requests the wait for a Redis that does not answer. Closed: all pass. Open: none. Then one probe at a time
 * passes; its success, and no other's, closes the breaker, its failure opens it for as long again. Of calls that were admitted before
 * it opened, failures make it wait longer; what they come to says nothing of Redis once it is closed again.
 */
export class Breaker {
  readonly #bounds: BreakerBounds;
  readonly #now: () => number;
  readonly #tell: (change: BreakerChange) => void;
  #windowFromMs = 0;
  #calls = 0;
  #failures = 0;
  #openSinceMs = 0;
  #openUntilMs = 0;
  #probeUntilMs = 0;
  /** Another with each opening, and with each probe, so that what ends is known by when it was admitted. */
  #ticket = 1;

  /** `tell`: once for each change, not for each call that is spared. */
  constructor(bounds: BreakerBounds, now: () => number, tell: (change: BreakerChange) => void) {
    this.#bounds = bounds;
    this.#now = now;
    this.#tell = tell;
  }

  get isOpen(): boolean {
    return this.#openUntilMs > 0;
  }

  /** Of the call that was admitted last: to be given back with what it has come to. */
  get ticket(): number {
    return this.#ticket;
  }

  /** May this call be made? A probe that never reports (its request was cancelled) frees its place after a while. */
  admits(): boolean {
    if (!this.isOpen) return true;
    if (!this.wouldAdmit()) return false;
    this.#probeUntilMs = this.#now() + this.#bounds.breakerOpenMs;
    this.#ticket += 1;
    return true;
  }

  /** What `admits` would say, without a probe's place being taken. */
  wouldAdmit(): boolean {
    const now = this.#now();
    return !this.isOpen || (now >= this.#openUntilMs && now >= this.#probeUntilMs);
  }

  succeeded(ticket: number): void {
    if (ticket !== this.#ticket) return;
    this.#count();
    if (!this.isOpen) return;
    this.#openUntilMs = 0;
    this.#probeUntilMs = 0;
    this.#tell({ state: 'closed', open_ms: this.#now() - this.#openSinceMs });
  }

  /** `why`: for the log. */
  failed(ticket: number, why: string): void {
    if (!this.isOpen && ticket !== this.#ticket) return;
    this.#count();
    this.#failures += 1;
    const now = this.#now();
    const tooMany = this.#calls >= this.#bounds.breakerCalls && this.#failures * 2 >= this.#calls;
    if (!this.isOpen && !tooMany) return;
    if (!this.isOpen) {
      this.#openSinceMs = now;
      this.#ticket += 1;
      this.#tell({ state: 'open', why });
    }
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

/** A breaker for whoever only looks: his calls take no probe's place, and what they come to changes nothing. */
export class BreakerView extends Breaker {
  readonly #of: Breaker;

  constructor(of: Breaker, bounds: BreakerBounds, now: () => number) {
    super(bounds, now, () => {});
    this.#of = of;
  }

  override get isOpen(): boolean {
    return this.#of.isOpen;
  }

  override admits(): boolean {
    return this.#of.wouldAdmit();
  }

  override succeeded(): void {}
  override failed(): void {}
}
