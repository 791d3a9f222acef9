import type { Purge, Purged, ReceiptToWrite, Via } from '../store/port.ts';
import { PUBLIC_TENANT } from '../strategy/key.ts';
import { type PurgeOrder, wireOf } from '../strategy/purge-order.ts';
import type { Context, Isolate } from './context.ts';
import { countedCall, noteStoreFailure } from './store-call.ts';

/** Who carries a purge out, how often it was tried, and what is stored in the same step. */
export interface Execution {
  readonly via: Via;
  /** Default 1. */
  readonly attempt?: number;
  readonly entryToStore?: Purge['entryToStore'];
  /** Replaces `last` alone, and writes no receipt, where none of its tags has a generation. */
  readonly ifAnyExists?: boolean;
}

/**
 * Applies a purge, whatever the breaker says. Null: it is not applied, or not marked as applied, and must be tried again;
 * by the same id, so that one whose reply was lost is not applied twice.
 */
export async function applyPurge(
  context: Pick<Context, 'isolate' | 'notes'>,
  order: PurgeOrder,
  { via, attempt = 1, entryToStore, ifAnyExists }: Execution,
): Promise<Purged | null> {
  const { isolate, notes } = context;
  const names = await isolate.names.purged(order);
  // Before and after: neither what this isolate holds nor a reply that is under way may outlive the purge.
  const forgotten = [...names.generationNames, ...(names.softNames ?? [])];
  isolate.l1.purge(forgotten);
  const nowMs = isolate.clock.now();
  try {
    const purged = await countedCall(context, () =>
      isolate.store.purge({
        ...names,
        receipt: receiptOf(isolate, order, nowMs),
        attempt,
        via,
        mode: order.mode,
        nowMs,
        nonce: isolate.nonce(),
        softNonces: isolate.bounds.softNonces,
        ...(entryToStore && { entryToStore }),
        ...(ifAnyExists && { ifAnyExists }),
      }),
    );
    countPurge(isolate, order, forgotten, purged);
    if (purged.applied !== 'deleted') return purged;
    // One more request: of each generation a RENAME, and a DEL of all.
    notes.redisRequests += 1;
    notes.redisCommands += forgotten.length + 1;
    notes.noted.add('purge-no-room');
    return null;
  } catch (error) {
    notes.noted.add('purge-failed');
    isolate.meter.add('purges', 1, 'failed');
    return noteStoreFailure(notes, error);
  } finally {
    isolate.l1.purge(forgotten);
  }
}

/** Once, when Redis says that it is applied now: one whose reply was lost is a try that failed, whatever came of it. */
function countPurge(
  { meter, clock }: Isolate,
  { tenant, whose, acceptedMs }: PurgeOrder,
  generationNames: readonly string[],
  { applied }: Purged,
): void {
  if (applied === 'deleted') meter.add('purges', 1, 'failed');
  if (applied === 'deleted' || applied === 'already') return;
  meter.add('purges', 1, 'applied');
  meter.observe('purge_applied', clock.now() - acceptedMs);
  meter.names.purge(generationNames, tenant ?? (whose === 'public' ? PUBLIC_TENANT : '@all'));
}

/** `nowMs`: when it is written; long after that, somebody must look after it. */
export function receiptOf(
  { names, bounds }: Pick<Isolate, 'names' | 'bounds'>,
  order: PurgeOrder,
  nowMs: number,
): ReceiptToWrite {
  return {
    id: order.id,
    names: names.receipt(order),
    order: JSON.stringify(wireOf(order)),
    acceptedMs: order.acceptedMs,
    dueMs: Math.max(nowMs, order.acceptedMs) + bounds.stuckMs,
    lifeMs: bounds.receiptMs,
  };
}
