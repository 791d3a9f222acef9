import { following } from '../queue/message.ts';
import { type PurgeOrder, settlingOrder } from '../strategy/purge-order.ts';
import type { Context } from './context.ts';
import { receiptOf } from './purge.ts';
import { publish } from './queue-call.ts';

/**
 * Sees to what follows a purge that was applied. What the queue does not take the cron does: it verifies what is applied,
 * and finds the second purge of one that settles by its receipt.
 */
export async function follow(context: Context, order: PurgeOrder): Promise<void> {
  if (await publish(context, following(order))) return;
  if (order.settleMs > 0) await writeReceipt(context, settlingOrder(order));
}

/** As accepted. One that cannot be written yet is written by the purge itself. */
export async function writeReceipt({ isolate, notes }: Context, order: PurgeOrder): Promise<void> {
  notes.redisRequests += 1;
  try {
    await isolate.store.receipts.accept(receiptOf(isolate, order, isolate.clock.now()));
  } catch {
    notes.events.add('receipt-failed');
  }
}
