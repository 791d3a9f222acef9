import type { Bounds } from '../bounds.ts';
import type { Names } from '../store/names.ts';
import type { Store } from '../store/port.ts';
import { type DataPoint, mostPoints } from '../telemetry/data-points.ts';
import { type Flush, flushOf } from '../telemetry/flush.ts';
import type { Meter } from '../telemetry/meter.ts';
import type { Tally } from '../telemetry/tally.ts';
import type { Breaker } from './breaker.ts';

export interface FlusherOptions {
  /** False: nothing is told to Redis. */
  readonly tellsRedis: boolean;
  /** Analytics Engine, where it is bound. */
  readonly write: ((point: DataPoint) => void) | null;
}

/** What it needs of its isolate. */
interface Parts {
  readonly store: Pick<Store, 'metrics'>;
  readonly names: Pick<Names, 'metrics'>;
  readonly meter: Meter;
  readonly tally: Tally;
  readonly breaker: Pick<Breaker, 'isOpen'>;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  readonly bounds: Bounds;
  readonly nonce: () => string;
}

/** Where work goes that outlives an answer; there may be none. */
type Anchor = { waitUntil?(work: Promise<unknown>): void } | undefined;

/**
 * Tells what an isolate has counted: at once when there is enough of it, else by a request whose counts nobody took for a while, which
 * waits for that in its own `waitUntil`. One waits at a time, and no timer outlives it: an isolate without requests tells nothing.
 *
 * It asks nothing of Redis while the breaker is open, not even as its probe, whose place a request needs; and what becomes of it says nothing
 * to the breaker. A document is sent again, as it was, until Redis has acknowledged it, and only then the next one is made. Analytics Engine is
 * written meanwhile.
 */
export class Flusher {
  readonly #parts: Parts;
  readonly #options: FlusherOptions;
  #isolate: string | undefined;
  #seq = 0;
  #fromMs: number;
  /** Requests since the last document was made, and how many make the next one worth a command. */
  #requests = 0;
  #enough: number;
  /** Until then somebody waits, or sends; longer than that only where the platform has ended him. */
  #waitingUntilMs = 0;
  #sendingUntilMs = 0;
  /** After failures, so many in a row. */
  #notBeforeMs = 0;
  #failures = 0;
  /** The last document did not hold all. */
  #isLeft = false;
  #unconfirmed: Flush | null = null;

  constructor(parts: Parts, options: FlusherOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#fromMs = parts.clock.now();
    this.#enough = parts.bounds.flushRequests;
  }

  /** By what name this isolate tells: random, and its own for its life. */
  get isolate(): string {
    this.#isolate ??= this.#parts.nonce();
    return this.#isolate;
  }

