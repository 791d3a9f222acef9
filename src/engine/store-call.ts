import { StoreError } from '../store/port.ts';
import type { Context } from './context.ts';
import { type Notes, noteRemark, type Remark, remarkText } from './notes.ts';

/**
 * Every call of the store goes through here, except purges, receipts, the sweep that finishes them, and releases: the breaker may spare it, the
 * request's notes count it. A failure is `null`, never an absence; what it was stands in the notes.
 */
export async function callStore<T>(context: Context, call: () => Promise<T>): Promise<T | null> {
  const { breaker, meter } = context.isolate;
  if (!breaker.admits()) {
    context.notes.noted.add('redis-breaker-open');
    meter.add('breaker_spared', 1);
    return null;
  }
  const { ticket } = breaker;
  try {
    const reply = await countedCall(context, call);
    breaker.succeeded(ticket);
    return reply;
  } catch (error) {
    breaker.failed(ticket, remarkText(storeRemark(error)));
    return noteStoreFailure(context.notes, error);
  }
}

/** Any call of the store, whatever the breaker says, with the time that it took, or waited in vain. Rejects with `StoreError`. */
export async function countedCall<T>(
  { isolate: { clock }, notes }: Pick<Context, 'isolate' | 'notes'>,
  call: () => Promise<T>,
): Promise<T> {
  const fromMs = clock.now();
  notes.redisRequests += 1;
  notes.redisCommands += 1;
  try {
    return await call();
  } finally {
    notes.redisMs += clock.now() - fromMs;
  }
}

export function noteStoreFailure(notes: Notes, error: unknown): null {
  noteRemark(notes, storeRemark(error));
  return null;
}

function storeRemark(error: unknown): Remark {
  if (!(error instanceof StoreError)) return { note: 'redis-failed' };
  return { note: `redis-${error.kind}`, says: error.code ?? undefined };
}
