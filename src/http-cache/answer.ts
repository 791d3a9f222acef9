import { discard } from '../engine/body.ts';
import type { Isolate } from '../engine/context.ts';
import type { EdgeRequest, Fields } from '../engine/request.ts';
import {
  problemOf,
  type Served,
  type ServedEntry,
  type ServedPassing,
  ttlLeftMsOf,
} from '../engine/served.ts';
import { fieldsBeside, isRefusedPreflight, originSaysWhoReads } from '../http/cors.ts';
import type { HeaderList } from '../http/message.ts';
import { ofEnclosedBytes } from '../http/parts.ts';
import { hasAlready } from '../http/preconditions.ts';
import { type ByteRange, contentRange, ifRangeHolds, rangeOf } from '../http/ranges.ts';
import type { Entry } from '../store/wire.ts';
import type { ClientRequest } from './request.ts';
import { ageMsOf, bytesOf, storedOf } from './stored.ts';

/** HTTP from what was served, with the headers that every answer carries. */
export function answerHttp(request: ClientRequest, served: Served, edge: EdgeRequest): Response {
  switch (served.is) {
    case 'entry':
      return guarded(request, answerEntry(edge, request, served));
    case 'passing':
      return guarded(request, answerForwarded(edge, request, served));
    case 'problem':
      throw problemOf(served);
  }
}

/** Platforms store a 200 that says nothing of caching, and this one may be of one person. */
function guarded({ anonymous }: ClientRequest, response: Response): Response {
  if (!anonymous && !response.headers.has('Cache-Control'))
    response.headers.set('Cache-Control', 'private, no-cache');
  return response;
}

/** What of an entry this request is given, by its conditions and its range. */
function partFor(
  { method, fields }: ClientRequest,
  entry: Entry,
  nowMs: number,
): ByteRange | 'complete' | 'already' | 'unsatisfiable' {
  const { status, length } = entry;
  const { fields: stored, received } = storedOf(entry);
  const receivedMs = received.responseMs;
  if ((status === 200 || status === 206) && hasAlready(fields, stored, { receivedMs, nowMs }))
    return 'already';
  const isWhole = status !== 200 || method !== 'GET' || !ifRangeHolds(fields.get('if-range'), stored, nowMs);
  return isWhole ? 'complete' : rangeOf(fields.get('range'), length);
}

/** Of the answer from this entry to this request, for `explain`. */
export function statusForHttp(request: ClientRequest, entry: Entry, nowMs: number): number {
  const part = partFor(request, entry, nowMs);
  if (part === 'complete') return entry.status;
  if (part === 'already') return 304;
  return part === 'unsatisfiable' ? 416 : 206;
}

function answerEntry(edge: EdgeRequest, request: ClientRequest, { entry, outcome }: ServedEntry): Response {
  const { clock, l1 } = edge.isolate;
  const nowMs = clock.now();
  const headers = withEvery(headersOf(entry.headers), edge.responseHeaders());
  // RFC 9111 §5.1: what was not made for this request says how old it is.
  const isOld = outcome.kind === 'hit' || outcome.collapsed === true || outcome.fwdStatus === 304;
  if (isOld) {
    edge.ageMs = Math.max(0, ageMsOf(entry, nowMs));
    headers.set('Age', String(Math.floor(edge.ageMs / 1000)));
  }
  if (outcome.kind === 'fwd' && (outcome.stored || outcome.collapsed))
    edge.ttlLeftMs = ttlLeftMsOf(entry, nowMs);
  const { status } = entry;
  const part = partFor(request, entry, nowMs);
  if (part === 'already') {
    for (const name of ofContent) headers.delete(name);
    return edge.made(new Response(null, { status: 304, headers }), entry.length, 'without');
  }
  if (hasNoBody(status)) return new Response(null, { status, headers });
  if (part === 'unsatisfiable') return unsatisfiable(entry, headers);
  if (part !== 'complete') {
    // RFC 9110 §15.3.7.
    headers.set('Content-Range', contentRange({ ...part, length: entry.length }));
    const bytes = bodyOf(entry, l1).subarray(part.first, part.last + 1);
    if (bytes.length < entry.length) for (const name of ofEnclosedBytes) headers.delete(name);
    headers.set('Content-Length', String(bytes.length));
    return edge.made(new Response(bytes, { status: 206, headers, encodeBody: 'manual' }), bytes.length);
  }
  headers.set('Content-Length', String(entry.length));
  if (request.method === 'HEAD')
    return edge.made(new Response(null, { status, headers, encodeBody: 'manual' }), entry.length, 'without');
  return edge.made(new Response(bodyOf(entry, l1), { status, headers, encodeBody: 'manual' }), entry.length);
}

/** RFC 9110 §15.4.5: a 304 describes no content, except what the client keeps its own by. */
const ofContent = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-range',
  ...ofEnclosedBytes,
];

const hasNoBody = (status: number) => status === 204 || status === 205 || status === 304;

/** RFC 9110 §15.5.17. */
function unsatisfiable({ length }: Entry, headers: Headers): Response {
  for (const name of [...ofContent, 'etag', 'last-modified']) headers.delete(name);
  headers.set('Content-Range', `bytes */${length}`);
  headers.set('Cache-Control', 'no-store');
  return new Response(null, { status: 416, headers });
}

function answerForwarded(
  edge: EdgeRequest,
  { method }: ClientRequest,
  { status, statusText = '', headers: list, body }: ServedPassing,
): Response {
  const ofEvery = edge.responseHeaders();
  const isPreflightAllowed = ofEvery['Access-Control-Allow-Methods'] !== undefined;
  const own = headersOf(list);
  const stands = isPreflightAllowed && (isRefusedPreflight(status) || originSaysWhoReads(own));
  // The origin knows nothing of CORS: the edge's setting has the word.
  if (isPreflightAllowed && !stands) {
    discard(body);
    return new Response(null, { status: 204, headers: ofEvery });
  }
  const headers = withEvery(own, ofEvery, stands ? () => true : originSaysWhoReads);
  if (hasNoBody(status) || method === 'HEAD' || body === null)
    return new Response(null, { status, statusText, headers });
  const answer = new Response(body, { status, statusText, headers, encodeBody: 'manual' });
  return body instanceof Uint8Array ? edge.made(answer, body.length) : answer;
}

/** RFC 9211 §2: each cache adds itself to those nearer the origin; timings and variants add up too. */
const adding = new Set(['cache-status', 'server-timing', 'vary']);

function withEvery(headers: Headers, ofEvery: Fields, hasSpoken = originSaysWhoReads): Headers {
  for (const [name, value] of fieldsBeside(headers, ofEvery, hasSpoken)) {
    if (adding.has(name.toLowerCase())) headers.append(name, value);
    else headers.set(name, value);
  }
  return headers;
}

function headersOf(list: HeaderList): Headers {
  const headers = new Headers();
  for (const [name, value] of list) headers.append(name, value);
  return headers;
}

/** Text, as Redis gave it, is encoded once for as long as it is in memory. */
function bodyOf(entry: Entry, l1: Isolate['l1']): Uint8Array {
  if (typeof entry.body !== 'string') return entry.body;
  const known = l1.plainOf(entry);
  if (known) return known;
  const bytes = bytesOf(entry);
  l1.setPlain(entry, bytes);
  return bytes;
}
