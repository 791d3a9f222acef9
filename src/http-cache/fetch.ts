import type { Context } from '../engine/context.ts';
import { type FetchUnderWay, type HeldLease, lead, type NoAnswer } from '../engine/lead.ts';
import type { Grant } from '../engine/lease.ts';
import { type FetchFailure, failed } from '../engine/origin-call.ts';
import { takeBody, type Unshared } from '../engine/shared-body.ts';
import { coverableErrors, type Received } from '../http/freshness.ts';
import type { HeaderList } from '../http/message.ts';
import { FieldSet } from '../http/message.ts';
import { updatedFields } from '../http/validation.ts';
import type { Entry } from '../store/wire.ts';
import { completeResponse, type Refusal, refusalOf, storeResponse } from './entry.ts';
import { memoryOf } from './memory.ts';
import { idleMsOf, type OriginResponse, patienceFor } from './origin.ts';
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
  /** Null: that of a HEAD. */
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null;
  readonly refused: Refusal | null;
}

export function fetchHttp(
  context: Context,
  fetching: HttpFetch,
  grant: Grant | null,
): FetchUnderWay<HttpBegun, HttpEnd> {
  return lead<HttpBegun, HttpEnd>(context, grant, {
    bulkhead: memoryOf(context.isolate).bulkhead,
    tenant: '',
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
  const { received, headers, refused } = judgedResponse(fetching, validated, held.grant);
  const { bounds } = context.isolate;
  const { maxBytes } = fetching.route.cls;
  const ofBody = refused ?? tooMuchToStore(answer, maxBytes);
  const failure = ofBody === null ? null : failureForAll(fetching, answer);
  const complete = async (bytes: Uint8Array): Promise<HttpEnd> => {
    if (!failure) return finishHttpBytes(fetched, received, headers, refused, bytes);
    tellBegun({ is: 'begun', answer, body: bytes, refused: ofBody });
    return failure;
  };
  if (confirmed) return complete(bytesOf(confirmed));
  const end = await takeBody<HttpEnd>(context, held, answer, {
    patience: patienceFor(context, answer),
    mustComplete: false,
    collectBytes: ofBody === null ? maxBytes : 0,
    idleMs: idleMsOf(context, answer),
    joinedWaitMs: bounds.streamMs,
    complete,
    tellBegun: (body) => tellBegun({ is: 'begun', answer, body, refused: ofBody }),
  });
  return end.is === 'unshared' && failure ? failure : end;
}

/**
 * An error that is not stored: the leader has it as it came, to all others it is a failure. One that answers credentials may be
 * that person's alone, and is shown to nobody else: it counts only where an entry covers for it.
 */
const failureForAll = (
  { request, covers }: HttpFetch,
  { status, fields }: OriginResponse,
): FetchFailure | null =>
  (request.anonymous || covers) && coverableErrors.has(status)
    ? failed(`status ${status}`, status, fields.get('retry-after') ?? undefined)
    : null;

/** The response that is to be stored: the stored one as the origin confirmed it, or the one that came; and why it is not. */
function judgedResponse(
  { request, route, covers }: HttpFetch,
  { answer, confirmed }: Validated,
  grant: Grant | null,
): { received: Received; headers: HeaderList; refused: Refusal | null } {
  const headers = confirmed ? updatedFields(confirmed.headers, answer.headers) : answer.headers;
  const status = confirmed?.status ?? answer.status;
  const received: Received = { ...answer, status, fields: new FieldSet(headers) };
  if (covers && coverableErrors.has(status)) return { received, headers, refused: 'status' };
  return { received, headers, refused: refusalOf(request, route, received) ?? (grant ? null : 'lease') };
}

/** Nobody else waits for the end of an event stream. */
const tooMuchToStore = ({ isLive, length = 0 }: OriginResponse, maxBytes: number): Refusal | null =>
  isLive ? 'live' : length > maxBytes ? 'too-large' : null;

async function finishHttpBytes(
  { context, fetching: { route, request }, held, validated: { answer, names } }: FetchedResponse,
  received: Received,
  headers: HeaderList,
  mayNotStore: Refusal | null,
  bytes: Uint8Array,
): Promise<HttpEnd> {
  const refused = mayNotStore ?? (bytes.length > route.cls.maxBytes ? 'too-large' : null);
  const response = await completeResponse(context, route, request, received, { headers, bytes, names });
  const { entry, own } = response;
  if (refused === null && held.grant) {
    const { inMemory, done } = await storeResponse(context, request, held.grant, received, response);
    held.handToFill();
    context.waitUntil(done);
    await inMemory;
  }
  return { is: 'entry', entry, own, refused, fwdStatus: answer.status };
}
