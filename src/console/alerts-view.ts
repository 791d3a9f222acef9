import { type AlertRow, alertRows } from '../alerts/rows.ts';
import { readAlertsState } from '../alerts/state.ts';
import { watchedAlerts } from '../alerts/watched.ts';
import type { WatchedAlert } from '../alerts/watched-alert.ts';
import type { EdgeRequest } from '../engine/request.ts';
import type { State } from '../figures/state.ts';
import { bytes, count, dollars, duration, moment, NOTHING, percent } from './format.ts';
import { badge, type Html, html, type Mood, none } from './html.ts';
import { pathOf } from './layout.ts';

/** An alert, and how it stood when the cron last ran. */
export interface StandingAlert {
  readonly alert: WatchedAlert;
  readonly row: AlertRow;
}

const states = ['firing', 'pending', 'no-data', 'inactive'] as const;
const moods = {
  firing: 'bad',
  pending: 'warn',
  'no-data': 'warn',
  inactive: 'good',
} as const satisfies Readonly<Record<AlertRow['state'], Mood>>;

/** What needs somebody comes first. */
export function standingAlerts({ strategy, isolate }: EdgeRequest, state: State | null): StandingAlert[] {
  const watched = watchedAlerts(strategy.alerts, isolate.canary !== null, state?.rollout);
  const rows = alertRows(watched, readAlertsState(state?.alerts).state);
  const rank = ({ row }: StandingAlert) => states.indexOf(row.state);
  return watched.map((alert, i) => ({ alert, row: rows[i]! })).sort((a, b) => rank(a) - rank(b));
}

export const alertBadge = ({ row }: StandingAlert): Html =>
  row.since === null ? badge('not looked at yet', 'calm') : badge(row.state, moods[row.state]);

/** On top of the overview: what fires. */
export function firingNotice(edge: EdgeRequest, state: State | null): Html {
  const firing = standingAlerts(edge, state).filter(({ row }) => row.state === 'firing');
  if (firing.length === 0) return none;
  return html`<div class="problem" role="status"><p><strong>${firing.length === 1 ? 'An alert fires' : `${firing.length} alerts fire`}.</strong>
<a href="${pathOf('alerts')}">All alerts</a></p><ul>${firing.map(
    ({ alert, row }) =>
      html`<li><strong>${row.name}</strong> since ${moment(row.since)}: ${valueSays(alert, row.value)}, the bound is ${boundSays(alert)}. ${row.says}</li>`,
  )}</ul></div>`;
}

/** A measured value in the unit of its measure. */
export function valueSays({ measure }: WatchedAlert, value: number | null): string {
  if (value === null) return NOTHING;
  switch (measure.is) {
    case 'held':
      return value > 0 ? 'held' : 'not held';
    case 'ratio':
    case 'share':
      return percent(value);
    case 'increase':
      return measure.of.counter === 'redis_price' ? dollars(value) : count(value);
    case 'gauge':
      if (measure.to !== null) return percent(value);
      return /memory/.test(measure.of) ? bytes(value) : count(value);
  }
}

export const boundSays = (alert: WatchedAlert): string =>
  alert.measure.is === 'held' ? 'held' : `${alert.comparison} ${valueSays(alert, alert.bound)}`;

/** What is measured, in words. */
export function measureOf({ measure, class: cls }: WatchedAlert): string {
  const of = cls === null ? '' : ` of ${cls}`;
  switch (measure.is) {
    case 'held':
      return `what the guard of its roll-out found${of}`;
    case 'ratio':
      return `${measure.of.counter}${wordsOf(measure.of.where)} of ${measure.to.counter}${wordsOf(measure.to.where)}${of}, over ${duration(measure.windowMs)}`;
    case 'increase':
      return `${measure.of.counter}${wordsOf(measure.of.where)}${of}, in ${duration(measure.windowMs)}`;
    case 'gauge':
      return measure.to === null ? measure.of : `${measure.of} of ${measure.to}`;
    case 'share':
      return `${measure.of} longer than ${duration(measure.longerThanMs)}${of}, over ${duration(measure.windowMs)}`;
  }
}

const wordsOf = (where: Readonly<Record<string, readonly string[]>>): string => {
  const labels = Object.entries(where).map(([label, values]) => `${label}: ${values.join(', ')}`);
  return labels.length === 0 ? '' : ` (${labels.join('; ')})`;
};
