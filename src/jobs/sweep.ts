import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import { applyPurge } from '../engine/purge.ts';
import { verifyReceipt } from '../invalidation/deliver.ts';
import { erase, isErased } from '../invalidation/erase.ts';
import { execution, publicationsOf } from '../queue/message.ts';
import { type Receipt, readReceipt } from '../store/receipt.ts';

/** How many receipts the sweep looked at, and what it did about them, for the log. */
export type Swept = Record<'looked' | 'published' | 'applied' | 'verified', number>;

/**
 * Looks after receipts that nobody has finished: accepted and never applied (the Worker or a message was lost), applied
 * and never verified, erasures that stand still. Rejects with `StoreError`.
 */
export async function sweep(context: Context): Promise<Swept> {
  const { bounds, clock } = context.isolate;
  const done = { looked: 0, published: 0, applied: 0, verified: 0 };
  const untilMs = clock.now() + bounds.sweepMs;
  // What was looked at is due later: each pass finds others, so that no receipt waits behind one that is done.
  while ((await sweepDue(context, done)) === bounds.sweptAtOnce && clock.now() < untilMs);
  if (context.isolate.queue && done.published + done.applied + done.verified > 0)
    context.notes.noted.add('queue-late');
  return done;
}

/** Looks after those that are due, as many as one pass takes. */
async function sweepDue(context: Context, done: Swept): Promise<number> {
  const { store, names, bounds, clock } = context.isolate;
  const open = names.openReceipts();
  const ids = await store.receipts.due({ open, untilMs: clock.now(), most: bounds.sweptAtOnce });
  const texts = await store.receipts.read(ids.map((id) => names.receiptKey(id)));
  done.looked += ids.length;
  await Promise.all(
    ids.map(async (id, i) => {
      const receipt = readReceipt(texts[i] ?? null);
      const did = receipt ? await lookAfter(context, receipt) : 'forgotten';
      if (did === 'published' || did === 'applied' || did === 'verified') done[did] += 1;
      // A verified receipt has left the list by itself.
      if (did === 'verified') return;
      const dueMs = did === 'forgotten' ? null : clock.now() + bounds.stuckMs;
      await store.receipts.reopen({ open, id, dueMs });
    }),
  );
  return ids.length;
}

async function lookAfter(context: Context, { order, state }: Receipt) {
  if (state === 'accepted') {
    if (await publish(context, publicationsOf(order))) return 'published';
    return (await applyPurge(context, order, { via: 'sweep' })) ? 'applied' : 'failed';
  }
  if (state === 'dead') return 'forgotten';
  if (await isErased(context, order)) return (await verifyReceipt(context, order)).is;
  // Its messages were lost, or there never was a queue.
  if (!(await publish(context, [execution('erase', order)]))) await erase(context, order);
  return 'erasing';
}
