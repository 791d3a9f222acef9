import type { Context as HonoContext } from 'hono';
import { bounds } from '../bounds.ts';
import { readBody } from '../engine/client-body.ts';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';

/** What one of the console's own forms sent. */
export async function formIn(c: HonoContext<EdgeEnv>): Promise<URLSearchParams> {
  const type = (c.req.header('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw new Problem('unsupported-media-type', { detail: 'The console takes its own forms alone.' });
  const body = await readBody(edgeRequestOf(c), c.req.raw, bounds.consoleFormBytes);
  return new URLSearchParams(new TextDecoder().decode(body));
}
