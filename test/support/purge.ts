import { bounds } from '../../src/bounds.ts';
import { receiptOf } from '../../src/engine/purge.ts';
import type { Names } from '../../src/store/names.ts';
import type { Purge } from '../../src/store/port.ts';
import { orderOf, type PurgeOrder } from '../../src/strategy/purge-order.ts';

/** A purge as a delivery would apply it, of one tenant (null: of public data) and by an id of its own unless the test says otherwise. */
export async function purgeAsk(
  names: Names,
  nowMs: number,
  given: Partial<PurgeOrder> & { readonly tenant: string | null },
): Promise<Purge> {
  const order = orderOf({
    id: crypto.randomUUID(),
    source: 'test',
    whose: given.tenant === null ? 'public' : 'tenant',
    acceptedMs: nowMs,
    ...given,
  });
  return {
    ...(await names.purged(order)),
    receipt: receiptOf({ names, bounds }, order, nowMs),
    attempt: 1,
    via: 'delivery',
    mode: order.mode,
    nowMs,
    nonce: crypto.randomUUID(),
    softNonces: bounds.softNonces,
  };
}
