import { readSeriesKey } from './catalogue.ts';

/** As Analytics Engine takes it. */
export interface DataPoint {
  /** It samples by this. */
  readonly indexes: [string];
  /** The metric's id, then its labels' values in the catalogue's order. */
  readonly blobs: string[];
  /** Of a counter how many; of a histogram how many, and the sum of milliseconds. */
  readonly doubles: number[];
}

/** Analytics Engine, as the platform binds it. */
export interface DataPoints {
  writeDataPoint(point: DataPoint): void;
}

/** What the platform takes of one invocation. */
export const mostPoints = 250;

/**
 * A point for each series of which something was counted, and not for each request: of a hundred requests there are some dozens of series, so
 * that this costs less, and says more.
 */
export function dataPoint(key: string, doubles: number[]): DataPoint {
  const { id, labels } = readSeriesKey(key);
  return { indexes: [id], blobs: [id, ...labels], doubles };
}
