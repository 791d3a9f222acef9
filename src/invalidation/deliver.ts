import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import { applyPurge } from '../engine/purge.ts';
import { countedCall, noteStoreFailure } from '../engine/store-call.ts';
import { type Message, verification } from '../queue/message.ts';
import { StoreError, type VerificationState } from '../store/port.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import { erase, isErased } from './erase.ts';

/** Carries out what a delivery says. False: deliver it again. */
export async function deliver(context: Context, message: Message, attempt: number): Promise<boolean> {
  try {
    return await carryOut(context, message, attempt);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    context.notes.noted.add('receipt-failed');
    noteStoreFailure(context.notes, error);
    return false;
  }
}

async function carryOut(context: Context, message: Message, attempt: number): Promise<boolean> {
  const { step, order, round } = message;
  if (step === 'verify' && (await isErased(context, order))) return verify(context, message, attempt);
  // Before an erasure too: what is deleted one by one must not be served meanwhile.
  const via = step === 'verify' ? 'verification' : 'delivery';
  if (!(await applyPurge(context, order, { via, attempt }))) return false;
  if (step === 'apply') return true;
  if (!(await erase(context, order))) return false;
  // A look goes on with an erasure whose own messages were lost, or that takes long; the receipt is verified at its end.
  return step === 'erase' || publish(context, [verification(order, { round })]);
}

/**
 * The receipt is written by the script that purges: where it still stands, so does the purge. Where it does not, a
 * failover lost both, or Redis was down until now: the purge is applied, or applied again.
 */
async function verify(context: Context, { order, round }: Message, attempt: number): Promise<boolean> {
  const { isolate, notes } = context;
  const state = await verifyReceipt(context, order);
  if (state.is === 'verified') return true;
  if (state.is === 'too-early')
    return publish(context, [verification(order, { round, afterMs: state.waitMs })]);
  const isLost = state.is === 'missing';
  if (isLost) notes.noted.add('purge-missing');
  if (isLost && round >= isolate.bounds.verifyRounds) {
    notes.noted.add('purge-unverified');
    return true;
  }
  if (!(await applyPurge(context, order, { via: 'verification', attempt }))) return false;
  return publish(context, [verification(order, { round: isLost ? round + 1 : round })]);
}

/** Rejects with `StoreError`. */
export async function verifyReceipt(context: Context, order: PurgeOrder): Promise<VerificationState> {
  const { store, names, clock, bounds, meter } = context.isolate;
  const { verifyAfterMs: afterMs } = bounds;
  const receipt = { id: order.id, names: names.receipt(order), nowMs: clock.now(), afterMs };
  const verified = await countedCall(context, () => store.receipts.verify(receipt));
  if (verified.is === 'verified') meter.add('purges', 1, 'verified');
  return verified;
}
