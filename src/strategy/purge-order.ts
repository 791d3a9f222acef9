import * as z from 'zod';
import { bounds } from '../bounds.ts';

/** So that an id is never taken for a flag of a command, and is known for what it is wherever it turns up. */
export const purgeId = (unique: string): string => `pur_${unique}`;

const text = (bytes: number) => z.string().min(1).max(bytes);
const name = text(bounds.keyParamBytes);

/**
 * One purge, as it travels: made where it is accepted, carried by the queue, kept in the receipt. It names what shall be
 * unusable, never a nonce: those are made anew by each execution.
 */
const shape = z
  .strictObject({
    /** The same for every try of the same purge: it is marked applied by it. */
    id: z.string().regex(/^[A-Za-z0-9_-]{8,128}$/),
    /** A webhook's source, `admin:<token's name>` or `write-through`. */
    source: name,
    /** The sender's own id of the event, where it has one. */
    eventId: text(bounds.keyParamBytes).nullable(),
    /** `tenant`: of the one named; `public`: of data without a tenant; `everyone`: classes over all tenants. */
    whose: z.enum(['tenant', 'public', 'everyone']),
    tenant: name.nullable(),
    /** With raw values in them, `invoice:inv_0001`. */
    tags: z.array(text(bounds.tagBytes)).max(bounds.targetsPerOrder),
    classes: z.array(name).max(bounds.targetsPerOrder),
    users: z.array(name).max(bounds.targetsPerOrder),
    /** All that the tenant has. */
    everything: z.boolean(),
    /** Beside `everything`: also deletes it from Redis. */
    erase: z.boolean(),
    mode: z.enum(['hard', 'soft']),
    /** Milliseconds since the epoch. */
    acceptedMs: z.int().min(0),
    /** Purged once more this much later, for origins that do not read their own commits at once; 0 not. */
    settleMs: z.int().min(0),
  })
  .readonly();

export type PurgeOrder = z.infer<typeof shape>;

export const purgeOrder = shape.superRefine((it, ctx) => {
  const issue = (field: keyof PurgeOrder, message: string) =>
    ctx.addIssue({ code: 'custom', path: [field], message });
  if ((it.whose === 'tenant') !== (it.tenant !== null))
    issue('tenant', 'goes with whose: tenant, and with that alone');
  if (it.whose === 'everyone' && (it.tags.length + it.users.length > 0 || it.everything))
    issue('whose', 'everyone goes with classes alone');
  if (it.whose === 'public' && it.users.length > 0) issue('users', 'public data is kept for no user');
  if (it.erase && !(it.everything && it.whose === 'tenant'))
    issue('erase', 'goes with everything of a tenant');
});

/** What of a purge says what it is for; the rest has a value that says nothing. */
type Needed = Pick<PurgeOrder, 'id' | 'source' | 'whose' | 'tenant' | 'acceptedMs'>;

export const orderOf = (given: Needed & Partial<PurgeOrder>): PurgeOrder => ({
  eventId: null,
  tags: [],
  classes: [],
  users: [],
  everything: false,
  erase: false,
  mode: 'hard',
  settleMs: 0,
  ...given,
});

/** The second purge of one that settles: a purge of its own, with a mark of its own. */
export const settlingOrder = (order: PurgeOrder): PurgeOrder => ({
  ...order,
  id: `${order.id}-settle`,
  erase: false,
  acceptedMs: order.acceptedMs + order.settleMs,
  settleMs: 0,
});
