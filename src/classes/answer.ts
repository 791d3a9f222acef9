import { discard } from '../engine/body.ts';
import type { L1 } from '../engine/l1.ts';
import type { EdgeRequest, Fields } from '../engine/request.ts';
import {
  problemOf,
  type Served,
  type ServedEntry,
  type ServedPassing,
  ttlLeftMsOf,
} from '../engine/served.ts';
import { acceptsGzip } from '../http/accept-encoding.ts';
import { ageing } from '../http/ageing.ts';
import { type Coding, type EntityTag, entityTagFor, formatEntityTag, parseEntityTag } from '../http/etag.ts';
import { evaluatePreconditions, type IfNoneMatch, parseIfNoneMatch } from '../http/preconditions.ts';
import { Problem } from '../http/problem.ts';
import { type Entry, unzipped } from '../store/wire.ts';
import type { DataClass } from '../strategy/types.ts';

/** RFC 9110 §13.1.2; what cannot be read is no condition, because extensions of browsers send such. */
export function conditionOf(request: Request): IfNoneMatch {
  const condition = parseIfNoneMatch(request.headers.get('If-None-Match'));
  return condition === 'malformed' ? [] : condition;
}

/**
 * HTTP from what was served. A complete answer has the headers that every answer carries (`Cache-Status`, timing) in it;
 * others are given them where every answer passes.
 */
export async function answerClass(
  edge: EdgeRequest,
  request: Request,
  condition: IfNoneMatch,
  cls: DataClass,
  served: Served,
): Promise<Response> {
  if (served.is === 'problem') throw problemOf(served);
  if (served.is === 'passing') return answerPassing(edge, request, condition, cls, served);
  const made = answerStored(edge, request, condition, cls, served);
  edge.answered = made instanceof Promise ? await made : made;
  return edge.answered;
}

function answerStored(
  edge: EdgeRequest,
  request: Request,
  condition: IfNoneMatch,
  cls: DataClass,
  { entry, outcome }: ServedEntry,
): Response | Promise<Response> {
  const { clock, l1 } = edge.isolate;
  const ofEvery = edge.responseHeaders();
  const coding = codingFor(request, entry);
  const { tags, fields, aged } = representationOf(entry, cls, coding);
  const evaluated = evaluatePreconditions(condition, tags);
  // One plain object: a `Headers` that is set field by field costs twice as much, on every hit.
  const headers: Fields = { ...fields, ...ofEvery };
  if (ofEvery['Vary'] !== undefined) headers['Vary'] = `${fields['Vary']}, ${ofEvery['Vary']}`;
  // RFC 9111 §5.1: present exactly when the answer was not made for this request.
  if (outcome.kind === 'hit' || outcome.collapsed) {
    edge.ageMs = Math.max(0, clock.now() - entry.fetchedMs);
    const ageS = Math.floor(edge.ageMs / 1000);
    headers['Age'] = String(ageS);
    if (aged) headers['Cache-Control'] = aged(ageS);
  }
  if (outcome.kind === 'fwd' && (outcome.stored || outcome.collapsed))
    edge.ttlLeftMs = ttlLeftMsOf(entry, clock.now());
  const length = coding === 'gzip' ? entry.body.length : entry.length;
  if (evaluated !== 'proceed') {
    headers['ETag'] = formatEntityTag(evaluated.notModified);
    delete headers['content-type'];
    return edge.made(new Response(null, { status: 304, headers }), length, 'without');
  }
  if (coding === 'gzip') headers['Content-Encoding'] = 'gzip';
  const { status } = entry;
  if (request.method === 'HEAD') return edge.made(new Response(null, { status, headers }), length, 'without');
  if (coding === 'gzip')
    return edge.made(new Response(entry.body, { status, headers, encodeBody: 'manual' }), length);
  if (entry.coding === 'gzip')
    return plainBody(entry, l1).then((body) => edge.made(new Response(body, { status, headers }), length));
  return edge.made(new Response(entry.body, { status, headers }), length);
}

/** Of the answer from this entry to this request, for `explain`. */
export function statusFor(request: Request, cls: DataClass, entry: Entry): number {
  const { tags } = representationOf(entry, cls, codingFor(request, entry));
  return evaluatePreconditions(conditionOf(request), tags) === 'proceed' ? entry.status : 304;
}

/** For clients that take no gzip; made once for an entry in isolate memory, else decoded on its way. */
async function plainBody(entry: Entry, l1: L1): Promise<Uint8Array | ReadableStream> {
  if (!l1.holds(entry)) return unzipped(entry);
  const known = l1.plainOf(entry);
  if (known) return known;
  try {
    const plain = await new Response(unzipped(entry)).bytes();
    l1.setPlain(entry, plain);
    return plain;
  } catch {
    l1.drop(entry.fullKey);
    throw new Problem('unavailable', { why: 'the stored body is damaged' });
  }
}

/** What all answers from one entry in one coding have in common. */
interface Representation {
  /** First that of the coding sent; a client that holds the other has the same content. */
  readonly tags: readonly EntityTag[];
  readonly fields: Readonly<Fields>;
  /** `Cache-Control` by its age: only public classes say for how long they are fresh. */
  readonly aged: ReturnType<typeof ageing> | null;
}

const representations = {
  gzip: new WeakMap<Entry, Representation>(),
  identity: new WeakMap<Entry, Representation>(),
};

/** Made once for as long as the entry is in memory. */
function representationOf(entry: Entry, cls: DataClass, coding: Coding): Representation {
  let known = representations[coding].get(entry);
  if (known) return known;
  const base = parseEntityTag(entry.etag);
  const tags = base ? codings(coding).map((it) => entityTagFor(base, it)) : [];
  const fields: Fields = {
    ...Object.fromEntries(entry.headers),
    'Cache-Control': cls.cacheControl,
    'x-content-type-options': 'nosniff',
    Vary: 'Accept-Encoding',
  };
  if (tags[0]) fields['ETag'] = formatEntityTag(tags[0]);
  known = { tags, fields, aged: cls.scope === 'public' ? ageing(cls.cacheControl) : null };
  representations[coding].set(entry, known);
  return known;
}

function answerPassing(
  edge: EdgeRequest,
  request: Request,
  condition: IfNoneMatch,
  cls: DataClass,
  { status, headers: list, body }: ServedPassing,
): Response {
  const headers = new Headers();
  for (const [name, value] of list) headers.append(name, value);
  headers.set('Cache-Control', status === 200 ? cls.cacheControl : 'no-store');
  headers.set('X-Content-Type-Options', 'nosniff');
  const etag = status === 200 ? parseEntityTag(headers.get('ETag') ?? '') : null;
  if (etag && evaluatePreconditions(condition, [etag]) !== 'proceed') {
    discard(body);
    return new Response(null, { status: 304, headers });
  }
  // Fetch standard §2.2.3: these have none, and a Response refuses one.
  const bodyless = request.method === 'HEAD' || status === 204 || status === 205;
  if (bodyless) discard(body);
  const answer = new Response(bodyless ? null : body, { status, headers });
  return !bodyless && body instanceof Uint8Array ? edge.made(answer, body.length) : answer;
}

const codingFor = (request: Request, entry: Entry): Coding =>
  entry.coding === 'gzip' && acceptsGzip(request.headers.get('Accept-Encoding')) ? 'gzip' : 'identity';

/** First the one that is sent. */
export const codings = (sent: Coding): Coding[] =>
  sent === 'gzip' ? ['gzip', 'identity'] : ['identity', 'gzip'];
