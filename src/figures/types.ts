import type { Histogram } from '../telemetry/histogram.ts';

/** Counted series, by `seriesKey` of telemetry/catalogue.ts. */
export interface Figures {
  readonly counts: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

/** Figures of one minute, one hour or one day (UTC), of all isolates. */
export interface Bucket extends Figures {
  readonly startMs: number;
  readonly stepMs: number;
}

/** Running totals since the first count, which never fall. */
export type Totals = Figures;

/** One line of a list of the heaviest, over a span of hours; `''` is the rest. */
export interface TopEntry {
  readonly name: string;
  readonly reads: number;
  readonly hits: number;
  readonly fills: number;
  readonly purges: number;
}

export interface MissedKey {
  readonly name: string;
  readonly misses: number;
}
