import { bounds } from '../bounds.ts';
import type { Totals } from '../figures/types.ts';
import { isOfFuture, recorded } from './history.ts';
import { changeOf, goneOf } from './notification.ts';
import { type Outage, outageEnded } from './outage.ts';
import { digestOf, standingOf } from './standing.ts';
import {
  type AlertsState,
  type Channel,
  type HandedOver,
  mostHandedOver,
  type Notification,
} from './state.ts';
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
  /** What this isolate knows of a time in which nothing could be settled. */
  readonly outage: Pick<Outage, 'sinceMs' | 'triedMs'>;
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
  const outage = channels.length > 0 ? outageEnded(state, input.outage, nowMs) : null;
  const changes = [...gone, outage, ...evaluated.map(({ change }) => change)].filter((it) => it !== null);
  const handedOver = state.handedOver.filter(
    (it) => isUnderWay(it, nowMs) || (it.notification && !isTooOld(it.notification, nowMs)),
  );
  const { outbox, due, dropped } = outboxOf(state.outbox, changes, channels, handedOver, nowMs);
  return {
    state: {
      history: recorded(state.history, nowMs, sums),
      alerts: Object.fromEntries(evaluated.map(({ name, now }) => [name, now])),
      outbox,
      handedOver,
      outageEndedMs: outage ? nowMs : state.outageEndedMs,
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
  const kept = all.filter((it) => !isTooOld(it, nowMs)).slice(-bounds.alertsUnsent);
  // One at a time of an alert and channel, in order: a receiver that learns of an end before the beginning holds it open forever.
  const busy = new Set(handedOver.filter((it) => isUnderWay(it, nowMs)).map(laneOf));
  const due: Notification[] = [];
  const outbox = kept.map((it) => {
    const lanes = it.to.map((channel) => ({ name: it.name, channel }));
    const free = lanes.filter((lane) => !busy.has(laneOf(lane)));
    for (const lane of lanes) busy.add(laneOf(lane));
    if (free.length === 0 || !isDue(it, nowMs)) return it;
    due.push({ ...it, to: free.map(({ channel }) => channel) });
    return { ...it, triedMs: nowMs };
  });
  return { outbox, due, dropped: all.length - kept.length };
}

const isUnderWay = ({ untilMs }: HandedOver, nowMs: number) =>
  untilMs > nowMs && !isOfFuture(untilMs - bounds.alertUnderWayMs, nowMs);

const isDue = (it: Notification, nowMs: number) =>
  it.triedMs === null || isOfFuture(it.triedMs, nowMs) || nowMs - it.triedMs >= againMs(it, it.triedMs);

const isTooOld = ({ atMs }: Notification, nowMs: number) => nowMs - atMs >= bounds.alertUnsentMs;

/** What the queue has given up waits longer and longer: its receiver is down for more than a moment. */
function againMs({ atMs, round }: Notification, triedMs: number): number {
  const { alertAgainMs, againShare, alertAgainAtMostMs } = bounds;
  return round === 0
    ? alertAgainMs
    : Math.min(Math.max((triedMs - atMs) / againShare, alertAgainMs), alertAgainAtMostMs);
}

export const laneOf = ({ name, channel }: Pick<HandedOver, 'name' | 'channel'>) => `${name} ${channel}`;

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
      const notification = { ...it, to: [channel] };
      return untilMs === null ? [] : [{ name: it.name, channel, untilMs, notification }];
    }),
  );
  return {
    ...state,
    outbox: state.outbox
      .map((it) => ({ ...it, to: it.to.filter((channel) => !takenOf(it, channel)) }))
      .filter(({ to }) => to.length > 0),
    handedOver: [...state.handedOver, ...handedOver].slice(-mostHandedOver),
  };
}
