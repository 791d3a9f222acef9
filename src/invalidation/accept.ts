import type { Asking } from '../cache/asking.ts';
import { applyPurge, receiptOf } from '../cache/purge.ts';
import { publish } from '../cache/queue-call.ts';
import { following, whole } from '../queue/message.ts';
import { type PurgeOrder, settlingOrder } from '../strategy/purge-order.ts';
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
  const [queued] = await Promise.all([publish(asking, whole(order)), writeReceipt(asking, order)]);
  if (queued) {
    if (eager) asking.waitUntil(applyPurge(asking, order, { via: 'eager' }));
    return 'queued';
  }
  if (!(await applyPurge(asking, order, { via: 'direct' }))) return null;
  asking.waitUntil(followLater(asking, order));
  return 'applied';
}

/** A receipt that cannot be written yet is written by the purge itself. */
async function writeReceipt({ isolate, notes }: Asking, order: PurgeOrder): Promise<void> {
  try {
    notes.redisRequests += 1;
    await isolate.store.receipts.accept(receiptOf(isolate, order, isolate.clock.now()));
  } catch {
    notes.events.add('receipt-failed');
  }
}

/** What cannot be queued now the cron does: it verifies what is applied, finds a second purge by its receipt, and ends an erasure. */
async function followLater(asking: Asking, order: PurgeOrder): Promise<void> {
  if (order.erase) await erase(asking, order);
  if (await publish(asking, following(order))) return;
  if (order.settleMs > 0) await writeReceipt(asking, settlingOrder(order));
}
