import { bounds } from '../bounds.ts';
import { acceptsGzip } from '../http/accept-encoding.ts';
import { type Coding, entityTagFor, formatEntityTag, parseEntityTag } from '../http/etag.ts';
import type { HeaderList } from '../http/headers.ts';
import { evaluatePreconditions, type IfNoneMatch, parseIfNoneMatch } from '../http/preconditions.ts';
import { Problem } from '../http/problem.ts';
import { type Entry, unzipped } from '../store/wire.ts';
import type { DataClass } from '../strategy/data-class.ts';
import { discard } from './collect.ts';
import type { Served, ServedEntry, ServedPassing, ServedProblem } from './served.ts';

/** Checked before anything is asked or fetched. */
export function conditionOf(request: Request): IfNoneMatch {
  const condition = parseIfNoneMatch(request.headers.get('If-None-Match'));
  if (condition !== 'malformed') return condition;
  const detail = 'must be * or a list of entity tags in double quotes, such as "abc", W/"def"';
  throw new Problem('invalid-request', { errors: [{ field: 'If-None-Match', detail }] });
}

/** HTTP from what was served; `Cache-Status` and timing are added where every answer passes. */
export function answer(
  request: Request,
  condition: IfNoneMatch,
  cls: DataClass,
  served: Served,
  nowMs: number,
): Response {
  switch (served.is) {
    case 'entry':
      return answerEntry(request, condition, cls, served, nowMs);
    case 'passing':
      return answerPassing(request, condition, cls, served);
    case 'problem':
      throw problemOf(served);
  }
}

export function problemOf({ code, status, retryAfter, why }: ServedProblem): Problem {
  const seconds = code === 'overloaded' ? String(bounds.retryAfterS) : retryAfter;
  return new Problem(code, {
    why,
    ...(status !== undefined && { status }),
    ...(seconds !== undefined && { headers: { 'Retry-After': seconds } }),
  });
}

function answerEntry(
  request: Request,
  condition: IfNoneMatch,
  cls: DataClass,
  { entry, outcome }: ServedEntry,
  nowMs: number,
): Response {
  const coding = codingFor(request, entry);
  const base = parseEntityTag(entry.etag);
  const tags = base ? codings(coding).map((it) => entityTagFor(base, it)) : [];
  const evaluated = evaluatePreconditions(condition, tags);
  const headers = headersOf(cls, entry.headers, tags[0] ? formatEntityTag(tags[0]) : null);
  // RFC 9111 §5.1: present exactly when the answer was not made for this request.
  if (outcome.kind === 'hit')
    headers.set('Age', String(Math.max(0, Math.floor((nowMs - entry.fetchedMs) / 1000))));
  headers.append('Vary', 'Accept-Encoding');
  if (evaluated !== 'proceed') {
    headers.set('ETag', formatEntityTag(evaluated.notModified));
    headers.delete('Content-Type');
    return new Response(null, { status: 304, headers });
  }
  if (coding === 'gzip') headers.set('Content-Encoding', 'gzip');
  if (request.method === 'HEAD') return new Response(null, { status: entry.status, headers });
  if (coding === 'gzip')
    return new Response(entry.body, { status: entry.status, headers, encodeBody: 'manual' });
  return new Response(entry.coding === 'gzip' ? unzipped(entry) : entry.body, {
    status: entry.status,
    headers,
  });
}

function answerPassing(
  request: Request,
  condition: IfNoneMatch,
  cls: DataClass,
  { status, headers: kept, etag, body }: ServedPassing,
): Response {
  const headers = headersOf(cls, kept, etag && formatEntityTag(etag));
  if (status !== 200) headers.set('Cache-Control', 'no-store');
  if (status === 200 && etag && evaluatePreconditions(condition, [etag]) !== 'proceed') {
    discard(body);
    return new Response(null, { status: 304, headers });
  }
  // Fetch standard §2.2.3: these have none, and a Response refuses one.
  const bodyless = request.method === 'HEAD' || status === 204 || status === 205;
  if (bodyless) discard(body);
  return new Response(bodyless ? null : body, { status, headers });
}

const codingFor = (request: Request, entry: Entry): Coding =>
  entry.coding === 'gzip' && acceptsGzip(request.headers.get('Accept-Encoding')) ? 'gzip' : 'identity';

/** The coding sent first; a client that holds the other has the same content. */
const codings = (sent: Coding): Coding[] => (sent === 'gzip' ? ['gzip', 'identity'] : ['identity', 'gzip']);

function headersOf(cls: DataClass, kept: HeaderList, etag: string | null): Headers {
  const headers = new Headers();
  for (const [name, value] of kept) headers.append(name, value);
  headers.set('Cache-Control', cls.cacheControl);
  headers.set('X-Content-Type-Options', 'nosniff');
  if (etag !== null) headers.set('ETag', etag);
  return headers;
}
