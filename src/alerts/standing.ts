import { fingerprint } from './fingerprint.ts';
import { labelsOf } from './names.ts';
import type { AlertStanding, OpenAlert } from './state.ts';
import type { WatchedAlert } from './watched-alert.ts';

/** What an alert means, and is known by: what its name alone has in common with another is another's. */
export const digestOf = ({ measure, comparison, bound, forMs, class: cls, severity }: WatchedAlert): string =>
  fingerprint({ alert: JSON.stringify([measure, comparison, bound, forMs, cls, severity]) });

/** Where an alert stands of whose last standing nothing can be read: receivers may hold whatever it can be. */
export function lostStanding(alert: WatchedAlert, nowMs: number): AlertStanding {
  const open = (is: 'firing' | 'noData'): OpenAlert => ({
    sinceMs: nowMs,
    labels: labelsOf(alert, is),
    isAssumed: true,
  });
  const told = { firing: open('firing'), noData: alert.noDataMs === null ? null : open('noData') };
  const none = { sinceMs: nowMs, activeMs: null, calmMs: null, value: null, resolvedMs: null };
  return { state: 'no-data', ...none, told };
}

/** Where an alert stands now that it has this value. As Prometheus has it, but for `no-data`, which is a rule of its own there. */
export function standingOf(
  alert: WatchedAlert,
  last: AlertStanding | undefined,
  value: number | null,
  nowMs: number,
): AlertStanding {
  const isBeyond =
    value !== null && (alert.comparison === 'above' ? value > alert.bound : value < alert.bound);
  const since = last?.activeMs ?? null;
  const calmMs = last?.calmMs ?? nowMs;
  // As Prometheus' `keep_firing_for`: so long, from when it was first not beyond its bound, or nothing could be said.
  const wasFiring = since !== null && (last?.state === 'firing' || last?.calmMs !== null);
  const isKept = !isBeyond && wasFiring && nowMs - calmMs < alert.keepFiringMs;
  const activeMs = isBeyond ? (since ?? nowMs) : isKept ? since : null;
  const state =
    value === null
      ? 'no-data'
      : activeMs === null
        ? 'inactive'
        : nowMs - activeMs >= alert.forMs
          ? 'firing'
          : 'pending';
  const sinceMs = last?.state === state ? last.sinceMs : nowMs;
  const told = toldOf(alert, last?.told, { state, sinceMs }, nowMs);
  const isResolved = last !== undefined && last.told.firing !== null && told.firing === null;
  const resolvedMs = isResolved ? nowMs : (last?.resolvedMs ?? null);
  return {
    state,
    sinceMs,
    activeMs,
    calmMs: isKept ? calmMs : null,
    value,
    resolvedMs,
    told,
    digest: digestOf(alert),
  };
}

type Told = AlertStanding['told'];
const nothing: Told = { firing: null, noData: null };

/** What is open for receivers. Of one that fires nobody says that it is over while it is beyond its bound, or while nothing can be said. */
function toldOf(
  alert: WatchedAlert,
  last: Told = nothing,
  { state, sinceMs }: Pick<AlertStanding, 'state' | 'sinceMs'>,
  nowMs: number,
): Told {
  const opened = (is: 'firing' | 'noData'): OpenAlert => ({ sinceMs: nowMs, labels: labelsOf(alert, is) });
  const sure = (it: OpenAlert | null) => (it?.isAssumed ? null : it);
  if (state !== 'no-data') {
    const firing = state === 'firing' ? (sure(last.firing) ?? opened('firing')) : last.firing;
    return { firing: state === 'inactive' ? null : firing, noData: null };
  }
  const { noDataMs } = alert;
  if (noDataMs === null) return { firing: last.firing, noData: null };
  const isLong = nowMs - sinceMs >= noDataMs;
  return { firing: last.firing, noData: isLong ? (sure(last.noData) ?? opened('noData')) : last.noData };
}
