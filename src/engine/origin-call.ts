import { type Context, within } from './context.ts';
import { type FetchFailure, failureOf, timedOut } from './failure.ts';

/** Every call of the origin goes through here: it ends within its deadline, and the request's notes count it. */
export async function callOrigin<T extends object>(
  { isolate: { clock }, notes }: Context,
  deadlineMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T | FetchFailure> {
  const fromMs = clock.now();
  const abort = new AbortController();
  notes.originRequests += 1;
  try {
    const reply = call(abort.signal);
    reply.catch(() => {});
    const inTime = await within(clock, deadlineMs, reply, null);
    if (inTime) return inTime;
    abort.abort();
    return timedOut(deadlineMs);
  } catch (error) {
    return failureOf(error);
  } finally {
    notes.originMs += clock.now() - fromMs;
  }
}
