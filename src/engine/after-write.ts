import { publicationsOf } from '../queue/message.ts';
import type { Purge } from '../store/port.ts';
import { orderOf, type PurgeOrder, purgeId } from '../strategy/purge-order.ts';
import type { Asking } from './context.ts';
import { follow } from './follow-up.ts';
import { applyPurge } from './purge.ts';
import { publish } from './queue-call.ts';
import type { Subject } from './subject.ts';

/** `queued`: the queue has it. `pending`: it is tried again here, while the platform lets it. */
export type AfterWrite = 'stored' | 'purged' | 'queued' | 'pending';

/** How often and when a purge that failed after a write is tried again where there is no queue, in milliseconds. */
const RETRY_AFTER_MS = [200, 1_000, 5_000, 15_000];

/**
 * When to purge again after a write that the origin may still be carrying out: the later steps of the retries. The
 * platform keeps background work for 30 s.
 */
const AGAIN_AFTER_MS = RETRY_AFTER_MS.slice(2);

/** What a write changes is purged before its answer leaves; where that fails, by the queue: the write stands in any case. */
export async function purgeWritten(
  asking: Asking,
  changed: Changed,
  groups: readonly string[] | 'all',
  store?: Purge['store'],
): Promise<AfterWrite> {
  // One id for all tries: the store then knows whether one whose answer was lost had been applied.
  const order = orderOfWrite(asking, changed, groups);
  // A group may be named by an answer alone, so that nobody knows what bears it.
  const ifKnown = changed.ifKnown === true && changed.mode !== 'soft' && groups.length === 0;
  const purged = await applyPurge(asking, order, { via: 'write', ifKnown, ...(store && { store }) });
  if (purged?.applied === 'nothing') return 'purged';
  if (purged) {
    asking.waitUntil(follow(asking, order));
    return purged.stored ? 'stored' : 'purged';
  }
  if (await publish(asking, publicationsOf(order))) return 'queued';
  asking.waitUntil(retry(asking, order));
  return 'pending';
}

async function retry(asking: Asking, order: PurgeOrder): Promise<void> {
  for (const [i, ms] of RETRY_AFTER_MS.entries()) {
    await asking.isolate.clock.sleep(ms);
    if (await applyPurge(asking, order, { via: 'write', attempt: i + 2 })) return follow(asking, order);
  }
  asking.notes.events.add('purge-lost');
}

/** A read may refill the older value after the first purge and before the origin commits. Each is a purge of its own. */
export async function purgeAgain(asking: Asking, changed: Changed): Promise<void> {
  const { isolate, notes } = asking;
  let purged: Awaited<ReturnType<typeof applyPurge>> = null;
  for (const ms of AGAIN_AFTER_MS) {
    await isolate.clock.sleep(ms);
    const order = orderOfWrite(asking, changed, []);
    purged = await applyPurge(asking, order, { via: 'write' });
    if (purged === null) continue;
    notes.events.add('purged-again');
    await follow(asking, order);
  }
  if (purged === null) notes.events.add('purge-lost');
}

/** What a write makes wrong, whatever its answer names besides. */
export interface Changed {
  readonly tags: readonly string[];
  /** Null: public data. */
  readonly owner: Subject['owner'];
  readonly settleMs: number;
  /** Where more groups are named than can be told apart, all of this class; default: all that its owner has. */
  readonly ofClass?: string;
  /** Default hard. */
  readonly mode?: 'soft';
  /** What has no generation needs no purge and no receipt: nothing is stored under it, and what is being fetched began later. */
  readonly ifKnown?: true;
}

export const changedBy = ({ cls, params, owner }: Subject): Changed => ({
  tags: cls.tagsOf(params),
  owner,
  settleMs: cls.settleMs,
});

/** Its own tags and the groups that the origin named; its whole tenant only where these are too many. */
function orderOfWrite(
  { isolate }: Asking,
  { tags, owner, settleMs, ofClass, mode }: Changed,
  groups: readonly string[] | 'all',
): PurgeOrder {
  return orderOf({
    id: purgeId(isolate.nonce()),
    source: 'write-through',
    whose: owner === null ? 'public' : 'tenant',
    tenant: owner?.tenant ?? null,
    tags: [...new Set([...tags, ...(groups === 'all' ? [] : groups)])],
    everything: groups === 'all' && ofClass === undefined,
    ...(groups === 'all' && ofClass !== undefined && { classes: [ofClass] }),
    ...(mode && { mode }),
    acceptedMs: isolate.clock.now(),
    settleMs,
  });
}
