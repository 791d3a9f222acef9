import * as z from 'zod';
import { bounds } from '../bounds.ts';

/** The prefix keeps an id from being read as a flag of a command, and tells what it is wherever it turns up. */
export const purgeId = (unique: string): string => `pur_${unique}`;

const text = (bytes: number) => z.string().min(1).max(bytes);
const name = text(bounds.keyParamBytes);

/**
 * One purge, as it travels: made where it is accepted, carried by the queue, kept in the receipt. It names what becomes
 * unusable, never a nonce: each execution makes its own.
 */
const shape = z
  .strictObject({
    /** One for all tries of a purge, which is marked applied by it. */
    id: z.string().regex(/^[A-Za-z0-9_-]{8,128}$/),
    /** A webhook's source, `admin:<token's name>` or `write-through`. */
    source: name,
    /** The sender's own id of the event, where it has one. */
    eventId: text(bounds.keyParamBytes).nullable(),
    /** `tenant`: of the one named; `public`: of data without a tenant; `everyone`: classes over all tenants. */
    whose: z.enum(['tenant', 'public', 'everyone']),
    tenant: name.nullable(),
    /** Tags with raw values in them, `invoice:inv_0001`. */
    tags: z.array(text(bounds.tagBytes)).max(bounds.targetsPerOrder),
    classes: z.array(name).max(bounds.targetsPerOrder),
    users: z.array(name).max(bounds.targetsPerOrder),
    /** Everything that the tenant has. */
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

/** The part of an order that says what becomes unusable. */
export interface Targets extends Pick<PurgeOrder, 'whose' | 'everything' | 'erase' | 'mode'> {
  readonly tags: readonly string[];
  readonly classes: readonly string[];
  readonly users: readonly string[];
}

export const namesNothing = ({ tags, classes, users, everything }: Targets) =>
  tags.length + classes.length + users.length === 0 && !everything;

/** Faults of targets that do not go together, each with its field. */
export function faultsOfTargets({ whose, tags, users, everything, erase, mode }: Targets) {
  const faults: { readonly field: 'whose' | 'users' | 'erase' | 'mode'; readonly says: string }[] = [];
  if (whose === 'everyone' && (tags.length + users.length > 0 || everything))
    faults.push({ field: 'whose', says: 'over all tenants only classes can be purged; name classes alone' });
  if (whose === 'public' && users.length > 0)
    faults.push({ field: 'users', says: 'public data is kept for no user; take it out' });
  if (erase && !(everything && whose === 'tenant'))
    faults.push({ field: 'erase', says: 'goes with everything: true of one tenant' });
  if (erase && mode === 'soft')
    faults.push({ field: 'mode', says: 'what is erased cannot be served stale; say hard' });
  return faults;
}

export const purgeOrder = shape.superRefine((order, ctx) => {
  const issue = (field: keyof PurgeOrder, message: string) =>
    ctx.addIssue({ code: 'custom', path: [field], message });
  if ((order.whose === 'tenant') !== (order.tenant !== null))
    issue('tenant', 'goes with whose: tenant, and with that alone');
  for (const { field, says } of faultsOfTargets(order)) issue(field, says);
});

/** The fields that every order must give; the others have a default. */
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