  /** A request has been counted. `nowMs`: it is known already, and to look at the clock costs as much as all else here. */
  counted(platform: Anchor, nowMs: number): void {
    const { flushRequests, flushEveryMs } = this.#parts.bounds;
    if (flushRequests === 0 || !(this.#options.tellsRedis || this.#options.write)) return;
    this.#requests += 1;
    if (!platform?.waitUntil) return;
    const isEnough = this.#requests >= this.#enough && nowMs - this.#fromMs >= flushEveryMs;
    const isSent = isEnough && nowMs >= Math.max(this.#sendingUntilMs, this.#notBeforeMs);
    if (isSent) {
      this.#write();
      platform.waitUntil(this.#send(false));
    }
    if (nowMs >= this.#waitingUntilMs) platform.waitUntil(this.#wait(nowMs, !isSent));
  }

  /**
   * What is to be told next, for the cron, which counts it with what others told; null: nobody is told, or somebody else tells it just now.
   * Whoever has counted it says so; else it is told as if nobody had.
   */
  next(): Flush | null {
    const { clock, bounds } = this.#parts;
    if (bounds.flushRequests === 0 || !this.#options.tellsRedis || clock.now() < this.#sendingUntilMs)
      return null;
    this.#write();
    this.#unconfirmed ??= this.#next();
    return this.#unconfirmed;
  }

  /** Since then nothing was taken. */
  get sinceMs(): number {
    return this.#fromMs;
  }

  /** For the cron: something was counted that nobody should miss. */
  async tell(): Promise<void> {
    if (this.next()) await this.#send(true);
  }

  confirmed(document: Flush): void {
    if (this.#unconfirmed === document) this.#unconfirmed = null;
  }

  /** Takes what no busier request has taken. Once more where that failed, while the platform lets it. */
  async #wait(nowMs: number, writes: boolean): Promise<void> {
    const { clock, bounds } = this.#parts;
    const untilMs = nowMs + bounds.flushAfterMs + bounds.flushAgainMs + bounds.flushLostMs;
    this.#waitingUntilMs = untilMs;
    await clock.sleep(bounds.flushAfterMs);
    if (writes) this.#write();
    if (!(await this.#send(true))) {
      await clock.sleep(bounds.flushAgainMs);
      await this.#send(true);
    }
    // Unless another has taken its place meanwhile.
    if (this.#waitingUntilMs === untilMs) this.#waitingUntilMs = 0;
  }

  /** `all`: also what is not enough yet. True: nothing is left to tell. Never rejects. */
  async #send(all: boolean): Promise<boolean> {
    const { clock, bounds, breaker } = this.#parts;
    if (clock.now() < Math.max(this.#sendingUntilMs, this.#notBeforeMs)) return false;
    const { tellsRedis } = this.#options;
    const untilMs = clock.now() + bounds.flushLostMs;
    this.#sendingUntilMs = untilMs;
    const isSpared = tellsRedis && breaker.isOpen;
    let isTold = !(isSpared && this.#hasMore(all));
    for (let told = 0; isTold && told < bounds.flushAtOnce && this.#hasMore(all); told += 1)
      isTold = await this.#tell();
    if (isTold) this.#failures = 0;
    else if (!isSpared) this.#failures += 1;
    if (!isTold) this.#notBeforeMs = clock.now() + this.#pauseMs();
    if (this.#sendingUntilMs === untilMs) this.#sendingUntilMs = 0;
    return isTold;
  }

  #hasMore(all: boolean): boolean {
    if (this.#unconfirmed) return true;
    return all ? this.#requests > 0 || this.#isLeft : this.#requests >= this.#enough;
  }

  /** The first three are probably of one moment. */
  #pauseMs(): number {
    const { flushAgainMs, flushSeldomMs } = this.#parts.bounds;
    return Math.min(flushSeldomMs, flushAgainMs * 2 ** Math.max(0, this.#failures - 3));
  }

  async #tell(): Promise<boolean> {
    const { store, names, bounds } = this.#parts;
    this.#unconfirmed ??= this.#next();
    const document = this.#unconfirmed;
    try {
      if (this.#options.tellsRedis)
        await store.metrics.tell({
          stream: names.metrics.told(),
          text: JSON.stringify(document),
          most: bounds.toldDocuments,
        });
    } catch {
      // Counted where every call of the store is. It may have been carried out all the same.
      return false;
    }
    this.confirmed(document);
    return true;
  }

  #next(): Flush {
    const { clock, meter, tally, bounds } = this.#parts;
    this.#seq += 1;
    const toMs = clock.now();
    // Of what was told before there was enough the rest is made up for, so that over time no more commands are sent.
    const missing = Math.max(0, this.#enough - this.#requests);
    this.#enough = bounds.flushRequests + Math.min(missing, bounds.flushRequests);
    this.#requests = 0;
    const at = { isolate: this.isolate, seq: this.#seq, fromMs: this.#fromMs, toMs };
    const taken = meter.take(bounds.flushBytes);
    const trials = tally.take();
    this.#isLeft = taken.isLeft || tally.isLeft;
    this.#fromMs = toMs;
    return flushOf(at, taken, trials);
  }

  /** Once in an invocation, whatever becomes of the telling. No request fails by it. */
  #write(): void {
    const { write } = this.#options;
    if (!write) return;
    try {
      for (const point of this.#parts.meter.takePoints(mostPoints)) write(point);
    } catch {
      // What is bound is no Analytics Engine, or refuses: Redis has the figures.
    }
  }
}
