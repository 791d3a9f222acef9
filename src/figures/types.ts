import type { Histogram } from '../telemetry/histogram.ts';

/** Figures of one minute, or one hour, of all isolates. Series by `seriesKey` of telemetry/catalogue.ts. */
export interface Bucket {
  readonly startMs: number;
  readonly stepMs: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

/** Running totals since the first count, which never fall. */
export type Totals = Pick<Bucket, 'counts' | 'histograms'>;

/** One line of a list of the heaviest, over a span of hours; `''` is the rest. */
export interface TopEntry {
  readonly name: string;
  readonly reads: number;
  readonly hits: number;
  readonly fills: number;
  readonly purges: number;
}
