import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import { applyPurge, receiptOf } from '../engine/purge.ts';
import { verification } from '../queue/message.ts';
import type { Message } from '../queue/port.ts';

/**
 * The queue has given a message up after all its tries. What it was about is tried once more here, for Redis may be back.
 * Else the purge is dead, which is counted, and an alert in the log; but it was acknowledged, so that it is published
 * again, ever more seldom, for a day: an outage may last longer than the queue's patience. False: nobody keeps it; the
 * queue is to report it again.
 */
export async function giveUp(context: Context, message: Message): Promise<boolean> {
  const { notes } = context;
  if (await applyPurge(context, message.order, { via: 'delivery' })) {
    // What else was to be done, to verify or to erase, the cron does: the receipt is open.
    notes.events.add(`${message.step}-undelivered`);
    return true;
  }
  notes.events.add('purge-dead');
  await bury(context, message);
  return isTooOld(context, message) || publishAgain(context, message);
}

async function bury(context: Context, { order }: Message): Promise<void> {
  const { isolate, notes } = context;
  const { receipts } = isolate.store;
  const nowMs = isolate.clock.now();
  notes.redisRequests += 1;
  try {
    if (!(await receipts.bury({ ...receiptOf(isolate, order, nowMs), nowMs }))) return;
    context.waitUntil(receipts.count(isolate.names.count('purge-dead')).catch(() => {}));
  } catch {
    notes.events.add('receipt-failed');
  }
}

const isTooOld = ({ isolate }: Context, { order }: Message) =>
  isolate.clock.now() - order.acceptedMs >= isolate.bounds.againUntilMs;

/** Whatever it was, a look that applies what never was, or the purge itself: the purge is what is owed, and a look at it. */
function publishAgain(context: Context, { step, order }: Message): Promise<boolean> {
  const { clock, bounds } = context.isolate;
  const ageMs = clock.now() - order.acceptedMs;
  const delayMs = Math.min(Math.max(ageMs / bounds.againShare, bounds.againAfterMs), bounds.againAtMostMs);
  const message = { step: step === 'erase' ? step : 'apply', order, round: 0 } as const;
  return publish(context, [
    { message, delayMs },
    verification(order, { afterMs: delayMs + bounds.verifyAfterMs }),
  ]);
}
