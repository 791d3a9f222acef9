import { bounds } from '../bounds.ts';
import { type HeldClass, readRolloutState } from '../figures/rollout-state.ts';
import type { Alert, Measure } from '../strategy/alert-types.ts';
import { rolloutAlertName } from './names.ts';

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

/** Without a canary nothing is measured that its alerts could be about. `rollout`: what the cron keeps of roll-outs. */
export function watchedAlerts(
  alerts: readonly Alert[],
  hasCanary: boolean,
  rollout: unknown,
): readonly WatchedAlert[] {
  const measured = hasCanary
    ? alerts
    : alerts.filter(({ measure }) => measure.is !== 'share' || measure.of !== 'purge_visible');
  return [...measured, ...readRolloutState(rollout).state.watched.map(rolloutAlert)];
}

/** It fires while the guard holds the class, with why; another decision is another alert, so that it is told as well. */
function rolloutAlert({ name, decision, says, isSentBack }: HeldClass): WatchedAlert {
  return {
    name: rolloutAlertName(name),
    measure: { is: 'held', decision },
    ...{ comparison: 'above', bound: 0, forMs: 0, keepFiringMs: 0, noDataMs: null },
    severity: isSentBack ? 'critical' : 'warning',
    class: name,
    says: says.slice(0, bounds.alertSaysChars),
  };
}
