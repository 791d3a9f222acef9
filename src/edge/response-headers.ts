import type { EdgeRequest, Fields } from '../engine/request.ts';
import { cacheStatusHeader } from '../http/cache-status.ts';
import { corsFields, fieldsBeside, saysWhoReads } from '../http/cors.ts';
import { serverTiming } from '../http/server-timing.ts';
import { requestOutcome } from '../telemetry/outcome.ts';
import type { Settings } from './settings.ts';

/** Headers of every answer, whoever made it. */
export function responseHeaders(
  request: Request,
  settings: Pick<Settings, 'CORS_ORIGINS' | 'development'>,
  edge: EdgeRequest,
): Fields {
  const { notes, passHeaders, totalMs, ofAdmins } = edge;
  const { CORS_ORIGINS: origins, development } = settings;
  const fields: Fields = ofAdmins ? {} : { ...corsFields(origins, request, passHeaders) };
  const outcome = requestOutcome(edge);
  if (outcome.kind !== 'unread' || outcome.className !== undefined)
    fields['Cache-Status'] = cacheStatusHeader(outcome, { showKey: development });
  const timing = serverTiming({
    redis: notes.redisRequests > 0 ? notes.redisMs : undefined,
    origin: notes.originRequests > 0 ? notes.originMs : undefined,
    total: totalMs,
  });
  if (timing !== null) fields['Server-Timing'] = timing;
  return fields;
}

/** The answer with these headers, where it was made without them. */
export function withHeaders(response: Response, fields: Fields): Response {
  const changed = changeable(response);
  const { headers } = changed;
  // Platforms store a 200 that says nothing, and a handler's own may be of one tenant.
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  for (const [name, value] of fieldsBeside(headers, fields, saysWhoReads))
    if (name === 'Vary') headers.append(name, value);
    else headers.set(name, value);
  return changed;
}

/** A handler may answer with what it fetched, whose headers cannot be changed: then a copy. */
function changeable(response: Response): Response {
  try {
    response.headers.delete('Server-Timing');
    return response;
  } catch {
    return new Response(response.body, response);
  }
}
