import type { Bounds } from '../bounds.ts';
import {
  type CounterId,
  type Counters,
  type HistogramId,
  type Histograms,
  type LabelValues,
  seriesKey,
} from './catalogue.ts';
import { mostSeen } from './flush.ts';
import { bucketOf, type Histogram, newHistogram, observe } from './histogram.ts';

/** What was counted since it was last taken. */
export interface Counted {
  readonly counts: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<string, Histogram>;
  /** Canary purges that were seen, and when. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Counts in an isolate's memory; no I/O. */
export class Meter {
  #counts = new Map<string, number>();
  #histograms = new Map<string, Histogram>();
  #seen = new Map<string, number>();
  readonly #mostSeries: number;

  constructor({ meteredSeries }: Pick<Bounds, 'meteredSeries'>) {
    this.#mostSeries = meteredSeries;
  }

  add<I extends CounterId>(id: I, n: number, ...labels: LabelValues<Counters[I]['labels']>): void {
    const key = seriesKey(id, labels);
    const before = this.#counts.get(key);
    if (before === undefined && this.#counts.size >= this.#mostSeries) this.#drop();
    else this.#counts.set(key, (before ?? 0) + n);
  }

  observe<I extends HistogramId>(id: I, ms: number, ...labels: LabelValues<Histograms[I]['labels']>): void {
    const key = seriesKey(id, labels);
    const histogram = this.#histograms.get(key) ?? this.#newHistogram(key);
    if (!histogram) return;
    histogram.sumMs += Math.max(0, ms);
    observe(histogram, bucketOf(ms));
  }

  /** This isolate has seen this canary purge; the first time counts. */
  saw(canary: string, seenMs: number): void {
    if (!this.#seen.has(canary) && this.#seen.size < mostSeen) this.#seen.set(canary, seenMs);
  }

  /** Everything, which from now on is whoever's took it. */
  take(): Counted {
    const taken = { counts: this.#counts, histograms: this.#histograms, seen: this.#seen };
    this.#counts = new Map();
    this.#histograms = new Map();
    this.#seen = new Map();
    return taken;
  }

  #newHistogram(key: string): Histogram | null {
    if (this.#histograms.size >= this.#mostSeries) {
      this.#drop();
      return null;
    }
    const made = newHistogram();
    this.#histograms.set(key, made);
    return made;
  }

  #drop(): void {
    this.#counts.set('series_dropped', (this.#counts.get('series_dropped') ?? 0) + 1);
  }
}
