import type { Asking } from '../cache/asking.ts';
import { receiptOf } from '../cache/purge.ts';
import { publish } from '../cache/queue-call.ts';
import type { Message } from '../queue/port.ts';

/**
 * The queue has given a message up after all its tries. A purge is then dead, which is counted, and an alert in the log;
 * but it was acknowledged, so that it is published again, ever more seldom, for a day: an outage of Redis may last longer
 * than the queue's patience. False: neither could be done; the queue is to report it again.
 */
export async function giveUp(asking: Asking, message: Message): Promise<boolean> {
  const { notes } = asking;
  const dead = await bury(asking, message);
  // What was applied by another way the cron looks after from here on.
  if (dead === false) {
    notes.events.add(`${message.step}-undelivered`);
    return true;
  }
  notes.events.add('purge-dead');
  const again = await publishAgain(asking, message);
  return again || dead === true;
}

/** True: dead. False: it was applied by another way. Null: Redis could not be asked. */
async function bury({ isolate, notes, waitUntil }: Asking, { order }: Message): Promise<boolean | null> {
  const { receipts } = isolate.store;
  const nowMs = isolate.clock.now();
  notes.redisRequests += 1;
  try {
    const dead = await receipts.bury({ ...receiptOf(isolate, order, nowMs), nowMs });
    const name = isolate.names.count(dead ? 'purge-dead' : 'undelivered');
    waitUntil(receipts.count(name).catch(() => {}));
    return dead;
  } catch {
    notes.events.add('receipt-failed');
    return null;
  }
}

async function publishAgain(asking: Asking, { step, order }: Message): Promise<boolean> {
  const { clock, bounds } = asking.isolate;
  const ageMs = clock.now() - order.acceptedMs;
  if (ageMs >= bounds.againUntilMs) return false;
  const delayMs = Math.min(Math.max(ageMs, bounds.againAfterMs), bounds.againAtMostMs);
  // Whatever it was, a look that applies what never was, or the purge itself: the purge is what is owed.
  const message = { step: step === 'erase' ? step : 'apply', order, round: 0 } as const;
  return publish(asking, [{ message, delayMs }]);
}
