import * as z from 'zod';
import { bounds } from '../src/bounds.ts';
import { seconds } from './text.ts';

const time = z.iso.datetime({ offset: true });

/** What the edge says of a purge; `--json` passes on more than stands here. */
export const receiptShape = z.looseObject({
  purge_id: z.string(),
  source: z.string(),
  event_id: z.string().nullish(),
  whose: z.string().optional(),
  tenant: z.string().nullable(),
  tags: z.array(z.string()),
  classes: z.array(z.string()),
  users: z.array(z.string()),
  everything: z.boolean(),
  mode: z.enum(['hard', 'soft']),
  state: z.enum(['accepted', 'applied', 'verified', 'dead']),
  accepted_at: time,
  applied_at: time.nullable(),
  verified_at: time.nullable(),
  dead_at: time.nullable(),
  attempts: z.int(),
  applied_via: z.string().nullish(),
  /** How many of its names something was stored under; an edge of an earlier version does not say. */
  met: z.int().nullish(),
  events: z.array(z.string()).optional(),
  /** Whether the queue has it: `none`: the edge has no queue; `unknown`: the receipt does not tell. An older edge does not say. */
  queue: z.string().optional(),
  erasure: z
    .looseObject({ state: z.enum(['running', 'done']), scanned: z.int(), deleted: z.int() })
    .nullable(),
});

export type Receipt = z.infer<typeof receiptShape>;

/** Whether nothing is left to wait for: it is verified, what it was to delete is deleted, or the rest is the cron's. */
export const isDone = (receipt: Receipt): boolean => {
  const { state, erasure } = receipt;
  return erasure ? erasure.state === 'done' : state === 'verified' || isLeftToCron(receipt);
};

/** Whether it is applied, and it is known that no queue has taken the message that verifies it half a minute later. */
export const isLeftToCron = ({ state, applied_via, queue }: Receipt): boolean =>
  state === 'applied' &&
  (queue === undefined
    ? applied_via === 'direct' || applied_via === 'sweep'
    : queue === 'none' || queue === 'failed');

/** Why no queue has it. To have none is how an edge may be set up, and no failure. */
export const whyNoQueue = ({ queue }: Pick<Receipt, 'queue'>): string =>
  queue === 'none' ? 'this edge has no queue' : 'the queue did not take it';

/** How often the cron runs, as wrangler.toml says. */
const CRON_MS = 60_000;

/** By then the cron has verified what is left to it. */
export const CRON_MINUTES = (bounds.stuckMs + CRON_MS) / 60_000;

/** Milliseconds after its acceptance, by the edge's own clock; null: not, or not yet. */
export const afterMs = ({ accepted_at }: Receipt, at: string | null): number | null =>
  at === null ? null : Date.parse(at) - Date.parse(accepted_at);

/** `verified after 31 s`, `accepted`; what took no time is told without one. */
export function howFar(receipt: Receipt): string {
  const { state } = receipt;
  const at = {
    accepted: null,
    applied: receipt.applied_at,
    verified: receipt.verified_at,
    dead: receipt.dead_at,
  }[state];
  const ms = afterMs(receipt, at);
  return ms === null || ms < 50 ? state : `${state} after ${seconds(ms)}`;
}
