import type { Context } from 'hono';
import { collect } from '../cache/collect.ts';
import type { EdgeEnv } from '../cache/route.ts';
import { Problem } from '../http/problem.ts';

/** The whole body as it came, within its bound; throws a `Problem` beyond it, or when it breaks off. */
export async function bodyOf(c: Context<EdgeEnv>): Promise<Uint8Array<ArrayBuffer>> {
  const { hookBytes } = c.get('edge').isolate.bounds;
  const body = await collect({ body: c.req.raw.body, length: undefined }, hookBytes);
  if (body === 'too-large')
    throw new Problem('content-too-large', { detail: `Keep the body below ${hookBytes} bytes` });
  if (body === 'truncated') throw new Problem('invalid-request', { detail: 'The body broke off' });
  return body;
}
