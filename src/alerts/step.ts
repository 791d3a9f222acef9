import { bounds } from '../bounds.ts';
import type { Totals } from '../figures/types.ts';
import type { Alert } from '../strategy/alert-types.ts';
import { recorded } from './history.ts';
import { changeOf, goneOf } from './notification.ts';
import { standingOf } from './standing.ts';
import type { AlertsState, Channel, Notification } from './state.ts';
import { sumsOf } from './terms.ts';
import { type Gauges, measuredValue } from './value.ts';

export interface AlertsInput {
  readonly nowMs: number;
  readonly alerts: readonly Alert[];
  readonly totals: Totals;
  readonly gauges: Gauges;
  /** Where changes are told. */
  readonly channels: readonly Channel[];
}

export interface AlertsStep {
  readonly state: AlertsState;
  /** What has changed, for the log. */
  readonly changes: readonly Notification[];
  /** To be sent once this state is settled. */
  readonly due: readonly Notification[];
  /** How many notifications nobody took for so long, or so many, that they were given up. */
  readonly dropped: number;
}

/** Evaluates every alert, and puts what changed into the outbox; pure. The cron may come late, twice, or not at all. */
export function alertsStep(state: AlertsState, input: AlertsInput): AlertsStep {
  const { nowMs, alerts, channels } = input;
  const sums = sumsOf(alerts, input.totals);
  const evaluated = alerts.map((alert) => {
    const last = state.alerts[alert.name];
    const value = measuredValue(alert.measure, state.history, { nowMs, sums, gauges: input.gauges });
    const now = standingOf(alert, last, value, nowMs);
    return { name: alert.name, now, change: changeOf(alert, last?.told, now, nowMs) };
  });
  const names = new Set(alerts.map(({ name }) => name));
  const gone = Object.entries(state.alerts)
    .filter(([name]) => !names.has(name))
    .map(([name, { told }]) => goneOf(name, told, nowMs));
  const changes = [...evaluated.map(({ change }) => change), ...gone].filter((it) => it !== null);
  const { outbox, due, dropped } = outboxOf(state.outbox, changes, channels, nowMs);
  return {
    state: {
      history: recorded(state.history, nowMs, sums),
      alerts: Object.fromEntries(evaluated.map(({ name, now }) => [name, now])),
      outbox,
    },
    changes,
    due,
    dropped,
  };
}

/**
 * With what has changed, and without what is too old. What is due is marked as tried before it is sent: a second tick at the same time
 * leaves it alone, and one that comes after the first was killed sends it again, under the same id.
 */
function outboxOf(
  last: readonly Notification[],
  changes: readonly Notification[],
  channels: readonly Channel[],
  nowMs: number,
) {
  const all = [
    // A channel that is no longer set has nobody to tell.
    ...last.map((it) => ({ ...it, to: it.to.filter((channel) => channels.includes(channel)) })),
    ...changes.map((it) => ({ ...it, to: channels })),
  ].filter(({ to }) => to.length > 0);
  const kept = all.filter(({ atMs }) => nowMs - atMs < bounds.alertUnsentMs).slice(-bounds.alertsUnsent);
  const due = new Set(
    kept.filter(({ triedMs }) => triedMs === null || nowMs - triedMs >= bounds.alertAgainMs),
  );
  return {
    outbox: kept.map((it) => (due.has(it) ? { ...it, triedMs: nowMs } : it)),
    due: [...due],
    dropped: all.length - kept.length,
  };
}

/** One channel's receiver, or the queue on its way there, has taken a notification. */
export interface Delivered {
  readonly id: string;
  readonly channel: Channel;
}

/** Without what was taken. */
export const alertsDelivered = (state: AlertsState, delivered: readonly Delivered[]): AlertsState => ({
  ...state,
  outbox: state.outbox
    .map((it) => ({
      ...it,
      to: it.to.filter((channel) => !delivered.some(({ id, channel: by }) => id === it.id && channel === by)),
    }))
    .filter(({ to }) => to.length > 0),
});
