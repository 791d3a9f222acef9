import type { Totals } from '../figures/types.ts';
import type { Sum, Where } from '../strategy/alert-types.ts';
import {
  counters,
  type HistogramId,
  histograms,
  noClass,
  readSeriesKey,
  seriesKey,
} from '../telemetry/catalogue.ts';
import { bucketOf } from '../telemetry/histogram.ts';
import { fingerprint } from './fingerprint.ts';
import type { WatchedAlert, WatchedMeasure } from './watched-alert.ts';

/** One running total that an alert reads: a sum over series of one metric. */
export interface Term {
  /** Says all of what is summed, so that it means the same in every version of a strategy. */
  readonly key: string;
  readonly metric: string;
  readonly where: (labels: readonly string[]) => boolean;
  /** Of a histogram, what was observed above this bucket; null: all of it. Undefined: it is a counter's. */
  readonly aboveBucket?: number | null;
}

/** The bound of the scale that is not below `ms` and that Prometheus is shown: those are the powers of two. */
export function boundaryOf(ms: number): number {
  const bucket = bucketOf(ms);
  return bucket + (bucket % 2);
}

const termOf = ({ counter, where }: Sum): Term => ({
  key: keyOf(counter, where),
  metric: counter,
  where: matcher(counters[counter].labels, where),
});

/** How many observations, all of them or those above a bucket. */
function observations(of: HistogramId, cls: string | null, aboveBucket: number | null): Term {
  const where = cls === null ? {} : { class: [cls] };
  const key = keyOf(aboveBucket === null ? of : `${of}>${aboveBucket}`, where);
  return { key, metric: of, where: matcher(histograms[of].labels, where), aboveBucket };
}

/** What a measure divides, and by what; null: by nothing, or it is no running total's. */
export function termsOf(measure: WatchedMeasure): { readonly of: Term | null; readonly to: Term | null } {
  if (measure.is === 'gauge' || measure.is === 'held') return { of: null, to: null };
  if (measure.is === 'increase') return { of: termOf(measure.of), to: null };
  if (measure.is === 'ratio') return { of: termOf(measure.of), to: termOf(measure.to) };
  const { of, class: cls, longerThanMs } = measure;
  return { of: observations(of, cls, boundaryOf(longerThanMs)), to: observations(of, cls, null) };
}

/** Beyond it the state would hold more of names than of numbers, and at some length it could not be read back. */
const KEY_CHARS = 200;

function keyOf(metric: string, where: Where): string {
  const key = seriesKey(
    metric as HistogramId,
    Object.keys(where)
      .toSorted()
      .map((label) => `${label}=${where[label]!.toSorted().join(',')}`),
  );
  return key.length <= KEY_CHARS ? key : seriesKey(metric as HistogramId, [fingerprint({ key })]);
}

function matcher(labels: readonly string[], where: Where): Term['where'] {
  const asked = Object.entries(where).map(([label, values]) => [labels.indexOf(label), values] as const);
  const classAt = where['class'] ? -1 : labels.indexOf('class');
  return (values) =>
    values[classAt] !== noClass && asked.every(([at, allowed]) => allowed.includes(values[at] ?? ''));
}

/** All that these alerts read, each once, as it stands in the totals. */
export function sumsOf(alerts: readonly WatchedAlert[], totals: Totals): ReadonlyMap<string, number> {
  const byMetric = new Map<string, Map<string, Term>>();
  const sums = new Map<string, number>();
  for (const { of, to } of alerts.map(({ measure }) => termsOf(measure)))
    for (const term of [of, to]) {
      if (term === null) continue;
      const terms = byMetric.get(term.metric) ?? new Map<string, Term>();
      byMetric.set(term.metric, terms.set(term.key, term));
      sums.set(term.key, 0);
    }
  const add = (series: string, amountOf: (term: Term) => number) => {
    const { id, labels } = readSeriesKey(series);
    for (const [key, term] of byMetric.get(id) ?? [])
      if (term.where(labels)) sums.set(key, sums.get(key)! + amountOf(term));
  };
  for (const [series, n] of totals.counts) add(series, () => n);
  for (const [series, { counts }] of totals.histograms)
    add(series, ({ aboveBucket }) => {
      let n = 0;
      for (const [bucket, count] of counts) if (bucket > (aboveBucket ?? -1)) n += count;
      return n;
    });
  return sums;
}
