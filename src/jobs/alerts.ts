import { channelsOf, type Receivers } from '../alerts/channel.ts';
import { deliverAlerts } from '../alerts/deliver.ts';
import { type Outage, outageFound, outageSettled, outageTold } from '../alerts/outage.ts';
import { lostStanding } from '../alerts/standing.ts';
import { type Notification, readAlertsState } from '../alerts/state.ts';
import { alertsDelivered, alertsStep } from '../alerts/step.ts';
import type { WatchedAlert } from '../alerts/watched-alert.ts';
import type { Context } from '../engine/context.ts';
import type { Note } from '../engine/notes.ts';
import type { AlertsPart, Unsettled } from './tick-parts.ts';

type Watched = (rollout: unknown) => readonly WatchedAlert[];

/** What a tick does about alerts: evaluates them, and sends what changed once that is settled. */
export function alertsPart(watched: Watched, receivers: Receivers, outage: Outage): AlertsPart {
  const channels = channelsOf(receivers);
  /** Of the latest step, whose state may not be settled. */
  let inHand: readonly Notification[] = [];
  return {
    step(before, { nowMs, totals, gauges, rollout }) {
      const alerts = watched(rollout);
      const { state: read, lost } = readAlertsState(before);
      const last = { ...read, alerts: { ...lostStandings(alerts, lost, nowMs), ...read.alerts } };
      const input = { nowMs, alerts, totals, gauges, channels, outage };
      const { state, changes, due, dropped } = alertsStep(last, input);
      inHand = due;
      const { triedMs } = outage;
      const notes: Note[] = [
        ...(lost ? (['alerts-unreadable'] as const) : []),
        ...(dropped > 0 ? (['alert-dropped'] as const) : []),
      ];
      return {
        state,
        logged: changes.length > 0 ? changes.map(loggedOf) : undefined,
        async deliver(context) {
          outageSettled(outage, triedMs);
          for (const note of notes) context.notes.noted.add(note);
          const delivered = await deliverAlerts(context, receivers, due);
          return delivered.length > 0 ? alertsDelivered(state, delivered) : null;
        },
      };
    },
    ...(channels.length > 0 && {
      tellUnsettled: (context, unsettled) =>
        tellOutage(context, receivers, outage, { ...unsettled, firing: firingOf(inHand) }),
    }),
  };
}

const firingOf = (due: readonly Notification[]) =>
  due.filter(({ is }) => is === 'firing').map(({ name }) => name);

/** True: it is too short to be told. */
async function tellOutage(
  context: Context,
  receivers: Receivers,
  outage: Outage,
  { sinceMs, waitedMs, firing }: Unsettled & { readonly firing: readonly string[] },
): Promise<boolean> {
  const { notes, isolate } = context;
  const { clock, bounds } = isolate;
  const nowMs = clock.now();
  const noted = [...notes.noted].filter((note) => note.startsWith('redis-'));
  const found = { nowMs, channels: channelsOf(receivers), firing: firing.toSorted(), noted };
  const notification = outageFound({ ...outage, sinceMs: outage.sinceMs ?? sinceMs }, found);
  if (notification === null) return false;
  const triedAgoMs = outage.triedMs === null ? Number.POSITIVE_INFINITY : Math.abs(nowMs - outage.triedMs);
  // One that was tried long ago may be over, without a run in this isolate that saw it.
  if (triedAgoMs >= bounds.outageAgainMs && waitedMs < bounds.outageMs) return true;
  // Another run in this isolate may wait for the answer.
  if (triedAgoMs < bounds.alertMs) return false;
  outage.sinceMs ??= sinceMs;
  outage.triedMs = nowMs;
  // The queue may be gone with Redis, and would know nothing of what this was about.
  const delivered = await deliverAlerts(context, receivers, [notification], null);
  // Another may have told its end meanwhile, which may have come first.
  outage.triedMs = clock.now();
  const told = delivered.map(({ channel }) => channel);
  outageTold(outage, told, found);
  if (told.length > 0) notes.noted.add('alert-direct');
  return false;
}

const lostStandings = (
  alerts: readonly WatchedAlert[],
  lost: ReadonlySet<string> | 'all' | null,
  nowMs: number,
) =>
  Object.fromEntries(
    alerts
      .filter(({ name }) => lost === 'all' || lost?.has(name))
      .map((alert) => [alert.name, lostStanding(alert, nowMs)]),
  );

const loggedOf = ({ name, is, severity, value, bound }: Notification) => ({
  name,
  is,
  severity,
  value,
  bound,
});
