import { defaultAlerts } from '../strategy/default-alerts.ts';
import type { WatchedAlert } from './watched-alert.ts';

/** As Prometheus and receivers know it: `hit-rate` is `StillfreshHitRate`. Two names never give one (strategy/alert.ts). */
export const alertName = (name: string): string =>
  `Stillfresh${name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`;

/** Its own alert: it can be there beside the one that fires. */
export const noDataName = (name: string): string => `${alertName(name)}NoData`;

/** What tells it from others. */
export const labelsOf = ({ name, severity, class: cls }: WatchedAlert, is: 'firing' | 'noData') => ({
  alertname: is === 'firing' ? alertName(name) : noDataName(name),
  // Nothing is broken yet, as far as anyone can tell.
  severity: is === 'firing' ? severity : 'warning',
  ...(cls !== null && { class: cls }),
});

/** Of a class that is being switched on; no alert of a strategy is named so (strategy/alert.ts). */
export const rolloutAlertName = (className: string): string => `rollout-${className}`;
export const isOfRollout = (name: string): boolean => name.startsWith('rollout-');

/** Where it is written what to do: a team's own alerts say it themselves. */
export const placeOf = (name: string): string =>
  isOfRollout(name)
    ? 'docs/rollout.md'
    : `docs/operations.md#${Object.hasOwn(defaultAlerts, name) ? name : 'alerts'}`;
