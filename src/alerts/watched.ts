import { bounds } from '../bounds.ts';
import { type HeldClass, readRolloutState } from '../figures/rollout-state.ts';
import type { Alert } from '../strategy/alert-types.ts';
import { rolloutAlertName } from './names.ts';
import type { WatchedAlert } from './watched-alert.ts';

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
