import type { Context } from 'hono';
import type { EdgeEnv } from '../classes/route.ts';
import { collect } from '../engine/body.ts';
import { Problem } from '../http/problem.ts';

/** The whole body as it came, within its bound and the request's deadline; throws a `Problem` beyond them, or when it breaks off. */
export async function bodyOf(c: Context<EdgeEnv>, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const { requestMs } = c.get('edge').isolate.bounds;
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), requestMs);
  const body = await Promise.race([
    collect({ body: c.req.raw.body, length: undefined }, mostBytes),
    late.promise,
  ]);
  clearTimeout(timer);
  if (body === 'too-large')
    throw new Problem('content-too-large', { detail: `Keep the body below ${mostBytes} bytes` });
  if (body === 'truncated') throw new Problem('invalid-request', { detail: 'The body broke off' });
  if (body === 'late')
    throw new Problem('invalid-request', { status: 408, detail: 'The body did not come in time' });
  return body;
}
