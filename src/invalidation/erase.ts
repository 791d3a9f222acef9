import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import { advanced, type Erasure, readErasure, type Search, searchesFor, writeErasure } from './erasure.ts';

/**
 * One step of a physical erasure: scans on from where the last one ended, deletes what is the tenant's, keeps how far it
 * came, and hands on. Deliveries may come twice and meet: whoever finds that another has moved on ends. False: again.
 */
export async function erase(context: Context, order: PurgeOrder): Promise<boolean> {
  const { isolate, notes } = context;
  const { receipts } = isolate.store;
  const key = isolate.names.erasure(order.id);
  const searches = searchesFor(order, isolate.names);
  const untilMs = isolate.clock.now() + isolate.bounds.eraseStepMs;
  try {
    let [kept = null] = await receipts.read([key]);
    let at = readErasure(kept);
    while (at.state === 'running') {
      if (isolate.clock.now() >= untilMs) return await handOn(context, order);
      const next = await part(context, at, searches);
      const value = writeErasure(next);
      const mine = await receipts.swap({ key, expected: kept, value, lifeMs: isolate.bounds.receiptMs });
      if (!mine) return true;
      [kept, at] = [value, next];
    }
    await receipts.remove([isolate.names.last({ tenant: order.tenant!, user: '' })]);
    return true;
  } catch {
    notes.events.add('erase-failed');
    return false;
  }
}

/** Whether there is nothing left to erase. Rejects with `StoreError`. */
export async function isErased({ isolate }: Context, { id, erase }: PurgeOrder): Promise<boolean> {
  if (!erase) return true;
  const [kept = null] = await isolate.store.receipts.read([isolate.names.erasure(id)]);
  return readErasure(kept).state === 'done';
}

/** Without a queue the cron goes on. */
async function handOn(context: Context, order: PurgeOrder): Promise<boolean> {
  if (!context.isolate.queue) return true;
  return publish(context, [{ message: { step: 'erase', order, round: 0 } }]);
}

async function part(context: Context, at: Erasure, searches: readonly Search[]): Promise<Erasure> {
  const { isolate, notes } = context;
  const { receipts } = isolate.store;
  const search = searches[at.search]!;
  notes.redisRequests += 1;
  const { cursor, names } = await receipts.scan({
    cursor: at.cursor,
    match: search.match,
    count: isolate.bounds.scanCount,
  });
  const theirs = names.filter((name) => search.belongs(name) === true);
  const looked = await lookInto(
    context,
    names.filter((name) => search.belongs(name) === 'look'),
    search,
  );
  const deleted = await receipts.remove([...theirs, ...looked]);
  return advanced(at, cursor, names.length, deleted, searches.length);
}

/** Those whose value says that they are the tenant's. */
async function lookInto(
  { isolate }: Context,
  names: readonly string[],
  { holds, lookAtOnce }: Search,
): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < names.length; from += lookAtOnce) {
    const some = names.slice(from, from + lookAtOnce);
    const values = await isolate.store.receipts.read(some);
    found.push(...some.filter((_, i) => holds(values[i] ?? '')));
  }
  return found;
}
