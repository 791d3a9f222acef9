import type { Clock } from '../../../src/engine/context.ts';
import { start } from '../../identity/issuer.ts';

/** A count that goes up and down; whoever waits for it is told when it is reached. */
export class Tally {
  #count = 0;
  #waiting: { readonly least: number; readonly tell: () => void }[] = [];

  get count(): number {
    return this.#count;
  }

  add(by: number): void {
    this.#count += by;
    const reached = ({ least }: { least: number }) => this.#count >= least;
    for (const { tell } of this.#waiting.filter(reached)) tell();
    this.#waiting = this.#waiting.filter((waiting) => !reached(waiting));
  }

  reaches(least: number): Promise<void> {
    if (this.#count >= least) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ least, tell: resolve });
    return promise;
  }
}

/** Stands still until the test moves it; whoever sleeps wakes when it has come far enough. */
export class FakeClock implements Clock {
  #nowMs = start;
  #asleep = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  readonly #tally = new Tally();

  readonly now = (): number => this.#nowMs;

  readonly sleep = (ms: number): Promise<void> => {
    if (ms <= 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#asleep.add({ dueMs: this.#nowMs + ms, wake: resolve });
    this.#tally.add(1);
    return promise;
  };

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of this.#asleep) {
      if (sleeper.dueMs > this.#nowMs) continue;
      this.#asleep.delete(sleeper);
      this.#tally.add(-1);
      sleeper.wake();
    }
  }

  /** Resolves once at least `count` are asleep. */
  asleep(count: number): Promise<void> {
    return this.#tally.reaches(count);
  }
}
