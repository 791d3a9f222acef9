import type { Alert } from '../strategy/alert-types.ts';

/** Without a canary nothing is measured that its alerts could be about. */
export const watchedAlerts = (alerts: readonly Alert[], hasCanary: boolean): readonly Alert[] =>
  hasCanary
    ? alerts
    : alerts.filter(({ measure }) => measure.is !== 'share' || measure.of !== 'purge_visible');
