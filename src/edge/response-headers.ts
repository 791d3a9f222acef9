import type { Context } from 'hono';
import type { Fields } from '../classes/answer.ts';
import type { EdgeEnv, EdgeRequest } from '../classes/route.ts';
import { cacheStatusHeader } from '../http/cache-status.ts';
import { corsHeaders } from '../http/cors.ts';
import { Problem } from '../http/problem.ts';
import { serverTiming } from '../http/server-timing.ts';
import type { Settings } from './settings.ts';

/** Headers of every answer, whoever made it. */
export function fieldsOfEvery(
  request: Request,
  settings: Settings,
  { notes, outcome, cls }: EdgeRequest,
  totalMs: number,
  error?: Error,
): Fields {
  const fields: Fields = Object.fromEntries(corsHeaders(settings.CORS_ORIGINS, request));
  if (outcome) fields['Cache-Status'] = cacheStatusHeader(outcome, { showKey: settings.development });
  else if (cls)
    fields['Cache-Status'] = `Stillfresh; detail=${error instanceof Problem ? error.code : 'refused'}`;
  const timing = serverTiming({
    redis: notes.redisRequests > 0 ? notes.redisMs : undefined,
    origin: notes.originRequests > 0 ? notes.originMs : undefined,
    total: totalMs,
  });
  if (timing !== null) fields['Server-Timing'] = timing;
  return fields;
}

/** Into an answer that was made without them. */
export function carry(c: Context<EdgeEnv>, { Vary, ...fields }: Fields): void {
  const { headers } = changeable(c);
  // Platforms store a 200 that says nothing, and a handler's own may be of one tenant.
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(fields)) headers.set(name, value);
  if (Vary !== undefined) headers.append('Vary', Vary);
}

/** A handler may answer with what it fetched, whose headers cannot be changed: then with a copy. */
function changeable(c: Context<EdgeEnv>): Response {
  try {
    c.res.headers.delete('Server-Timing');
  } catch {
    const given = c.res;
    c.res = undefined; // else Hono merges the two
    c.res = new Response(given.body, given);
  }
  return c.res;
}
