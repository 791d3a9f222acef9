import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { severities } from '../strategy/alert-types.ts';
import { historyShape, newHistory } from './history.ts';

const ms = z.int().min(0);
const nameText = z.string().max(64);
const labels = z.record(z.string().max(64), z.string().max(256));

export const standings = ['inactive', 'pending', 'firing', 'no-data'] as const;

/** Of whom receivers have been told, or will be: they know it by its labels. */
const open = z.object({ sinceMs: ms, labels });

const standing = z.object({
  state: z.enum(standings),
  /** In this state. */
  sinceMs: ms,
  /** Beyond the bound without a break, pending or firing; null: it is not. */
  activeMs: ms.nullable(),
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
});

/** A part of what the cron keeps; another version of the Worker may have written it. */
const alertsStateShape = z.object({
  history: historyShape,
  alerts: z.record(nameText, standing).refine((it) => Object.keys(it).length <= bounds.alerts),
  /** What nobody has taken yet, oldest first. */
  outbox: z.array(notification).max(bounds.alertsUnsent),
});

type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;
export type AlertsState = Deep<z.infer<typeof alertsStateShape>>;
export type AlertStanding = Deep<z.infer<typeof standing>>;
export type OpenAlert = Deep<z.infer<typeof open>>;
export type Notification = Deep<z.infer<typeof notification>>;
export type Channel = (typeof channels)[number];

export const newAlertsState: AlertsState = { history: newHistory, alerts: {}, outbox: [] };

/** What another version of the Worker may have kept. What cannot be read begins anew. */
export function readAlertsState(kept: unknown): {
  readonly state: AlertsState;
  readonly isUnreadable: boolean;
} {
  if (kept === undefined) return { state: newAlertsState, isUnreadable: false };
  const { data } = alertsStateShape.safeParse(kept);
  return { state: data ?? newAlertsState, isUnreadable: data === undefined };
}
