import { bounds } from '../bounds.ts';
import { fingerprint } from './fingerprint.ts';
import { type History, isOfFuture } from './history.ts';
import { notRolledUp, notRolledUpLabels } from './names.ts';
import type { AlertsState, Channel, Notification } from './state.ts';

/** What an isolate remembers of a time in which its cron can settle nothing: there is nowhere else to keep it. */
export interface Outage {
  /** Since when it knows of it; null: of none. */
  sinceMs: number | null;
  /** When it last tried to tell somebody, who may have taken it; null: nobody. */
  triedMs: number | null;
  /** Who has taken it, when, and which alerts were named to him; also after its end, so that what comes and goes is told once. */
  readonly told: Map<Channel, { readonly atMs: number; readonly named: readonly string[] }>;
}

export const newOutage = (): Outage => ({ sinceMs: null, triedMs: null, told: new Map() });

interface Found {
  readonly nowMs: number;
  readonly channels: readonly Channel[];
  /** Alerts that fire, and that nobody can be told of in the ordinary way. */
  readonly firing: readonly string[];
  /** What was noted of Redis. */
  readonly noted: readonly string[];
}

/**
 * What is to be told directly; null: who is there knows it. Firing alerts are named in it rather than sent: nobody could keep that they were told, and
 * so end them.
 */
export function outageFound(
  { sinceMs, told }: Outage,
  { nowMs, channels, firing, noted }: Found,
): Notification | null {
  const to = channels.filter((channel) => {
    const last = told.get(channel);
    if (!last || nowMs - last.atMs >= bounds.outageAgainMs) return true;
    return firing.some((name) => !last.named.includes(name));
  });
  if (to.length === 0) return null;
  const says = [
    'No alert is evaluated, and no purge is looked after.',
    `Look at Redis${noted.length > 0 ? ` (${noted.join(', ')})` : ''}: does it answer, and has it room?`,
    ...(firing.length > 0 ? [`Firing besides: ${firing.join(', ')}.`] : []),
  ].join(' ');
  const slotMs = nowMs - (nowMs % bounds.outageAgainMs);
  // Whatever isolate it comes from.
  const id = [
    notRolledUp,
    'firing',
    slotMs,
    ...(firing.length > 0 ? [fingerprint({ firing: firing.join() })] : []),
  ];
  return {
    ...about,
    says,
    to,
    id: id.join('/'),
    is: 'firing',
    atMs: nowMs,
    alerts: [open(sinceMs ?? nowMs)],
  };
}

/** Keeps who has taken it. */
export function outageTold(outage: Outage, channels: readonly Channel[], { nowMs, firing }: Found): void {
  for (const channel of channels) {
    const last = outage.told.get(channel);
    const before = last && nowMs - last.atMs < bounds.outageAgainMs ? last.named : [];
    outage.told.set(channel, { atMs: nowMs, named: [...new Set([...before, ...firing])] });
  }
}

/** Forgets it, once its end is settled; unless it was told of anew meanwhile, after `triedMs`. */
export function outageSettled(outage: Outage, triedMs: number | null): void {
  if (outage.triedMs === triedMs) Object.assign(outage, { sinceMs: null, triedMs: null });
}

/** What is told by the first tick that settles; null: nobody can have been told anything, or it was told that it is over. */
export function outageEnded(
  { history, outageEndedMs }: Pick<AlertsState, 'history' | 'outageEndedMs'>,
  { sinceMs, triedMs }: Pick<Outage, 'sinceMs' | 'triedMs'>,
  nowMs: number,
): Notification | null {
  const endedMs = outageEndedMs === null || isOfFuture(outageEndedMs, nowMs) ? 0 : outageEndedMs;
  const isKnown = triedMs !== null && triedMs > endedMs;
  if (!isKnown && !isGap(history, nowMs)) return null;
  const says = 'Alerts are evaluated again, and purges looked after.';
  const ended = { ...open(sinceMs ?? history.atMs.at(-1) ?? nowMs), endedMs: nowMs };
  return {
    ...about,
    says,
    to: [],
    id: `${notRolledUp}/resolved/${nowMs}`,
    is: 'resolved',
    atMs: nowMs,
    alerts: [ended],
  };
}

/** Whether nothing was settled for so long that another isolate may have told so: for minutes, and where a tick was due that is not there. */
function isGap({ atMs }: History, nowMs: number): boolean {
  const latest = atMs.slice(-bounds.outageTicks - 1);
  const apart = latest.slice(1).map((ms, i) => ms - latest[i]!);
  const usualMs = apart.toSorted((a, b) => a - b)[Math.floor(apart.length / 2)];
  if (usualMs === undefined) return false;
  return nowMs - latest.at(-1)! >= Math.max(bounds.outageGapMs, 1.5 * usualMs);
}

const about = {
  name: notRolledUp,
  severity: 'critical',
  value: null,
  comparison: 'above',
  bound: 0,
  triedMs: null,
  round: 0,
} as const;
const open = (sinceMs: number) => ({ sinceMs, labels: notRolledUpLabels, endedMs: null });
