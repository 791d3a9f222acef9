import type { Context } from '../engine/context.ts';
import type { FetchCause } from '../engine/count-fetch.ts';
import { type FetchUnderWay, type HeldLease, lead, type NoAnswer } from '../engine/lead.ts';
import type { Grant } from '../engine/lease.ts';
import { type FetchFailure, failed } from '../engine/origin-call.ts';
import { takeBody, type Unshared } from '../engine/shared-body.ts';
import { coverableErrors, type Received } from '../http/freshness.ts';
import type { HeaderList } from '../http/message.ts';
import { FieldSet } from '../http/message.ts';
import { sizeOfRange } from '../http/parts.ts';
import { isOrdinary } from '../http/request-headers.ts';
import { updatedFields } from '../http/validation.ts';
import type { Entry } from '../store/wire.ts';
import { exchangedForComplete } from './complete-lease.ts';
import { type CompleteResponse, completeResponse, type Refusal, refusalOf, storeResponse } from './entry.ts';
import { memoryOf } from './memory.ts';
import { idleMsOf, labelOf, type OriginResponse, patienceFor } from './origin.ts';
import { completeOf, type FetchedPart, fetchedPart, partToStore } from './parts.ts';
import { fetchHead, fetchOrValidate, type HttpFetch, type Validated } from './revalidate.ts';
import { bytesOf } from './stored.ts';

/** How a fetch ended: what its leader, and those who waited for it, can be told. */
export type HttpEnd =
  | {
      readonly is: 'entry';
      readonly entry: Entry;
      /** Fields that only the leader is given. */
      readonly own: HeaderList;
      /** Why it was not stored; null: it was admitted. */
      readonly refused: Refusal | null;
      /** What the origin answered: 304 where it confirmed the entry. */
      readonly fwdStatus: number;
    }
  | Unshared
  | NoAnswer;

/** What only the leader can have: a body that is still coming. */
export interface HttpBegun {
  readonly is: 'begun';
  readonly answer: OriginResponse;
  /** Null: there is none, as of a HEAD. */
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  readonly refused: Refusal | null;
}

export function fetchHttp(
  context: Context,
  fetching: HttpFetch,
  grant: Grant | null,
  cause: FetchCause,
): FetchUnderWay<HttpBegun, HttpEnd> {
  return lead<HttpBegun, HttpEnd>(context, grant, {
    bulkhead: memoryOf(context.isolate).bulkhead,
    tenant: '',
    label: labelOf(context, fetching.route, fetching.request.target),
    cause,
    sharesUnstored: false,
    fetch: async (held, tellBegun) => {
      const send = fetching.request.method === 'HEAD' ? fetchHead : fetchOrValidate;
      const validated = await send(context, fetching, grant);
      if (validated.is === 'failed') return validated;
      return finishHttp({ context, fetching, held, validated }, tellBegun);
    },
  });
}

/** A response whose body is still to be read. */
interface FetchedResponse {
  readonly context: Context;
  readonly fetching: HttpFetch;
  readonly held: HeldLease;
  readonly validated: Validated;
}

async function finishHttp(fetched: FetchedResponse, tellBegun: (first: HttpBegun) => void): Promise<HttpEnd> {
  const { context, fetching, held, validated } = fetched;
  const { answer, confirmed } = validated;
  if (fetching.request.method === 'HEAD' && !confirmed) {
    tellBegun({ is: 'begun', answer, body: null, refused: 'lease' });
    return failureForAll(fetching, answer) ?? { is: 'unshared' };
  }
  const judged = judgedResponse(fetching, validated, held.grant);
  const { bounds } = context.isolate;
  const { maxBytes } = fetching.route.cls;
  // Nobody else waits for the end of an event stream.
  const ofHead = judged.refused ?? (answer.isLive ? 'live' : null);
  const failure = ofHead === null ? null : failureForAll(fetching, answer);
  const complete = async (bytes: Uint8Array): Promise<HttpEnd> => {
    if (fetching.isShadow) tellBegun({ is: 'begun', answer, body: answer.body && bytes, refused: ofHead });
    if (!failure) return finishHttpBytes(fetched, judged, bytes);
    tellBegun({ is: 'begun', answer, body: bytes, refused: ofHead });
    return failure;
  };
  if (confirmed) return complete(bytesOf(confirmed));
  const end = await takeBody<HttpEnd>(context, held, answer, {
    patience: patienceFor(context, answer),
    mustComplete: false,
    collectBytes: ofHead === null ? maxBytes : 0,
    idleMs: idleMsOf(context, answer),
    joinedWaitMs: bounds.streamMs,
    complete,
    tellBegun: (body, isTooLarge) =>
      tellBegun({ is: 'begun', answer, body, refused: isTooLarge ? 'too-large' : ofHead }),
  });
  return end.is === 'unshared' && failure ? failure : end;
}

