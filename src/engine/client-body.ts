import { Problem } from '../http/problem.ts';
import { readFirst } from './body.ts';
import type { Context } from './context.ts';

/**
 * A client's complete body as it came; throws a `Problem` when it breaks off, or is more than this, or takes longer: in all,
 * for one that sends a byte now and then is never idle.
 */
export async function readBody(
  { isolate: { clock, bounds } }: Context,
  { body }: Request,
  maxBytes: number,
  withinMs: number = bounds.requestMs,
): Promise<Uint8Array<ArrayBuffer>> {
  const read = await readFirst(clock, { body, length: undefined }, { bytes: maxBytes, ms: withinMs });
  if (read.is === 'complete') return read.bytes;
  if (read.is === 'truncated') throw new Problem('invalid-request', { detail: 'The body broke off' });
  read.reader.cancel().catch(() => {});
  throw read.isSlow
    ? new Problem('invalid-request', { status: 408, detail: 'The body did not come in time' })
    : new Problem('content-too-large', { detail: `Keep the body below ${maxBytes} bytes` });
}
