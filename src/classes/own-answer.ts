import { bounds } from '../bounds.ts';
import { type EdgeRequest, edgeRequestOf, type Fields } from '../engine/request.ts';
import { acceptsGzip } from '../http/accept-encoding.ts';
import { ageing } from '../http/ageing.ts';
import { isCredential } from '../http/credentials.ts';
import { entityTagFor, formatEntityTag, strongEtagOf } from '../http/etag.ts';
import { evaluatePreconditions } from '../http/preconditions.ts';
import { hasNoContent } from '../http/problem.ts';
import { codings, conditionOf } from './answer.ts';
import type { HandlerContext } from './handler-context.ts';
import { jsonOf } from './json.ts';
import { type ReadSoFar, readBy } from './read-so-far.ts';

/** A handler's own value, as a cached route would answer with it; of another status than 200 it is that of this request alone. */
export async function answerOwn(c: HandlerContext, value: unknown): Promise<Response> {
  const edge = edgeRequestOf(c);
  const body = new TextEncoder().encode(jsonOf(value, 'cacheOf(c).json was given'));
  const read = readBy(edge);
  if (read?.worst) Object.assign(edge, read.worst);
  const request = c.req.raw;
  const { status, headers: own } = c.newResponse(null);
  const isRead = status === 200 && (request.method === 'GET' || request.method === 'HEAD');
  const isGzip = body.length >= bounds.gzipFromBytes && acceptsGzip(request.headers.get('Accept-Encoding'));
  const base = await strongEtagOf(body);
  const tags = codings(isGzip ? 'gzip' : 'identity').map((coding) => entityTagFor(base, coding));
  const headers = new Headers({
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    vary: 'Accept-Encoding',
    ...(isRead ? freshnessFields(edge, read, concernsOne(request, own)) : { 'cache-control': 'no-store' }),
  });
  addOwn(headers, own);
  const evaluated = isRead ? evaluatePreconditions(conditionOf(request), tags) : 'proceed';
  if (isRead)
    headers.set('etag', formatEntityTag(evaluated === 'proceed' ? tags[0]! : evaluated.notModified));
  // How many the platform makes of what it compresses is not known.
  const length = isGzip ? 0 : body.length;
  if (evaluated !== 'proceed') {
    headers.delete('content-type');
    return edge.made(new Response(null, { status: 304, headers }), length, 'without');
  }
  if (hasNoContent(status)) {
    headers.delete('content-type');
    return new Response(null, { status, headers });
  }
  // The platform compresses it: what is compressed already is compressed twice where a middleware makes another response of it.
  if (isGzip) headers.set('content-encoding', 'gzip');
  if (request.method === 'HEAD') return edge.made(new Response(null, { status, headers }), length, 'without');
  return edge.made(new Response(body, { status, headers }), length);
}

/** By what the client showed, at which a handler may have looked itself, or what it is given for itself: no shared cache knows either. */
const concernsOne = ({ headers }: Request, own: Headers): boolean =>
  own.has('Set-Cookie') || [...headers.keys()].some(isCredential);

function freshnessFields(edge: EdgeRequest, read: ReadSoFar | undefined, isForOne: boolean): Fields {
  const ofAll = isForOne && read?.cacheControl !== 'no-store' ? null : (read?.cacheControl ?? null);
  const cacheControl = ofAll ?? 'private, no-cache';
  const outcome = read?.worst?.outcome;
  const isOld = outcome && (outcome.kind === 'hit' || outcome.collapsed);
  if (!isOld || !Number.isFinite(read.fetchedMs)) return { 'cache-control': cacheControl };
  edge.ageMs = Math.max(0, edge.isolate.clock.now() - read.fetchedMs);
  const ageS = Math.floor(edge.ageMs / 1000);
  return {
    age: String(ageS),
    'cache-control': ofAll ? ageing(cacheControl)(ageS) : cacheControl,
  };
}

/** What `c.header` has set stands, but for what follows from the bytes. */
function addOwn(headers: Headers, own: Headers): void {
  for (const [name, value] of own) {
    if (name === 'set-cookie' || name === 'vary') headers.append(name, value);
    else if (!ofBytes.has(name)) headers.set(name, value);
  }
}

const ofBytes = new Set(['etag', 'age', 'content-encoding', 'content-length', 'transfer-encoding']);
