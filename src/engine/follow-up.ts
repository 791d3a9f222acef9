import { followUpPublications } from '../queue/message.ts';
import { type PurgeOrder, settlingOrder } from '../strategy/purge-order.ts';
import type { Asking } from './context.ts';
import { receiptOf } from './purge.ts';
import { publish } from './queue-call.ts';

/**
 * Sees to what follows a purge that was applied. What the queue does not take the cron does: it verifies what is applied,
 * and finds the second purge of one that settles by its receipt.
 */
export async function follow(asking: Asking, order: PurgeOrder): Promise<void> {
  if (await publish(asking, followUpPublications(order))) return;
  if (order.settleMs > 0) await writeReceipt(asking, settlingOrder(order));
}

/** As accepted. One that cannot be written yet is written by the purge itself. */
export async function writeReceipt({ isolate, notes }: Asking, order: PurgeOrder): Promise<void> {
  notes.redisRequests += 1;
  try {
    await isolate.store.receipts.accept(receiptOf(isolate, order, isolate.clock.now()));
  } catch {
    notes.events.add('receipt-failed');
  }
}
