import type { Alert, Measure } from '../strategy/alert-types.ts';

/** Whether the guard of a roll-out holds a class. `decision`: by which of its decisions; null: by none. */
interface HeldMeasure {
  readonly is: 'held';
  readonly decision: string | null;
}

export type WatchedMeasure = Measure | HeldMeasure;

/** An alert of the strategy, or that of a class which is being switched on. */
export interface WatchedAlert extends Omit<Alert, 'measure'> {
  readonly measure: WatchedMeasure;
}
