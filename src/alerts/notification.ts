import { isOfRollout } from './names.ts';
import type { AlertStanding, Notification, OpenAlert } from './state.ts';
import type { WatchedAlert } from './watched-alert.ts';

type Told = AlertStanding['told'];
type Change = Notification['alerts'][number];

/** What receivers are told of an alert that stands otherwise now; null: nothing. */
export function changeOf(
  { name, comparison, bound, severity, says }: WatchedAlert,
  last: Told | undefined,
  { told, value }: AlertStanding,
  nowMs: number,
): Notification | null {
  return notificationOf({ name, comparison, bound, severity, says, value }, last, told, nowMs);
}

/** What they are told of one that there is no longer, or not as it was: that it is over. */
export function goneOf(name: string, last: Told, nowMs: number): Notification | null {
  const says = isOfRollout(name)
    ? 'Somebody has changed how the class is switched, or something else holds it now.'
    : 'The strategy no longer has this alert as it was.';
  const none = { comparison: 'above', bound: 0, severity: 'info', value: null } as const;
  return notificationOf({ name, says, ...none }, last, { firing: null, noData: null }, nowMs);
}

function notificationOf(
  about: Pick<Notification, 'name' | 'comparison' | 'bound' | 'severity' | 'says' | 'value'>,
  last: Told | undefined,
  told: Told,
  nowMs: number,
): Notification | null {
  const firing = changed(last?.firing ?? null, told.firing, nowMs);
  const noData = changed(last?.noData ?? null, told.noData, nowMs);
  const alerts = [firing, noData].filter((it) => it !== null);
  if (alerts.length === 0) return null;
  const is = wordOf(firing, noData);
  // Of this very change, whoever evaluates it again: the state that it follows from is settled once.
  const id = `${about.name}/${is}/${nowMs}`;
  return { ...about, id, is, atMs: nowMs, alerts, to: [], triedMs: null };
}

function changed(last: OpenAlert | null, now: OpenAlert | null, nowMs: number): Change | null {
  if (now === null) return last && { ...last, endedMs: nowMs };
  return last === null || (last.isAssumed && !now.isAssumed) ? { ...now, endedMs: null } : null;
}

/** What the reader is told first. */
function wordOf(firing: Change | null, noData: Change | null): Notification['is'] {
  if (firing?.endedMs === null) return 'firing';
  if (noData?.endedMs === null) return 'no-data';
  return firing ? 'resolved' : 'back';
}
