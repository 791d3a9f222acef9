import {
  type Fill,
  type Filled,
  type Lease,
  type LeaseReply,
  type Metrics,
  type Purge,
  type Purged,
  type Receipts,
  type Release,
  type Store,
  StoreError,
} from '../../../src/store/port.ts';
import { Tally } from './clock.ts';

export type Verb = Exclude<keyof Store, 'receipts' | 'metrics'>;

/** Commands of one verb that stand still until the test lets them go. */
export interface HeldCommands {
  arrived(count?: number): Promise<void>;
  release(): void;
}

/** One edge's way to the store: counts what is asked, fails and waits as the test says. */
export class WatchedStore implements Store {
  readonly #inner: Store;
  readonly receipts: Receipts;
  readonly metrics: Metrics;
  readonly #gates = new Map<string, () => Promise<void>>();
  #failing: ReadonlySet<Verb> = new Set();
  /** What a failing verb fails with. */
  failure: () => StoreError = () => new StoreError('unreachable');
  #asked: { readonly verb: Verb; readonly names: readonly string[] }[] = [];
  /** Every entry that is read passes here. */
  rewrite: (entry: string) => string = (entry) => entry;

  constructor(inner: Store) {
    this.#inner = inner;
    this.receipts = this.#reachable(inner.receipts);
    this.metrics = this.#reachable(inner.metrics);
  }

  /** As reachable as purges are: all need the primary. */
  #reachable<T extends Receipts | Metrics>(inner: T): T {
    return new Proxy(inner, {
      get: (target, verb) => async (ask: never) => {
        if (this.#failing.has('purge')) throw this.failure();
        return (target as unknown as Record<PropertyKey, (ask: never) => unknown>)[verb]!(ask);
      },
    });
  }

  /** The verbs asked since this was last called, in order. */
  took(): Verb[] {
    return this.tookWithNames().map(({ verb }) => verb);
  }

  tookWithNames(): { readonly verb: Verb; readonly names: readonly string[] }[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  /** From now on these verbs are not answered; without any, all. */
  fail(...verbs: Verb[]): void {
    this.#failing = new Set(verbs.length > 0 ? verbs : ['lookup', 'lease', 'fill', 'release', 'purge']);
  }

  heal(): void {
    this.#failing = new Set();
  }

  /** `request`: stopped on its way to the store; `reply`: carried out, its answer stopped on the way back. */
  hold(verb: Verb, what: 'request' | 'reply'): HeldCommands {
    const here = new Tally();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(`${verb} ${what}`, () => {
      here.add(1);
      return promise;
    });
    return {
      arrived: (count = 1) => here.reaches(count),
      release: () => {
        this.#gates.delete(`${verb} ${what}`);
        resolve();
      },
    };
  }

  lookup(names: readonly string[]): Promise<readonly (string | null)[]> {
    return this.#pass('lookup', names, async () => {
      const values = await this.#inner.lookup(names);
      return values.map((value) => this.#reread(value));
    });
  }

  lease(ask: Lease): Promise<LeaseReply> {
    return this.#pass('lease', [ask.key], async () => {
      const leased = await this.#inner.lease(ask);
      return { ...leased, entryText: this.#reread(leased.entryText) };
    });
  }

  fill(ask: Fill): Promise<Filled> {
    return this.#pass('fill', [ask.key], () => this.#inner.fill(ask));
  }

  release(ask: Release): Promise<void> {
    return this.#pass('release', [ask.lock], () => this.#inner.release(ask));
  }

  purge(ask: Purge): Promise<Purged> {
    return this.#pass('purge', ask.generationNames, () => this.#inner.purge(ask));
  }

  async #pass<T>(verb: Verb, names: readonly string[], ask: () => Promise<T>): Promise<T> {
    this.#asked.push({ verb, names });
    if (this.#failing.has(verb)) throw this.failure();
    await this.#gates.get(`${verb} request`)?.();
    const reply = await ask();
    await this.#gates.get(`${verb} reply`)?.();
    return reply;
  }

  #reread(value: string | null): string | null {
    return value !== null && /^SF\d /.test(value) ? this.rewrite(value) : value;
  }
}
