import type { Alert } from '../strategy/alert-types.ts';
import { labelsOf } from './names.ts';
import type { AlertStanding, OpenAlert } from './state.ts';

/** Where an alert stands now that it has this value. As Prometheus has it, but for `no-data`, which is a rule of its own there. */
export function standingOf(
  alert: Alert,
  last: AlertStanding | undefined,
  value: number | null,
  nowMs: number,
): AlertStanding {
  const isBeyond =
    value !== null && (alert.comparison === 'above' ? value > alert.bound : value < alert.bound);
  const activeMs = isBeyond ? (last?.activeMs ?? nowMs) : null;
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
  return { state, sinceMs, activeMs, value, resolvedMs, told };
}

type Told = AlertStanding['told'];
const nothing: Told = { firing: null, noData: null };

/** What is open for receivers. Of one that fires nobody says that it is over while it is beyond its bound, or while nothing can be said. */
function toldOf(
  alert: Alert,
  last: Told = nothing,
  { state, sinceMs }: Pick<AlertStanding, 'state' | 'sinceMs'>,
  nowMs: number,
): Told {
  const opened = (is: 'firing' | 'noData'): OpenAlert => ({ sinceMs: nowMs, labels: labelsOf(alert, is) });
  if (state !== 'no-data') {
    const firing = state === 'firing' ? (last.firing ?? opened('firing')) : last.firing;
    return { firing: state === 'inactive' ? null : firing, noData: null };
  }
  const { noDataMs } = alert;
  if (noDataMs === null) return { firing: last.firing, noData: null };
  const isLong = nowMs - sinceMs >= noDataMs;
  return { firing: last.firing, noData: last.noData ?? (isLong ? opened('noData') : null) };
}
