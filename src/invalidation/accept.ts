import type { Context } from '../engine/context.ts';
import { followUp, publish, writeReceipt } from '../engine/follow-up.ts';
import { applyPurge } from '../engine/purge.ts';
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
  context: Context,
  order: PurgeOrder,
  { eager }: AcceptOptions,
): Promise<'queued' | 'applied' | null> {
  // Without a queue the purge is applied at once, and writes the receipt itself.
  const written = context.isolate.queue ? writeReceipt(context, order) : undefined;
  const [queued] = await Promise.all([publish(context, publicationsOf(order)), written]);
  if (queued) {
    if (eager) context.waitUntil(applyPurge(context, order, { via: 'eager' }));
    return 'queued';
  }
  if (!(await applyPurge(context, order, { via: 'direct' }))) return null;
  if (order.erase) context.waitUntil(erase(context, order));
  context.waitUntil(followUp(context, order));
  return 'applied';
}
