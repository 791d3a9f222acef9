import type { Measure, MeasuredGauge } from '../strategy/alert-types.ts';
import { before, type History } from './history.ts';
import { termsOf } from './terms.ts';
import type { WatchedMeasure } from './watched-alert.ts';

/** How the gauges stand; null: nobody says. */
export type Gauges = Readonly<Record<MeasuredGauge, number | null>>;

interface Now {
  readonly nowMs: number;
  readonly sums: ReadonlyMap<string, number>;
  readonly gauges: Gauges;
}

/** What a measure measures now; null: nothing can be said. PromQL says the same (dev/dashboards/promql.ts). */
export function measuredValue(measure: WatchedMeasure, history: History, now: Now): number | null {
  if (measure.is === 'gauge') return gaugeOf(measure, now.gauges);
  if (measure.is === 'held') return measure.decision === null ? 0 : 1;
  const terms = termsOf(measure);
  const grown = (key: string): number | null => {
    const then = before(history, key, now.nowMs, measure.windowMs);
    const sum = now.sums.get(key);
    // A running total never falls: one that did is another's.
    return then === null || sum === undefined || sum < then ? null : sum - then;
  };
  const of = grown(terms.of!.key);
  if (measure.is === 'increase' || of === null) return of;
  const to = grown(terms.to!.key);
  return to === null || to < measure.atLeast ? null : of / to;
}

function gaugeOf(measure: Extract<Measure, { is: 'gauge' }>, gauges: Gauges): number | null {
  const of = gauges[measure.of];
  if (measure.to === null || of === null) return of;
  const to = gauges[measure.to];
  return to === null || to <= 0 ? null : of / to;
}
