import * as z from 'zod';
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
  erasure: z
    .looseObject({ state: z.enum(['running', 'done']), scanned: z.int(), deleted: z.int() })
    .nullable(),
});

export type Receipt = z.infer<typeof receiptShape>;

/** Nothing is left to wait for: it counts for good, or what it was to delete is deleted. */
export const isDone = ({ state, erasure }: Receipt): boolean =>
  erasure ? erasure.state === 'done' : state === 'verified';

/** How long after its acceptance, by the edge's own clock; null: not, or not yet. */
export const afterMs = ({ accepted_at }: Receipt, at: string | null): number | null =>
  at === null ? null : Date.parse(at) - Date.parse(accepted_at);

/** `verified after 31 s`, `accepted`. */
export function howFar(receipt: Receipt): string {
  const { state } = receipt;
  const at = {
    accepted: null,
    applied: receipt.applied_at,
    verified: receipt.verified_at,
    dead: receipt.dead_at,
  }[state];
  const ms = afterMs(receipt, at);
  return ms === null ? state : `${state} after ${seconds(ms)}`;
}
