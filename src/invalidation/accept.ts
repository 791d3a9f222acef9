import type { Asking } from '../engine/context.ts';
import { follow, writeReceipt } from '../engine/follow-up.ts';
import { applyPurge } from '../engine/purge.ts';
import { publish } from '../engine/queue-call.ts';
import { publicationsOf } from '../queue/message.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import { erase } from './erase.ts';

export interface AcceptOptions {
  /** Also apply it at once, beside the queue; twice is harmless, because its id marks it. */
  readonly eager: boolean;
}

/**
 * Takes a purge on: from here on it is final. `queued`: the queue will deliver it until it is applied. `applied`: the queue
 * could not be had, so it was applied at once. Null: neither, and whoever asked must ask again.
 */
export async function accept(
  asking: Asking,
  order: PurgeOrder,
  { eager }: AcceptOptions,
): Promise<'queued' | 'applied' | null> {
  // Without a queue the purge is applied at once, and writes the receipt itself.
  const written = asking.isolate.queue ? writeReceipt(asking, order) : undefined;
  const [queued] = await Promise.all([publish(asking, publicationsOf(order)), written]);
  if (queued) {
    if (eager) asking.waitUntil(applyPurge(asking, order, { via: 'eager' }));
    return 'queued';
  }
  if (!(await applyPurge(asking, order, { via: 'direct' }))) return null;
  if (order.erase) asking.waitUntil(erase(asking, order));
  asking.waitUntil(follow(asking, order));
  return 'applied';
}
