import { followUpPublications, type Publication } from '../queue/message.ts';
import { type PurgeOrder, settlingOrders } from '../strategy/purge-order.ts';
import type { Context } from './context.ts';
import { receiptOf } from './purge.ts';
import { countedCall, noteStoreFailure } from './store-call.ts';

/**
 * Sees to what follows a purge that was applied. What the queue does not take the cron does: it verifies what is applied,
 * and finds the second purge of one that settles by its receipt.
 */
export async function followUp(context: Context, order: PurgeOrder): Promise<void> {
  const settling = settlingOrders(order);
  context.isolate.meter.add('purges', settling.length, 'accepted');
  if (await publish(context, followUpPublications(order))) return;
  await Promise.all(settling.map((second) => writeReceipt(context, second)));
}

/** As accepted. One that cannot be written yet is written by the purge itself. */
export async function writeReceipt(context: Context, order: PurgeOrder): Promise<void> {
  const { isolate, notes } = context;
  const receipt = receiptOf(isolate, order, isolate.clock.now());
  try {
    await countedCall(context, () => isolate.store.receipts.accept(receipt));
  } catch (error) {
    notes.noted.add('receipt-failed');
    noteStoreFailure(notes, error);
  }
}

/** Every message to the queue goes through here. False where there is no queue, or it did not take them; the notes say so. */
export async function publish(
  { isolate, notes }: Pick<Context, 'isolate' | 'notes'>,
  publications: readonly Publication[],
): Promise<boolean> {
  if (!isolate.queue) return false;
  try {
    await isolate.queue.publish(publications);
    return true;
  } catch {
    notes.noted.add('queue-failed');
    return false;
  }
}
