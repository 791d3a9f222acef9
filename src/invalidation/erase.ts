import type { Context } from '../engine/context.ts';
import { publish } from '../engine/follow-up.ts';
import { countedCall, noteStoreFailure } from '../engine/store-call.ts';
import { execution } from '../queue/message.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import { advance, type Erasure, readErasure, type Search, searchesFor, writeErasure } from './erasure.ts';

/**
 * One step of a physical erasure: scans on from where the last one ended, deletes what is the tenant's, stores how far it
 * came, and hands on. Deliveries may come twice and meet: one that finds that another has moved on ends. False: deliver it again.
 */
export async function erase(context: Context, order: PurgeOrder): Promise<boolean> {
  const { isolate, notes } = context;
  const { receipts } = isolate.store;
  const key = isolate.names.erasure(order.id);
  const searches = searchesFor(order, isolate.names);
  const untilMs = isolate.clock.now() + isolate.bounds.eraseStepMs;
  try {
    let [stored = null] = await countedCall(context, () => receipts.read([key]));
    let at = readErasure(stored);
    while (at.state === 'running') {
      if (isolate.clock.now() >= untilMs) return await handOn(context, order);
      const next = await erasePart(context, at, searches);
      const value = writeErasure(next);
      const lifeMs = isolate.bounds.receiptMs;
      const swap = { key, expected: stored, value, lifeMs };
      const isMine = await countedCall(context, () => receipts.swap(swap));
      if (!isMine) return true;
      [stored, at] = [value, next];
    }
    const last = isolate.names.last({ tenant: order.tenant!, user: '' });
    await countedCall(context, () => receipts.remove([last]));
    return true;
  } catch (error) {
    notes.noted.add('erase-failed');
    noteStoreFailure(notes, error);
    return false;
  }
}

/** Whether there is nothing left to erase. Rejects with `StoreError`. */
export async function isErased(context: Context, { id, erase }: PurgeOrder): Promise<boolean> {
  if (!erase) return true;
  const { store, names } = context.isolate;
  const [stored = null] = await countedCall(context, () => store.receipts.read([names.erasure(id)]));
  return readErasure(stored).state === 'done';
}

/** Another delivery goes on; without a queue the cron does. */
const handOn = async (context: Context, order: PurgeOrder): Promise<boolean> =>
  !context.isolate.queue || publish(context, [execution('erase', order)]);

async function erasePart(context: Context, at: Erasure, searches: readonly Search[]): Promise<Erasure> {
  const { isolate } = context;
  const { receipts } = isolate.store;
  const search = searches[at.search]!;
  const part = { cursor: at.cursor, match: search.match, count: isolate.bounds.scanCount };
  const { cursor, names } = await countedCall(context, () => receipts.scan(part));
  const told = names.filter((name) => search.belongs(name) === true);
  const found = [...told, ...(await lookInto(context, names, search))];
  const deleted = await countedCall(context, () => receipts.remove(found));
  return advance(at, { cursor, scanned: names.length, deleted }, searches.length);
}

/** Of the names that do not tell, those whose value says that they are the tenant's. */
async function lookInto(
  context: Context,
  names: readonly string[],
  { belongs, holds, lookAtOnce }: Search,
): Promise<string[]> {
  const unclear = names.filter((name) => belongs(name) === 'look');
  const found: string[] = [];
  for (let from = 0; from < unclear.length; from += lookAtOnce) {
    const some = unclear.slice(from, from + lookAtOnce);
    const values = await countedCall(context, () => context.isolate.store.receipts.read(some));
    found.push(...some.filter((_, i) => holds(values[i] ?? '')));
  }
  return found;
}
