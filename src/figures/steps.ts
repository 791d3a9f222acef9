import type { Bounds } from '../bounds.ts';
import type { Names } from '../store/names.ts';

/** Of a bucket: how long it is, how long it is kept, and under which name. */
export interface Step {
  readonly ms: number;
  readonly keptMs: number;
  name(names: Names, startMs: number): string;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

type Kept = Pick<Bounds, 'minutesKeptMs' | 'hoursKeptMs'>;

/** From the finest to the coarsest. */
export const stepsOf = ({ minutesKeptMs, hoursKeptMs }: Kept): readonly Step[] => [
  { ms: MINUTE, keptMs: minutesKeptMs, name: (names, startMs) => names.metrics.minute(startMs) },
  { ms: HOUR, keptMs: hoursKeptMs, name: (names, startMs) => names.metrics.hour(startMs) },
  { ms: DAY, keptMs: hoursKeptMs + DAY, name: (names, startMs) => names.metrics.day(startMs) },
];

export const startOf = (atMs: number, stepMs: number): number => atMs - (atMs % stepMs);
