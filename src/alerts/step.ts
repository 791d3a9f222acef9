import { bounds } from '../bounds.ts';
import type { Totals } from '../figures/types.ts';
import { recorded } from './history.ts';
import { changeOf, goneOf } from './notification.ts';
import { digestOf, standingOf } from './standing.ts';
import type { AlertsState, Channel, HandedOver, Notification } from './state.ts';
import { sumsOf } from './terms.ts';
import { type Gauges, measuredValue } from './value.ts';
import type { WatchedAlert } from './watched-alert.ts';

export interface AlertsInput {
  readonly nowMs: number;
  readonly alerts: readonly WatchedAlert[];
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
  const byName = new Map(alerts.map((it) => [it.name, it]));
  const kept = new Map(Object.entries(state.alerts));
  const gone: (Notification | null)[] = [];
  for (const [name, { digest, told }] of [...kept]) {
    const alert = byName.get(name);
    if (alert && (digest === undefined || digest === digestOf(alert))) continue;
    gone.push(goneOf(name, told, nowMs));
    kept.delete(name);
  }
  const evaluated = alerts.map((alert) => {
    const last = kept.get(alert.name);
    const value = measuredValue(alert.measure, state.history, { nowMs, sums, gauges: input.gauges });
    const now = standingOf(alert, last, value, nowMs);
    return { name: alert.name, now, change: changeOf(alert, last?.told, now, nowMs) };
  });
  // What is over comes first: the same name may begin anew.
  const changes = [...gone, ...evaluated.map(({ change }) => change)].filter((it) => it !== null);
  const handedOver = state.handedOver.filter(({ untilMs }) => untilMs > nowMs);
  const { outbox, due, dropped } = outboxOf(state.outbox, changes, channels, handedOver, nowMs);
  return {
    state: {
      history: recorded(state.history, nowMs, sums),
      alerts: Object.fromEntries(evaluated.map(({ name, now }) => [name, now])),
      outbox,
      handedOver,
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
  handedOver: readonly HandedOver[],
  nowMs: number,
) {
  const all = [
    // A channel that is no longer set has nobody to tell.
    ...last.map((it) => ({ ...it, to: it.to.filter((channel) => channels.includes(channel)) })),
    ...changes.map((it) => ({ ...it, to: channels })),
  ].filter(({ to }) => to.length > 0);
  const kept = all.filter(({ atMs }) => nowMs - atMs < bounds.alertUnsentMs).slice(-bounds.alertsUnsent);
  // One at a time of an alert and channel, in order: a receiver that learns of an end before the beginning holds it open forever.
  const busy = new Set(handedOver.map(laneOf));
  const due: Notification[] = [];
  const outbox = kept.map((it) => {
    const lanes = it.to.map((channel) => ({ name: it.name, channel }));
    const free = lanes.filter((lane) => !busy.has(laneOf(lane)));
    for (const lane of lanes) busy.add(laneOf(lane));
    const isDue = it.triedMs === null || nowMs - it.triedMs >= bounds.alertAgainMs;
    if (free.length === 0 || !isDue) return it;
    due.push({ ...it, to: free.map(({ channel }) => channel) });
    return { ...it, triedMs: nowMs };
  });
  return { outbox, due, dropped: all.length - kept.length };
}

const laneOf = ({ name, channel }: Pick<HandedOver, 'name' | 'channel'>) => `${name} ${channel}`;

/** One channel's receiver, or the queue on its way there, has taken a notification. */
export interface Delivered {
  readonly id: string;
  readonly channel: Channel;
  /** Until when the queue may still deliver it; null: the receiver itself has taken it. */
  readonly untilMs: number | null;
}

/** Without what was taken. */
export function alertsDelivered(state: AlertsState, delivered: readonly Delivered[]): AlertsState {
  const takenOf = ({ id }: Notification, channel: Channel) =>
    delivered.find((it) => it.id === id && it.channel === channel);
  const handedOver = state.outbox.flatMap((it) =>
    it.to.flatMap((channel) => {
      const untilMs = takenOf(it, channel)?.untilMs ?? null;
      return untilMs === null ? [] : [{ name: it.name, channel, untilMs }];
    }),
  );
  return {
    ...state,
    outbox: state.outbox
      .map((it) => ({ ...it, to: it.to.filter((channel) => !takenOf(it, channel)) }))
      .filter(({ to }) => to.length > 0),
    handedOver: [...state.handedOver, ...handedOver],
  };
}
