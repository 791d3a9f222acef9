import { collect } from '../engine/body.ts';
import { within } from '../engine/context.ts';
import type { EdgeRequest } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';

/** The complete body as it came, within its bound and the request's deadline; throws a `Problem` beyond them, or when it breaks off. */
export async function readBody(
  { isolate: { clock, bounds } }: EdgeRequest,
  { body }: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await within(clock, bounds.requestMs, collect({ body, length: undefined }, maxBytes), 'late');
  if (bytes === 'too-large')
    throw new Problem('content-too-large', { detail: `Keep the body below ${maxBytes} bytes` });
  if (bytes === 'truncated') throw new Problem('invalid-request', { detail: 'The body broke off' });
  if (bytes === 'late')
    throw new Problem('invalid-request', { status: 408, detail: 'The body did not come in time' });
  return bytes;
}
