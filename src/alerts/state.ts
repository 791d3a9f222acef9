import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { severities } from '../strategy/alert-types.ts';
import { type History, historyShape, newHistory } from './history.ts';

const ms = z.int().min(0);
/** Of a strategy, and of classes that are being switched on. */
const MOST = bounds.alerts + bounds.rolloutAlerts;
/** With room for what is said before a class's name. */
const NAME_CHARS = bounds.classNameChars + 16;
const nameText = z.string().max(NAME_CHARS);
const labels = z.record(z.string().max(64), z.string().max(256));

export const standings = ['inactive', 'pending', 'firing', 'no-data'] as const;

/** Of whom receivers have been told, or will be: they know it by its labels. */
const open = z.object({
  sinceMs: ms,
  labels,
  /** They may have been: what was kept of it cannot be read. */
  isAssumed: z.literal(true).optional(),
});

const standing = z.object({
  state: z.enum(standings),
  /** In this state. */
  sinceMs: ms,
  /** Beyond the bound without a break, pending or firing; null: it is not. */
  activeMs: ms.nullable(),
  /** Since when one that fires is not beyond its bound, and is kept so; null: it is. */
  calmMs: ms.nullable().default(null),
  /** Which alert this is of: one that means something else begins anew. Absent: another version has kept it. */
  digest: z.string().max(32).optional(),
  value: z.number().nullable(),
  /** When it last was resolved. */
  resolvedMs: ms.nullable(),
  told: z.object({ firing: open.nullable(), noData: open.nullable() }),
});

export const channels = ['webhook', 'slack'] as const;

const notification = z.object({
  /** The same however often it is sent. */
  id: z.string().max(128),
  name: nameText,
  is: z.enum(['firing', 'resolved', 'no-data', 'back']),
  atMs: ms,
  value: z.number().nullable(),
  comparison: z.enum(['above', 'below']),
  bound: z.number(),
  severity: z.enum(severities),
  says: z.string().max(bounds.alertSaysChars),
  /** What begins or ends for receivers. */
  alerts: z
    .array(open.extend({ endedMs: ms.nullable() }))
    .min(1)
    .max(2),
  /** Where it is still to be sent. */
  to: z.array(z.enum(channels)).max(channels.length),
  triedMs: ms.nullable(),
  /** How often the queue has given it up. */
  round: z.int().min(0).max(9_999).default(0),
});

const handedOver = z.object({
  name: nameText,
  channel: z.enum(channels),
  /** By then the queue has delivered it or given it up: what comes next of this alert to this channel waits so long. */
  untilMs: ms,
  /** Until nobody would be helped by it any more: the queue may report that it has given it up. Absent: another version handed it over. */
  notification: notification.optional(),
});
/** All that there can be at a time; of those that the queue has most likely delivered the latest. */
export const mostHandedOver = MOST * channels.length;
/** All of those may come back before the cron, which says what it drops, comes to it. */
const mostUnsent = bounds.alertsUnsent + mostHandedOver;

type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;
/** A part of what the cron keeps; another version of the Worker may have written it. */
export interface AlertsState {
  readonly history: History;
  readonly alerts: Readonly<Record<string, AlertStanding>>;
  /** What nobody has taken yet, oldest first. */
  readonly outbox: readonly Notification[];
  readonly handedOver: readonly HandedOver[];
  /** When it was last told that the cron settles again; null: never, or another version has kept this. */
  readonly outageEndedMs: number | null;
}
export type AlertStanding = Deep<z.infer<typeof standing>>;
export type OpenAlert = Deep<z.infer<typeof open>>;
export type Notification = Deep<z.infer<typeof notification>>;
export type HandedOver = Deep<z.infer<typeof handedOver>>;
export type Channel = (typeof channels)[number];

export const newAlertsState: AlertsState = {
  history: newHistory,
  alerts: {},
  outbox: [],
  handedOver: [],
  outageEndedMs: null,
};

/** What was kept, each part and item by itself: what can be read is not lost for what cannot. */
export function readAlertsState(kept: unknown): {
  readonly state: AlertsState;
  /** Whose standing is lost: these, or anybody's; null: nothing is. */
  readonly lost: ReadonlySet<string> | 'all' | null;
} {
  if (kept === undefined) return { state: newAlertsState, lost: null };
  const parts: Partial<z.infer<typeof partsShape>> = partsShape.safeParse(kept).data ?? {};
  const history = historyShape.safeParse(parts.history).data;
  const [alerts, lost] = [new Map<string, AlertStanding>(), new Set<string>()];
  for (const [name, it] of Object.entries(parts.alerts ?? {}).slice(0, MOST)) {
    const read = standing.safeParse(it).data;
    if (read && name.length <= NAME_CHARS) alerts.set(name, read);
    else lost.add(name);
  }
  const outbox = readable(notification, parts.outbox, mostUnsent);
  const isWhole = history && outbox.length === parts.outbox?.length;
  return {
    state: {
      history: history ?? newHistory,
      alerts: Object.fromEntries(alerts),
      outbox,
      handedOver: readable(handedOver, parts.handedOver, mostHandedOver),
      outageEndedMs: parts.outageEndedMs ?? null,
    },
    lost: parts.alerts ? (isWhole && lost.size === 0 ? null : lost) : 'all',
  };
}

const partsShape = z.object({
  history: z.unknown(),
  alerts: z.record(z.string(), z.unknown()).optional().catch(undefined),
  outageEndedMs: ms.nullable().catch(null),
  outbox: z.array(z.unknown()).optional().catch(undefined),
  handedOver: z.array(z.unknown()).optional().catch(undefined),
});

const readable = <T>(shape: z.ZodType<T>, items: readonly unknown[] = [], most: number): T[] =>
  items
    .flatMap((it) => {
      const { data } = shape.safeParse(it);
      return data === undefined ? [] : [data];
    })
    .slice(-most);
