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

interface Sleeper {
  readonly ms: number;
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Stands still until the test moves it; whoever sleeps wakes when it has come far enough, or is woken. */
export class FakeClock implements Clock {
  #nowMs = start;
  readonly #asleep = new Set<Sleeper>();
  #waiting: { readonly enough: () => boolean; readonly tell: () => void }[] = [];

  readonly now = (): number => this.#nowMs;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { ms, dueMs: this.#nowMs + ms, wake: resolve };
    this.#asleep.add(sleeper);
    signal?.addEventListener('abort', () => this.#wake(sleeper));
    for (const { enough, tell } of this.#waiting) if (enough()) tell();
    this.#waiting = this.#waiting.filter(({ enough }) => !enough());
    return promise;
  };

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of this.#asleep) if (sleeper.dueMs <= this.#nowMs) this.#wake(sleeper);
  }

  #wake(sleeper: Sleeper): void {
    this.#asleep.delete(sleeper);
    sleeper.wake();
  }

  /** Resolves once at least `count` are asleep; with `ms`, for just so long. */
  asleep(count: number, ms?: number): Promise<void> {
    const enough = () => [...this.#asleep].filter((it) => ms === undefined || it.ms === ms).length >= count;
    if (enough()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ enough, tell: resolve });
    return promise;
  }
}

/** How long each kind of sleep is, with the default bounds and `random` at 0.5. */
export const sleeps = {
  /** Until a follower gives its leader up, whose lease was just taken. */
  follower: 12_100,
  /** Between two looks for what another isolate fetches. */
  look: 125,
  originDeadline: 10_000,
  /** Until a small body is not waited for any more. */
  firstBytes: 50,
  /** Until a silent body is given up. */
  idleBody: 60_000,
} as const;
