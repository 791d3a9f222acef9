import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import { applyPurge } from '../engine/purge.ts';
import { verification } from '../queue/message.ts';
import type { Message } from '../queue/port.ts';
import { StoreError, type VerificationState } from '../store/port.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import { erase, isErased } from './erase.ts';

/** False: deliver it again. */
export async function deliver(context: Context, message: Message, attempt: number): Promise<boolean> {
  try {
    return await carryOut(context, message, attempt);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    context.notes.events.add('receipt-failed');
    return false;
  }
}

async function carryOut(context: Context, message: Message, attempt: number): Promise<boolean> {
  const { step, order } = message;
  switch (step) {
    case 'apply':
      return (await applyPurge(context, order, { via: 'delivery', attempt })) !== null;
    case 'verify':
      if (await isErased(context, order)) return verify(context, message, attempt);
      // Its own messages were lost, or it takes long: a receipt is verified when all is done that it says.
      if (!(await applyPurge(context, order, { via: 'verification', attempt }))) return false;
      return (
        (await erase(context, order)) && publish(context, [verification(order, { round: message.round })])
      );
    case 'erase':
      // Unusable first: what is deleted one by one must not be served meanwhile.
      if (!(await applyPurge(context, order, { via: 'delivery', attempt }))) return false;
      return erase(context, order);
  }
}

/**
 * The receipt is written by the script that purges: where it still stands, so does the purge. Where it does not, a
 * failover lost both, or Redis was down until now: the purge is applied, or applied again.
 */
async function verify(context: Context, { order, round }: Message, attempt: number): Promise<boolean> {
  const { isolate, notes } = context;
  const state = await stateOf(context, order);
  switch (state.is) {
    case 'verified':
      return true;
    case 'too-early':
      return publish(context, [verification(order, { round, afterMs: state.waitMs })]);
    case 'not-applied':
      return applyAndLookAgain(context, order, round, attempt);
    case 'missing':
      notes.events.add('purge-missing');
      if (round < isolate.bounds.verifyRounds) return applyAndLookAgain(context, order, round + 1, attempt);
      notes.events.add('purge-unverified');
      return true;
  }
}

async function applyAndLookAgain(
  context: Context,
  order: PurgeOrder,
  round: number,
  attempt: number,
): Promise<boolean> {
  if (!(await applyPurge(context, order, { via: 'verification', attempt }))) return false;
  return publish(context, [verification(order, { round })]);
}

/** Rejects with `StoreError`. */
export function stateOf({ isolate, notes }: Context, order: PurgeOrder): Promise<VerificationState> {
  notes.redisRequests += 1;
  return isolate.store.receipts.verify({
    id: order.id,
    names: isolate.names.receipt(order),
    nowMs: isolate.clock.now(),
    afterMs: isolate.bounds.verifyAfterMs,
  });
}
