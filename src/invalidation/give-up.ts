import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import { applyPurge, receiptOf } from '../engine/purge.ts';
import { countedCall, noteStoreFailure } from '../engine/store-call.ts';
import { execution, type Message, verification } from '../queue/message.ts';
import { plainOrders } from '../strategy/purge-order.ts';

/**
 * Takes over a message that the queue has given up after all its tries: applies its purge once more, for Redis may be
 * back. Else the purge is dead, which is counted, and an alert in the log; but it was acknowledged, so that it is published
 * again, ever more seldom, for a day: an outage may last longer than the queue's patience. False: that failed too; the
 * queue is to report the message again.
 */
export async function giveUp(context: Context, message: Message): Promise<boolean> {
  const { notes } = context;
  if (await applyPurge(context, message.order, { via: 'delivery' })) {
    // Whatever is left to verify or to erase, the cron does: the receipt is open.
    notes.noted.add(`${message.step}-undelivered`);
    return true;
  }
  notes.noted.add('purge-dead');
  await bury(context, message);
  return publishAgain(context, message);
}

async function bury(context: Context, { order }: Message): Promise<void> {
  const { isolate, notes } = context;
  const { receipts } = isolate.store;
  const nowMs = isolate.clock.now();
  const receipt = { ...receiptOf(isolate, order, nowMs), nowMs };
  try {
    if (!(await countedCall(context, () => receipts.bury(receipt)))) return;
    isolate.meter.add('purges', 1, 'dead');
    context.waitUntil(receipts.count(isolate.names.count('purge-dead')).catch(() => {}));
  } catch (error) {
    notes.noted.add('receipt-failed');
    noteStoreFailure(notes, error);
  }
}

/** True, too, a day after the acceptance: it is not published any more. Whatever the message was, the purge and a look at it are owed. */
async function publishAgain(context: Context, { step, order }: Message): Promise<boolean> {
  const { clock, bounds } = context.isolate;
  const ageMs = clock.now() - order.acceptedMs;
  if (ageMs >= bounds.againUntilMs) return true;
  const delayMs = Math.min(Math.max(ageMs / bounds.againShare, bounds.againAfterMs), bounds.againAtMostMs);
  const publications = plainOrders(order).flatMap((plain) => [
    execution(step === 'erase' ? 'erase' : 'apply', plain, delayMs),
    verification(plain, { afterMs: delayMs + bounds.verifyAfterMs }),
  ]);
  return publish(context, publications);
}
