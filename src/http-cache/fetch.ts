import { type MoreToRead, readFirst } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { truncated } from '../engine/failure.ts';
import type { Grant } from '../engine/fill.ts';
import { type HeldLease, type Led, lead, type NoAnswer } from '../engine/lead.ts';
import { shareBody, type Unshared } from '../engine/shared-body.ts';
import { coverableErrors, type Received } from '../http/freshness.ts';
import type { HeaderList } from '../http/headers.ts';
import { FieldSet } from '../http/message.ts';
import { updatedFields } from '../http/validation.ts';
import type { Entry } from '../store/wire.ts';
import { completeResponse, type Refusal, refusalOf, storeResponse } from './entry.ts';
import { memoryOf } from './memory.ts';
import type { OriginResponse } from './origin.ts';
import { fetchHead, fetchOrValidate, type HttpFetch, type Validated } from './revalidate.ts';
import { bytesOf } from './stored.ts';

/** How a fetch ended: what its leader, and those who waited for it, can be told. */
export type HttpEnd =
  | {
      readonly is: 'entry';
      readonly entry: Entry;
      /** Fields that are the leader's alone. */
      readonly own: HeaderList;
      /** Why it was not stored; null: it was admitted. */
      readonly refused: Refusal | null;
      /** What the origin answered: 304 where it confirmed the entry. */
      readonly fwdStatus: number;
    }
  | Unshared
  | NoAnswer;

/** What the leader alone can have: a body that is still coming. */
export interface HttpBegun {
  readonly is: 'begun';
  readonly answer: OriginResponse;
  /** Null: that of a HEAD. */
  readonly body: ReadableStream<Uint8Array> | null;
  readonly refused: Refusal | null;
}

export function fetchHttp(
  context: Context,
  fetching: HttpFetch,
  grant: Grant | null,
): Led<HttpBegun, HttpEnd> {
  return lead<HttpBegun, HttpEnd>(context, grant, {
    bulkhead: memoryOf(context.isolate).bulkhead,
    tenant: '',
    marker: 'free',
    fetch: async (held, begun) => {
      const ask = fetching.request.method === 'HEAD' ? fetchHead : fetchOrValidate;
      const validated = await ask(context, fetching, grant);
      if (validated.is === 'validated') return finishHttp({ context, fetching, held, validated }, begun);
      context.notes.events.add(`${validated.code}: ${validated.why}`);
      return validated;
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

async function finishHttp(fetched: FetchedResponse, begun: (first: HttpBegun) => void): Promise<HttpEnd> {
  const { context, fetching, held, validated } = fetched;
  const { answer, confirmed } = validated;
  if (fetching.request.method === 'HEAD' && !confirmed) {
    begun({ is: 'begun', answer, body: null, refused: 'lease' });
    return { is: 'unshared' };
  }
  const { received, headers, refused } = judgedResponse(fetching, validated, held.grant);
  const complete = (bytes: Uint8Array) => finishHttpBytes(fetched, received, headers, refused, bytes);
  if (confirmed) return complete(bytesOf(confirmed));
  const { clock, bounds } = context.isolate;
  const patience = { bytes: bounds.readFirstBytes, ms: answer.isLive ? 0 : bounds.readFirstMs };
  const first = await readFirst(clock, answer, patience);
  if (first.is === 'complete') return complete(first.bytes);
  if (first.is === 'more') return finishHttpStream(fetched, first, refused, complete, begun);
  context.notes.events.add('truncated');
  return truncated();
}

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

function finishHttpStream(
  { context, fetching, held, validated: { answer } }: FetchedResponse,
  first: MoreToRead,
  mayNotStore: Refusal | null,
  complete: (bytes: Uint8Array) => Promise<HttpEnd>,
  begun: (first: HttpBegun) => void,
): Promise<HttpEnd> {
  const { bounds } = context.isolate;
  const { maxBytes } = fetching.route.cls;
  const refused = mayNotStore ?? tooMuchToStore(answer, maxBytes);
  const { body, ended } = shareBody<HttpEnd>(context, first, held, {
    length: answer.length,
    idleMs: answer.isLive ? bounds.liveIdleMs : bounds.idleMs,
    copyBytes: refused === null ? maxBytes : 0,
    othersWaitMs: bounds.streamMs,
    complete,
  });
  begun({ is: 'begun', answer, body, refused });
  return ended;
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
    held.handToFill();
    const { inMemory, done } = await storeResponse(context, request, held.grant, received, response);
    context.waitUntil(done);
    await inMemory;
  }
  return { is: 'entry', entry, own, refused, fwdStatus: answer.status };
}
