import { StoreError } from '../store/port.ts';
import type { Context } from './context.ts';
import type { Notes } from './notes.ts';

/**
 * Every call of the store goes through here, except purges, receipts, the sweep that finishes them, and releases: the breaker may spare it, the
 * request's notes count it. A failure is `null`, never an absence; what it was stands in the notes.
 */
export async function callStore<T>({ isolate, notes }: Context, call: () => Promise<T>): Promise<T | null> {
  if (!isolate.breaker.admits()) {
    notes.noted.add('redis-breaker-open');
    return null;
  }
  const fromMs = isolate.clock.now();
  notes.redisRequests += 1;
  try {
    const reply = await call();
    isolate.breaker.succeeded();
    return reply;
  } catch (error) {
    isolate.breaker.failed();
    return noteFailure(notes, error);
  } finally {
    notes.redisMs += isolate.clock.now() - fromMs;
  }
}

export function noteFailure({ noted }: Notes, error: unknown): null {
  noted.add(`redis-${error instanceof StoreError ? error.kind : 'failed'}`);
  return null;
}