/**
 * An error that is not stored: the leader has it as it came, to all others it is a failure. One that answers credentials may be
 * that person's alone, and one that answers a field which others do not send may be provoked by it: such are shown to nobody
 * else. Under `keyed` the origin is shown nothing that is not in the key.
 */
function failureForAll(
  { route, request, covers }: HttpFetch,
  { status, fields }: OriginResponse,
): FetchFailure | null {
  if (!coverableErrors.has(status)) return null;
  const isLikeAll = request.anonymous && (route.inputs === 'keyed' || isOrdinary(request.headers));
  if (!isLikeAll && !covers) return null;
  return failed(`status ${status}`, status, fields.get('retry-after') ?? undefined);
}

/** The response that is to be stored, as far as its header section says. */
interface Judged {
  readonly received: Received;
  readonly headers: HeaderList;
  /** Why it is not stored; null: it is. */
  readonly refused: Refusal | null;
  /** What came of it, where that is not all. */
  readonly part: FetchedPart | null;
}

/** The stored one as the origin confirmed or continued it, or the one that came. */
function judgedResponse(
  { request, route, covers, part: partFetch }: HttpFetch,
  { answer, confirmed }: Validated,
  grant: Grant | null,
): Judged {
  const part = partFetch ? fetchedPart(partFetch, answer, grant, route.cls.maxBytes) : null;
  const before = confirmed ?? part?.joins;
  const headers = before ? updatedFields(before.headers, answer.headers) : answer.headers;
  // RFC 9111 §3.3: a part is judged as the complete response would be.
  const status = confirmed?.status ?? (part ? 200 : answer.status);
  const received: Received = { ...answer, status, fields: new FieldSet(headers) };
  const judged = { received, headers, part };
  if (covers && coverableErrors.has(status)) return { ...judged, refused: 'status' };
  // However little is announced, its range says how long it is.
  if (part && sizeOfRange(part.range) > route.cls.maxBytes) return { ...judged, refused: 'too-large' };
  // What else a range brings may be of that range, such as 416.
  if (partFetch && status !== 200 && status !== 206) return { ...judged, refused: 'status' };
  return { ...judged, refused: refusalOf(request, route, received) ?? (grant ? null : 'lease') };
}

async function finishHttpBytes(
  {
    context,
    fetching: { route, request, rule, part: partFetch, isShadow },
    held,
    validated: { answer, names, variants },
  }: FetchedResponse,
  { received, headers, refused: mayNotStore, part }: Judged,
  bytes: Uint8Array,
): Promise<HttpEnd> {
  const { maxBytes } = route.cls;
  const toStore = part ? partToStore(part, headers, bytes) : { headers, bytes };
  let refused =
    mayNotStore ?? (toStore === null ? 'partial' : toStore.bytes.length > maxBytes ? 'too-large' : null);
  const by = { names, known: rule, isPart: part !== null };
  const responseOf = (made: { readonly headers: HeaderList; readonly bytes: Uint8Array }) =>
    completeResponse(context, route, request, received, { ...made, ...by });
  const complete = part && toStore && completeOf(part, toStore);
  let response = await responseOf(complete ?? toStore ?? { headers, bytes });
  const { own, subject, draft } = response;
  if (refused === null && partFetch && draft.status === 200) {
    const isExchanged = await exchangedForComplete(context, held, subject, partFetch.replaces);
    if (!isExchanged && complete) response = await responseOf(toStore!);
    // It has no place as a part: its origin knows no ranges.
    else if (!isExchanged) refused = 'lease';
  }
  if (refused === null && held.grant) {
    const stored = storeResponse(context, request, held.grant, received, response, variants);
    const filling = await stored.catch(() => null);
    if (!filling) context.notes.noted.add('fill-failed');
    else {
      held.handToFill();
      context.waitUntil(filling.done);
      // Where the cache does not answer, nobody waits for what it stores.
      if (!isShadow) await filling.inMemory;
    }
  }
  const entry = part ? asItCame(response, answer, bytes) : response.entry;
  return { is: 'entry', entry, own, refused, fwdStatus: answer.status };
}

/** What is stored of a part may be more than its client asked for. */
function asItCame({ entry, own }: CompleteResponse, answer: OriginResponse, body: Uint8Array): Entry {
  const withoutOwn = ([name]: HeaderList[number]) => own.every(([it]) => it !== name);
  const headers = answer.headers.filter(([name]) => name !== 'content-length').filter(withoutOwn);
  return { ...entry, status: answer.status, headers, body, length: body.length };
}
