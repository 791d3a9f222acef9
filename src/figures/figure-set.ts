import {
  counters,
  histograms as histogramMetrics,
  readSeriesKey,
  seriesKey,
} from '../telemetry/catalogue.ts';
import { countOf, type Histogram, merge, newHistogram } from '../telemetry/histogram.ts';
import type { Figures } from './types.ts';

/**
 * Figures that are added up, of a bounded number of series. One too many is counted under `(other)` in its place, with the labels whose values
 * are few kept as long as there is room for that: a sum over the series loses nothing, and none of those that are there ever falls.
 */
export class FigureSet implements Figures {
  readonly counts = new Map<string, number>();
  readonly histograms = new Map<string, Histogram>();
  readonly #most: number;

  constructor(mostSeries: number) {
    this.#most = mostSeries;
  }

  addAll({ counts, histograms }: Figures): void {
    for (const [key, n] of counts) this.count(key, n);
    for (const [key, histogram] of histograms) this.#observeAll(key, histogram);
  }

  count(key: string, n: number): void {
    const into = this.#place(key, this.counts);
    this.counts.set(into, (this.counts.get(into) ?? 0) + n);
  }

  #observeAll(key: string, histogram: Histogram): void {
    const into = this.#place(key, this.histograms);
    // A histogram of a metric that nobody here knows: how many were observed.
    if (into === lost) this.count(lost, countOf(histogram));
    else this.#merge(into, histogram);
  }

  #merge(into: string, histogram: Histogram): void {
    const held = this.histograms.get(into) ?? newHistogram();
    merge(held, histogram);
    this.histograms.set(into, held);
  }

  #place(key: string, among: ReadonlyMap<string, unknown>): string {
    const isRoom = (most: number) => this.counts.size + this.histograms.size < most;
    if (among.has(key) || isRoom(this.#most)) return key;
    const withFew = folded(key, (label) => manyValued.has(label));
    if (among.has(withFew) || isRoom(2 * this.#most)) return withFew;
    return folded(key, () => true);
  }
}

const metrics: Readonly<Record<string, { readonly labels: readonly string[] }>> = {
  ...counters,
  ...histogramMetrics,
};

/** No class has such a name, nor anything else that is counted. */
const OTHER = '(other)';
/** Labels whose values are a team's, or too many to keep one by one where there is little room. */
const manyValued: ReadonlySet<string> = new Set(['class', 'reason', 'code', 'note', 'verb']);
const lost = seriesKey('series_dropped', []);

function folded(key: string, folds: (label: string) => boolean): string {
  const { id, labels } = readSeriesKey(key);
  const metric = Object.hasOwn(metrics, id) ? metrics[id] : undefined;
  if (!metric) return lost;
  const values = metric.labels.map((label, i) => (folds(label) ? OTHER : (labels[i] ?? OTHER)));
  return [id, ...values].join('|');
}
