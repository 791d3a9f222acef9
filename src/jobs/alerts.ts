import { channelsOf, type Receivers } from '../alerts/channel.ts';
import { deliverAlerts } from '../alerts/deliver.ts';
import { lostStanding } from '../alerts/standing.ts';
import { type Notification, readAlertsState } from '../alerts/state.ts';
import { alertsDelivered, alertsStep } from '../alerts/step.ts';
import type { WatchedAlert } from '../alerts/watched-alert.ts';
import type { Note } from '../engine/notes.ts';
import type { AlertsPart } from './tick-parts.ts';

type Watched = (rollout: unknown) => readonly WatchedAlert[];

/** What a tick does about alerts: evaluates them, and sends what changed once that is settled. */
export const alertsPart = (watched: Watched, receivers: Receivers): AlertsPart => ({
  step(before, { nowMs, totals, gauges, rollout }) {
    const alerts = watched(rollout);
    const { state: read, lost } = readAlertsState(before);
    const last = { ...read, alerts: { ...lostStandings(alerts, lost, nowMs), ...read.alerts } };
    const channels = channelsOf(receivers);
    const { state, changes, due, dropped } = alertsStep(last, { nowMs, alerts, totals, gauges, channels });
    const notes: Note[] = [
      ...(lost ? (['alerts-unreadable'] as const) : []),
      ...(dropped > 0 ? (['alert-dropped'] as const) : []),
    ];
    return {
      state,
      logged: changes.length > 0 ? changes.map(loggedOf) : undefined,
      async deliver(context) {
        for (const note of notes) context.notes.noted.add(note);
        const delivered = await deliverAlerts(context, receivers, due);
        return delivered.length > 0 ? alertsDelivered(state, delivered) : null;
      },
    };
  },
});

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
