import { type AlertStanding, alertsStateShape } from '../alerts/state.ts';
import type { State } from '../figures/state.ts';
import type { Alert } from '../strategy/alert-types.ts';
import type { Strategy } from '../strategy/define.ts';
import { bytes, count, dollars, duration, moment, NOTHING, percent } from './format.ts';
import { badge, type Html, html, type Mood, none } from './html.ts';
import { pathOf } from './layout.ts';

/** An alert of the strategy, and how it stands; null: the cron has not looked at it yet. */
export interface StandingAlert {
  readonly alert: Alert;
  readonly standing: AlertStanding | null;
}

const rank = { firing: 0, pending: 1, 'no-data': 2, inactive: 3, unknown: 4 };
const stateOf = ({ standing }: StandingAlert) => standing?.state ?? 'unknown';

/** What needs somebody comes first. */
export function standingAlerts({ alerts }: Pick<Strategy, 'alerts'>, state: State | null): StandingAlert[] {
  const parsed = alertsStateShape.safeParse(state?.alerts);
  const standings = parsed.success ? parsed.data.alerts : {};
  const known = alerts.map((alert) => ({
    alert,
    standing: Object.hasOwn(standings, alert.name) ? standings[alert.name]! : null,
  }));
  return known.sort((a, b) => rank[stateOf(a)] - rank[stateOf(b)] || (a.alert.name < b.alert.name ? -1 : 1));
}

const moods = {
  firing: 'bad',
  pending: 'warn',
  'no-data': 'warn',
  inactive: 'good',
  unknown: 'calm',
} as const satisfies Readonly<Record<string, Mood>>;

export const alertBadge = (it: StandingAlert): Html =>
  badge(stateOf(it) === 'unknown' ? 'not looked at yet' : stateOf(it), moods[stateOf(it)]);

/** On top of the overview: what fires. */
export function firingNotice(strategy: Pick<Strategy, 'alerts'>, state: State | null): Html {
  const firing = standingAlerts(strategy, state).filter(({ standing }) => standing?.state === 'firing');
  if (firing.length === 0) return none;
  return html`<div class="problem" role="status"><p><strong>${firing.length === 1 ? 'An alert fires' : `${firing.length} alerts fire`}.</strong>
<a href="${pathOf('alerts')}">All alerts</a></p><ul>${firing.map(
    ({ alert, standing }) =>
      html`<li><strong>${alert.name}</strong> since ${moment(standing?.sinceMs ?? null)}: ${valueSays(alert, standing?.value ?? null)}, the bound is ${boundSays(alert)}. ${alert.says}</li>`,
  )}</ul></div>`;
}

/** A measured value in the unit of its measure. */
export function valueSays({ measure }: Alert, value: number | null): string {
  if (value === null) return NOTHING;
  switch (measure.is) {
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

export const boundSays = (alert: Alert): string => `${alert.comparison} ${valueSays(alert, alert.bound)}`;

/** What is measured, in words. */
export function measureOf({ measure, class: cls }: Alert): string {
  const of = cls === null ? '' : ` of ${cls}`;
  switch (measure.is) {
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
