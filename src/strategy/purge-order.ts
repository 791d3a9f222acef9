import * as z from 'zod';
import { bounds } from '../bounds.ts';

/** The prefix keeps an id from being read as a flag of a command, and tells what it is wherever it turns up. */
export const purgeId = (unique: string): string => `pur_${unique}`;

/** Whether it may be one: of 16 random bytes, or the 24 of a hash. */
export const isPurgeId = (text: string): boolean => /^pur_[\w-]{22,32}$/.test(text);

const text = (bytes: number) => z.string().min(1).max(bytes);
const name = text(bounds.keyParamBytes);

const whose = z.enum(['tenant', 'public', 'everyone']);
/** Tags with raw values in them, `invoice:inv_0001`. */
const tags = z.array(text(bounds.tagBytes)).max(bounds.targetsPerOrder);
const names = z.array(name).max(bounds.targetsPerOrder);
const mode = z.enum(['hard', 'soft']);

/** What an order purges of one owner in one mode: of itself, or beside, in the same step. */
const part = z
  .strictObject({ whose, tags, classes: names, users: names, everything: z.boolean(), mode })
  .readonly();
export type Part = z.infer<typeof part>;

/**
 * One purge, as it travels: made where it is accepted, carried by the queue, kept in the receipt. It names what becomes
 * unusable, never a nonce: each execution makes its own.
 */
const shape = z
  .strictObject({
    /** One for all tries of a purge, which is marked applied by it. */
    id: z.string().regex(/^[A-Za-z0-9_-]{8,128}$/),
    /** As `wireOf` writes it: the order's source, and the events after it. */
    source: name,
    /** The sender's own id of the event, where it has one. */
    eventId: text(bounds.keyParamBytes).nullable(),
    /** `tenant`: of the one named; `public`: of data without a tenant; `everyone`: classes over all tenants. */
    whose,
    tenant: name.nullable(),
    tags,
    classes: names,
    users: names,
    /** Everything that the tenant has. */
    everything: z.boolean(),
    /** Beside `everything`: also deletes it from Redis. */
    erase: z.boolean(),
    mode,
    /** Milliseconds since the epoch. */
    acceptedMs: z.int().min(0),
    /** Purged once more this much later, for origins that do not read their own commits at once; 0 not. */
    settleMs: z.int().min(0),
    /** Of a write whose events purge what is another's, or softly: absent where there is none. */
    also: z.array(part).min(1).max(bounds.partsPerOrder).optional(),
  })
  .readonly();

type WireOrder = z.infer<typeof shape>;

export interface PurgeOrder extends Omit<WireOrder, 'also'> {
  /** A webhook's source, `admin:<token's name>`, `handler`, `write-through` or `guard`. */
  readonly source: string;
  /** Events of the strategy that made it. */
  readonly events: readonly string[];
  /** Beside a hard purge. */
  readonly also: readonly Part[];
}

/**
 * As it stands in the queue and in receipts. Events stand in `source`, `app#invoice_paid`, as many as fit: the version before knows
 * no field for them, and would refuse all of the order. Without events and further parts it is as that version writes it, to the byte.
 */
export function wireOf({ events, also, ...plain }: PurgeOrder): WireOrder {
  const source = events.reduce((text, event) => {
    const longer = `${text}${text === plain.source ? '#' : ','}${event}`;
    return longer.length <= bounds.keyParamBytes ? longer : text;
  }, plain.source);
  return { ...plain, source, ...(also.length > 0 && { also: [...also] }) };
}

export function orderFrom({ also = [], ...plain }: WireOrder): PurgeOrder {
  const [source = '', events = ''] = plain.source.split('#');
  return { ...plain, source, events: events === '' ? [] : events.split(','), also };
}

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
  const issue = (field: keyof WireOrder, message: string) =>
    ctx.addIssue({ code: 'custom', path: [field], message });
  if ((order.whose === 'tenant') !== (order.tenant !== null))
    issue('tenant', 'goes with whose: tenant, and with that alone');
  for (const { field, says } of faultsOfTargets(order)) issue(field, says);
  for (const part of order.also ?? []) {
    for (const { says } of faultsOfTargets({ ...part, erase: false })) issue('also', says);
    if (part.whose === 'tenant' && order.tenant === null) issue('also', 'names no tenant');
  }
  if (order.also && order.mode === 'soft') issue('also', 'goes with mode: hard');
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
  events: [],
  also: [],
  ...given,
});

/** Of names, as the queue's message has them. */
export const bytesOf = (names: readonly string[]): number =>
  new TextEncoder().encode(JSON.stringify(names)).length;

/** One part for each owner and mode; of more targets than an order takes, all that the owner has. Over all tenants there are only classes, which fit. */
export function joined(parts: readonly Part[]): Part[] {
  const groups = Map.groupBy(parts, ({ whose, mode }) => `${whose} ${mode}`);
  return [...groups.values()].map((group) => {
    const all = (field: 'tags' | 'classes' | 'users') => [...new Set(group.flatMap((it) => it[field]))];
    const { whose, mode } = group[0]!;
    const lists = { tags: all('tags'), classes: all('classes'), users: all('users') };
    const kinds = Object.values(lists);
    const tooMany =
      kinds.some(({ length }) => length > bounds.targetsPerOrder) || bytesOf(kinds.flat()) > bounds.partBytes;
    const everything = tooMany || group.some((it) => it.everything);
    return { whose, mode, everything, ...(tooMany ? { tags: [], classes: [], users: [] } : lists) };
  });
}

/**
 * One order for each part, each a purge of its own: in the queue, where the version before may get hold of it, which knows no parts.
 * None has the id of the whole: to have applied one is not to have applied the others.
 */
export const plainOrders = (order: PurgeOrder): PurgeOrder[] =>
  order.also.length === 0
    ? [order]
    : [order, ...order.also].map((part, i) => ({
        ...{ ...order, ...part, also: [] },
        id: `${order.id}-${i + 1}`,
        tenant: part.whose === 'tenant' ? order.tenant : null,
      }));

/** The second purges of one that settles: purges of their own, with marks of their own. */
export const settlingOrders = (order: PurgeOrder): PurgeOrder[] =>
  order.settleMs === 0
    ? []
    : plainOrders(order).map((plain) => ({
        ...plain,
        id: `${plain.id}-settle`,
        erase: false,
        acceptedMs: plain.acceptedMs + plain.settleMs,
        settleMs: 0,
      }));
