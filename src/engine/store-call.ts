import { StoreError } from '../store/port.ts';
import { inSpan, type SpanAttributes, type SpanName } from '../telemetry/trace.ts';
import type { Context } from './context.ts';
import { type Notes, noteRemark, type Remark, remarkText } from './notes.ts';

/**
 * Every call of the store goes through here, except purges, receipts, the sweep that finishes them, and releases: the breaker may spare it, the
 * request's notes count it, and its trace has a span of it. A failure is `null`, never an absence; what it was stands in the notes.
 */
export async function callStore<T>(
  context: Context,
  call: () => Promise<T>,
  { span: name = 'lookup', says = () => ({}) }: InTrace<T> = {},
): Promise<T | null> {
  const { breaker, meter } = context.isolate;
  if (!breaker.admits()) {
    context.notes.noted.add('redis-breaker-open');
    meter.add('breaker_spared', 1);
    return null;
  }
  const { ticket } = breaker;
  try {
    const reply = await inSpan(context, name, async (span) => {
      span.set({ result: 'failed' });
      const it = await countedCall(context, call);
      span.set({ result: 'answered', ...says(it) });
      return it;
    });
    breaker.succeeded(ticket);
    return reply;
  } catch (error) {
    breaker.failed(ticket, remarkText(storeRemark(error)));
    return noteStoreFailure(context.notes, error);
  }
}

/** What a call is in the trace. */
interface InTrace<T> {
  /** Default `lookup`. */
  readonly span?: SpanName;
  /** Of the reply. */
  readonly says?: (reply: T) => SpanAttributes;
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
