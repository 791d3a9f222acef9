import * as z from 'zod';
import type { TrialFigures } from '../strategy/trial.ts';
import { readSeriesKey } from './catalogue.ts';
import { countOf, type Histogram, lastBucket, newHistogram, observe } from './histogram.ts';
import { trialFiguresShape } from './tally.ts';

/** What was counted since it was last taken. */
export interface Counted {
  readonly counts: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly tops: Tops;
  /** What the canary was found to be. */
  readonly seen: Flush['seen'];
  /** Series for which there was no room: they wait. */
  readonly isLeft: boolean;
}

/**
 * What one isolate tells at once: one document in Redis, as JSON. It is sent again, as it was, until Redis has acknowledged it, and the next
 * one is sent only then: so whoever has counted `seq` of an isolate drops all of it that are not greater, and each counts exactly once.
 */
export interface Flush {
  /** Random, of the isolate's life. */
  readonly isolate: string;
  /** From 1 on. */
  readonly seq: number;
  /** Counted between these, in milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By `seriesKey`. */
  readonly counts: Readonly<Record<string, number>>;
  /** By `seriesKey`: the sum in milliseconds, then bucket, count, bucket, count … */
  readonly histograms: Readonly<Record<string, readonly number[]>>;
  readonly tops: Tops;
  /** What the isolate's lookups found the canary to be: each with the first time and the last. */
  readonly seen: readonly (readonly [canary: string, firstMs: number, lastMs: number])[];
  /** Of classes that are being switched on. */
  readonly trials: readonly TrialFigures[];
}

/**
 * The heaviest names of each list, by a bounded sketch; the rest is counted under `''`. `tags`, `tenants`: reads, hits, fills, purges;
 * `missed` (full keys): misses. The first number is the one that they are ordered by.
 */
export interface Tops {
  readonly tags: readonly TopRow[];
  readonly tenants: readonly TopRow[];
  readonly missed: readonly TopRow[];
}
export type TopRow = readonly [name: string, ...counts: number[]];

/** Names of one list in one document, besides the rest. */
export const mostTops = 100;

/** Canary purges in one document: one a minute is made, and a document is younger than an hour. */
export const mostSeen = 64;

/** Sums of them are still numbers that JSON has. */
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
/** Of a series' key: names of classes have a bound, and all else that stands in one is known. */
const mostSeriesChars = 512;
const isSeries = (key: string) => key.length <= mostSeriesChars && readSeriesKey(key).id !== '';
const topRows = z.array(z.tuple([z.string().max(1024)], count)).max(201);

/** Of a document that another version of the Worker may have written: its counts are not lost with lists of another form, nor with a series of such a name. */
export const flushShape: z.ZodType<Flush> = z
  .object({
    isolate: z.string().min(1).max(64),
    seq: z.int().min(1),
    fromMs: z.int().min(0),
    toMs: z.int().min(0),
    counts: z.record(z.string(), count),
    histograms: z.record(z.string(), z.array(count).min(1)),
    tops: z
      .object({ tags: topRows, tenants: topRows, missed: topRows })
      .catch({ tags: [], tenants: [], missed: [] }),
    seen: z
      .array(z.tuple([z.string().max(64), z.int().min(0), z.int().min(0)]))
      .max(mostSeen)
      .catch([]),
    trials: z
      .array(trialFiguresShape.nullable().catch(null))
      .max(256)
      .catch([])
      .transform((rows) => rows.filter((it) => it !== null)),
  })
  .transform(withoutLongSeries);

/** What they counted is counted as dropped. */
function withoutLongSeries(flush: Flush): Flush {
  let dropped = 0;
  const kept = <T>(series: Readonly<Record<string, T>>, countOne: (one: T) => number): Record<string, T> => {
    const isKept = ([key, one]: [string, T]) => {
      if (!isSeries(key)) dropped += countOne(one);
      return isSeries(key);
    };
    return Object.fromEntries(Object.entries(series).filter(isKept));
  };
  const histograms = kept(flush.histograms, (parts) => countOf(histogramOf(parts)));
  const counts = kept(flush.counts, (n) => n);
  if (dropped > 0)
    counts['series_dropped'] = Math.min(Number.MAX_SAFE_INTEGER, (counts['series_dropped'] ?? 0) + dropped);
  return { ...flush, counts, histograms };
}

/** What an isolate has counted, as it tells it. */
export const flushOf = (
  at: Pick<Flush, 'isolate' | 'seq' | 'fromMs' | 'toMs'>,
  { counts, histograms, tops, seen }: Omit<Counted, 'isLeft'>,
  trials: Flush['trials'] = [],
): Flush => ({
  ...at,
  counts: Object.fromEntries(counts),
  histograms: Object.fromEntries([...histograms].map(([key, it]) => [key, histogramParts(it)])),
  tops: { tags: cut(tops.tags), tenants: cut(tops.tenants), missed: cut(tops.missed) },
  seen: [...seen],
  trials,
});

/** Of one list, in bytes of JSON: names may be as long as their makers like. */
const mostTopBytes = 8_192;

const encoder = new TextEncoder();

/** The heaviest first; those for which there is no room are of the rest. */
function cut(rows: readonly TopRow[]): TopRow[] {
  const kept: TopRow[] = [];
  const rest: number[] = [];
  let bytes = 0;
  for (const row of rows) {
    const [name, ...counts] = row;
    bytes += encoder.encode(JSON.stringify(row)).length;
    if (name !== '' && bytes <= mostTopBytes) kept.push(row);
    else for (const [i, n] of counts.entries()) rest[i] = (rest[i] ?? 0) + n;
  }
  return rest.length > 0 ? [...kept, ['', ...rest]] : kept;
}

export const histogramParts = ({ sumMs, counts }: Histogram): number[] => [
  sumMs,
  ...[...counts].sort(([a], [b]) => a - b).flat(),
];

/** What is above this version's scale is in its last bucket, so that no count is lost. */
export function histogramOf([sumMs = 0, ...parts]: readonly number[]): Histogram {
  const histogram = newHistogram();
  histogram.sumMs = sumMs;
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [bucket, n] = [parts[i]!, parts[i + 1]!];
    observe(histogram, Math.min(lastBucket, Math.floor(bucket)), n);
  }
  return histogram;
}
