import type { Bounds } from '../bounds.ts';
import {
  type CounterId,
  type Counters,
  type HistogramId,
  type Histograms,
  type LabelValues,
  seriesKey,
} from './catalogue.ts';
import { type DataPoint, dataPoint } from './data-points.ts';
import { type Counted, mostSeen } from './flush.ts';
import { bucketOf, countOf, type Histogram, newHistogram, observe } from './histogram.ts';
import type { LabelValue } from './known-labels.ts';
import { NamesRead } from './names-read.ts';

/**
 * Counts in an isolate's memory; no I/O. A series is made once and found by its labels one after the other, so that to count costs no text:
 * a hit counts half a dozen.
 */
export class Meter {
  /** Of names: tags, tenants, keys. */
  readonly names: NamesRead;
  readonly #roots = new Map<string, Place>();
  /** Counts of series that found no place. */
  readonly #dropped = newCounter('series_dropped');
  readonly #series: Series[] = [this.#dropped];
  readonly #mostSeries: number;
  /** Where taking goes on: what did not fit the last time comes first. */
  #from = 0;
  /** Where points go on. */
  #pointsFrom = 0;
  #seen = new Map<string, [canary: string, firstMs: number, lastMs: number]>();

  constructor({ meteredSeries, sketchedNames }: Pick<Bounds, 'meteredSeries' | 'sketchedNames'>) {
    this.#mostSeries = meteredSeries + this.#series.length;
    this.names = new NamesRead(sketchedNames);
  }

  add<I extends CounterId>(id: I, n: number, ...labels: CounterLabels<I>): void {
    const series = this.#find(id, labels, newCounter);
    if (series) series.n += n;
  }

  observe<I extends HistogramId>(id: I, ms: number, ...labels: LabelValues<Histograms[I]['labels']>): void {
    const histogram = this.#find(id, labels, newHistogramSeries)?.histogram;
    if (!histogram) return;
    histogram.sumMs += Math.max(0, ms);
    observe(histogram, bucketOf(ms));
  }

  /** A lookup of this isolate has found the canary to be this. */
  saw(canary: string, seenMs: number): void {
    const seen = this.#seen.get(canary);
    if (seen) seen[2] = seenMs;
    else if (this.#seen.size < mostSeen) this.#seen.set(canary, [canary, seenMs, seenMs]);
  }

  /** What was counted, which from now on is whoever's took it: of series so many as make about `mostBytes` of text; the others wait. */
  take(mostBytes = Number.POSITIVE_INFINITY): Counted {
    const counts = new Map<string, number>();
    const histograms = new Map<string, Histogram>();
    let bytes = 0;
    let isLeft = false;
    const all = this.#series.length;
    let at = this.#from;
    for (let i = 0; i < all; i += 1, at = (at + 1) % all) {
      const series = this.#series[at]!;
      const { key, n, histogram } = series;
      const size = key.length + 8 + (histogram ? 12 + 12 * histogram.counts.size : 12);
      if (n === 0 && !histogram?.counts.size) continue;
      isLeft = bytes + size > mostBytes;
      if (isLeft) break;
      bytes += size;
      const [first, second] = amountOf(series);
      series.pointed = [series.pointed[0] - first, series.pointed[1] - second];
      if (histogram) {
        histograms.set(key, histogram);
        series.histogram = newHistogram();
      } else {
        counts.set(key, n);
        series.n = 0;
      }
    }
    this.#from = at;
    const taken = { counts, histograms, tops: this.names.take(), seen: [...this.#seen.values()], isLeft };
    this.#seen = new Map();
    return taken;
  }

  /** What was counted since there was a point of it, whether it was taken or not: so many at most, and the others first the next time. */
  takePoints(most: number): DataPoint[] {
    const points: DataPoint[] = [];
    const all = this.#series.length;
    for (let i = 0; i < all && points.length < most; i += 1) {
      const series = this.#series[this.#pointsFrom % all]!;
      this.#pointsFrom = (this.#pointsFrom + 1) % all;
      const amount = amountOf(series);
      const [first, second] = [amount[0] - series.pointed[0], amount[1] - series.pointed[1]];
      if (first === 0) continue;
      series.pointed = amount;
      points.push(dataPoint(series.key, series.histogram ? [first, second] : [first]));
    }
    return points;
  }

  #find(id: string, labels: readonly string[], make: (key: string) => Series): Series | null {
    let place = this.#roots.get(id) ?? newPlace(this.#roots, id);
    for (let i = 0; i < labels.length; i += 1) {
      const next = place.next.get(labels[i]!);
      if (next) place = next;
      else if (this.#series.length < this.#mostSeries) place = newPlace(place.next, labels[i]!);
      else return this.#drop();
    }
    if (place.series) return place.series;
    if (this.#series.length >= this.#mostSeries) return this.#drop();
    place.series = make(seriesKey(id as CounterId, labels));
    this.#series.push(place.series);
    return place.series;
  }

  #drop(): null {
    this.#dropped.n += 1;
    return null;
  }
}

/** One value for each label, in order. */
type CounterLabels<I extends CounterId> = ValuesOf<I, Counters[I]['labels']>;
type ValuesOf<I, L extends readonly string[]> = { readonly [N in keyof L]: LabelValue<I, L[N]> };

/** One that was counted, or a histogram. */
interface Series {
  readonly key: string;
  n: number;
  histogram: Histogram | null;
  /** How much of what is there has had a point; below 0: of what was taken some had none. */
  pointed: Amount;
}

/** How many, and of a histogram the sum of milliseconds. */
type Amount = readonly [count: number, sumMs: number];

const amountOf = ({ n, histogram }: Series): Amount =>
  histogram ? [countOf(histogram), histogram.sumMs] : [n, 0];

/** After some labels. */
interface Place {
  readonly next: Map<string, Place>;
  series: Series | null;
}

const newCounter = (key: string): Series => ({ key, n: 0, histogram: null, pointed: [0, 0] });
const newHistogramSeries = (key: string): Series => ({
  ...newCounter(key),
  histogram: newHistogram(),
});

function newPlace(among: Map<string, Place>, label: string): Place {
  const place: Place = { next: new Map(), series: null };
  among.set(label, place);
  return place;
}
