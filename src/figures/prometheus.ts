import {
  counters,
  type GaugeId,
  gauges,
  type HistogramId,
  histograms,
  readSeriesKey,
  seriesKey,
} from '../telemetry/catalogue.ts';
import { bucketOf, countOf, type Histogram, newHistogram } from '../telemetry/histogram.ts';
import { zeroSeries } from '../telemetry/known-labels.ts';
import { gaugesOf } from './gauges.ts';
import type { RollUpState } from './state.ts';
import type { Totals } from './types.ts';

/** Prometheus' text format, version 0.0.4. */
export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/** The running totals as Prometheus reads them. What this version does not know is left out, and stays in the totals. */
export function prometheusText(totals: Totals, rollup: RollUpState, classes: readonly string[]): string {
  const lines: string[] = [];
  const counted = new Map(zeroSeries(classes).map((key) => [key, 0]));
  for (const [key, n] of totals.counts) counted.set(key, n);
  const ofCounter = grouped(counted);
  for (const [id, { name, labels, help }] of Object.entries(counters)) {
    lines.push(...head(name, help, 'counter'));
    for (const [values, n] of ofCounter(id, labels)) lines.push(`${name}${braced(labels, values)} ${n}`);
  }
  const ofHistogram = grouped(new Map([...zeroHistograms(), ...totals.histograms]));
  for (const [id, { name, labels, leMs, help }] of Object.entries(histograms)) {
    lines.push(...head(name, help, 'histogram'));
    for (const [values, histogram] of ofHistogram(id, labels))
      lines.push(...histogramLines(name, labels, values, leMs, histogram));
  }
  const stand = gaugesOf(rollup);
  for (const [id, { name, help }] of Object.entries(gauges)) {
    const value = stand[id as GaugeId];
    if (value !== null) lines.push(...head(name, help, 'gauge'), `${name} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

const head = (name: string, help: string, type: string) => [
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
  `# TYPE ${name} ${type}`,
];

/** Those of a metric, in a steady order. A series of another number of labels is another version's. */
function grouped<T>(series: ReadonlyMap<string, T>) {
  const byId = new Map<string, [values: readonly string[], T][]>();
  for (const [key, value] of [...series].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { id, labels } = readSeriesKey(key);
    const group = byId.get(id);
    if (group) group.push([labels, value]);
    else byId.set(id, [[labels, value]]);
  }
  return (id: string, labels: readonly string[]) =>
    (byId.get(id) ?? []).filter(([values]) => values.length === labels.length);
}

function braced(labels: readonly string[], values: readonly string[], le?: string): string {
  const pairs = labels.map((label, i) => `${label}="${escaped(values[i] ?? '')}"`);
  if (le !== undefined) pairs.push(`le="${le}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Cumulative, with a bound at each power of two: every second one of the scale's. */
function histogramLines(
  name: string,
  labels: readonly string[],
  values: readonly string[],
  [leastMs, greatestMs]: readonly [number, number],
  histogram: Histogram,
): string[] {
  const lines: string[] = [];
  for (let ms = leastMs; ms <= greatestMs; ms *= 2) {
    const last = bucketOf(ms);
    let n = 0;
    for (const [bucket, count] of histogram.counts) if (bucket <= last) n += count;
    lines.push(`${name}_bucket${braced(labels, values, String(ms / 1000))} ${n}`);
  }
  const all = countOf(histogram);
  return [
    ...lines,
    `${name}_bucket${braced(labels, values, '+Inf')} ${all}`,
    `${name}_sum${braced(labels, values)} ${histogram.sumMs / 1000}`,
    `${name}_count${braced(labels, values)} ${all}`,
  ];
}

/** Those without labels are there from the beginning on. */
const zeroHistograms = (): [string, Histogram][] =>
  (Object.keys(histograms) as HistogramId[])
    .filter((id) => histograms[id].labels.length === 0)
    .map((id) => [seriesKey(id, []), newHistogram()]);
