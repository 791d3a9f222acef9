import { parseCacheGroups } from '../http/cache-groups.ts';
import type { Identity } from '../identity/identity.ts';
import { publicationsOf } from '../queue/message.ts';
import type { Purge, Purged } from '../store/port.ts';
import type { Purges } from '../strategy/event.ts';
import { joined, orderOf, type Part, type PurgeOrder, purgeId } from '../strategy/purge-order.ts';
import type { ForwardDetail } from '../telemetry/outcome.ts';
import type { Context } from './context.ts';
import { followUp, publish } from './follow-up.ts';
import { applyPurge } from './purge.ts';

/** What a write makes wrong, whatever the origin's answer names besides. */
export interface Changed {
  readonly tags: readonly string[];
  /** Null: public data. */
  readonly owner: Identity | null;
  readonly settleMs: number;
  /** Events of the strategy that it comes to, and what each purges. Default none. */
  readonly events?: readonly EventOfWrite[];
  /** Where more groups are named than can be told apart, all of this class; default: all that its owner has. */
  readonly ofClass?: string;
  /** Default hard. */
  readonly mode?: 'soft';
  /** Where none of its tags has a generation nothing is stored under them; only what is on its way may come to name them, which `last` tells. */
  readonly ifAnyExists?: true;
}

export interface EventOfWrite {
  readonly name: string;
  readonly purges: Purges;
}

/** RFC 9875 §3: groups that the origin says are to be invalidated; too many to tell apart are all. */
export type ChangedGroups = readonly string[] | 'all';

/** What cannot be read purges nothing; it is noted, because the origin meant something. */
export function changedGroups({ notes }: Context, headers: Pick<Headers, 'get'>): ChangedGroups {
  const groups = parseCacheGroups(headers.get('Cache-Group-Invalidation'));
  if (groups === 'too-many') return 'all';
  if (groups !== 'malformed') return groups;
  notes.noted.add('cache-group-invalidation-malformed');
  return [];
}

/** `queued`: the queue has it. `pending`: it is tried again here, while the platform lets it. */
export type AfterWrite = 'stored' | 'purged' | 'queued' | 'pending';

/** What became of the write's answer that the purge was to store. */
export const resultOfStoring = (purged: AfterWrite): 'stored' | 'overtaken' | 'failed' =>
  purged === 'stored' ? 'stored' : purged === 'purged' ? 'overtaken' : 'failed';

/** What the caller is told of a purge that was not applied before the answer. */
export const detailAfterWrite: Partial<Record<AfterWrite, ForwardDetail>> = {
  queued: 'purge-queued',
  pending: 'purge-pending',
};

/** What a write changes is purged before its answer leaves; where that fails, by the queue: the write stands in any case. */
export async function purgeAfterWrite(
  context: Context,
  changed: Changed,
  groups: ChangedGroups,
  entryToStore?: Purge['entryToStore'],
): Promise<AfterWrite> {
  // One id for all tries: the store then knows whether one whose reply was lost had been applied.
  const order = orderOfWrite(context, changed, groups);
  // A group may be named by nothing but an answer, so that nobody knows what bears it.
  const ifAnyExists = changed.ifAnyExists === true && changed.mode !== 'soft' && groups.length === 0;
  const purged = await applyPurge(context, order, {
    via: 'write',
    ifAnyExists,
    ...(entryToStore && { entryToStore }),
  });
  if (purged?.applied === 'nothing') return 'purged';
  if (purged) {
    context.waitUntil(followUp(context, order));
    return purged.stored ? 'stored' : 'purged';
  }
  if (await publish(context, publicationsOf(order))) return 'queued';
  context.waitUntil(retry(context, order));
  return 'pending';
}

async function retry(context: Context, order: PurgeOrder): Promise<void> {
  const { clock, bounds } = context.isolate;
  for (const [i, ms] of bounds.purgeRetriesMs.entries()) {
    await clock.sleep(ms);
    if (await applyPurge(context, order, { via: 'write', attempt: i + 2 })) return followUp(context, order);
  }
  context.notes.noted.add('purge-lost');
}

/**
 * After a write that the origin may still be carrying out: a read may refill the older value after the first purge and
 * before the origin commits. Each is a purge of its own.
 */
export async function purgeAgain(context: Context, changed: Changed): Promise<void> {
  const { clock, bounds } = context.isolate;
  let purged: Purged | null = null;
  for (const ms of bounds.purgesAgainMs) {
    await clock.sleep(ms);
    const order = orderOfWrite(context, changed, []);
    purged = await applyPurge(context, order, { via: 'write' });
    if (purged === null) continue;
    context.notes.noted.add('purged-again');
    await followUp(context, order);
  }
  if (purged === null) context.notes.noted.add('purge-lost');
}

/**
 * Its own tags and the groups that the origin named, all of its class or owner only where these are too many; and what its events
 * purge, of whomever, in the same step.
 */
function orderOfWrite(
  { isolate }: Context,
  { tags, owner, settleMs, events = [], ofClass, mode }: Changed,
  groups: ChangedGroups,
): PurgeOrder {
  const isAll = groups === 'all';
  const own: Part = {
    whose: owner === null ? 'public' : 'tenant',
    tags: [...tags, ...(isAll ? [] : groups)],
    everything: isAll && ofClass === undefined,
    classes: isAll && ofClass !== undefined ? [ofClass] : [],
    users: [],
    mode: mode ?? 'hard',
  };
  const parts = [own];
  for (const { purges } of events) parts.push(purges); // guard: write-events
  const [{ whose, ...targets }, ...also] = joined(parts) as [Part, ...Part[]];
  isolate.meter.add('purges', 1, 'accepted');
  return orderOf({
    id: purgeId(isolate.nonce()),
    source: 'write-through',
    whose,
    tenant: owner?.tenant ?? null,
    acceptedMs: isolate.clock.now(),
    settleMs: Math.max(settleMs, ...events.map(({ purges }) => purges.settleMs)),
    events: events.map(({ name }) => name),
    ...targets,
    also,
  });
}
