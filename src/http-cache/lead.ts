import { type FetchFailed, failureOf } from '../classes/origin.ts';
import type { Context } from '../engine/context.ts';
import { type Grant, release } from '../engine/fill.ts';
import { type First, passOn, readFirst } from '../engine/stream.ts';
import { coverableErrors, type Received } from '../http/freshness.ts';
import type { HeaderList } from '../http/headers.ts';
import { FieldSet } from '../http/message.ts';
import { updatedFields } from '../http/validation.ts';
import type { Entry } from '../store/wire.ts';
import { keep, type Refused, refusal, wholeOf } from './entry.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import type { OriginResponse } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { type Fetched, fetchHead, fetchOrValidate, type Known } from './revalidate.ts';

/** How a fetch ended: what its leader, and those who waited for it, can be told. Holds no stream. */
export type Landed =
  | {
      readonly is: 'entry';
      readonly entry: Entry;
      /** Fields that are the leader's alone. */
      readonly own: HeaderList;
      /** Why it was not stored; null: it was admitted. */
      readonly refused: Refused | null;
      /** What the origin answered: 304 where it confirmed the entry. */
      readonly fwdStatus: number;
    }
  /** Its body was too large, or too slow, to be read first, and is not shared; or there was none. */
  | { readonly is: 'streamed' }
  | { readonly is: 'overloaded' }
  | FetchFailed;

/** What the leader alone can have: a body that is still coming. */
export interface Streaming {
  readonly is: 'streaming';
  readonly answer: OriginResponse;
  /** Null: that of a HEAD. */
  readonly body: ReadableStream<Uint8Array> | null;
  readonly refused: Refused | null;
}

export interface Lead {
  readonly first: Promise<Landed | Streaming>;
  readonly landed: Promise<Landed>;
}

/** One fetch, for one client and, under a grant, for all. */
export interface Leading extends Known {
  readonly route: HttpRoute;
  readonly request: ClientRequest;
  /** What is stored, to be validated. */
  readonly entry: Entry | undefined;
  /** It may be served instead of an error: an error does not take its place. */
  readonly covers: boolean;
}

/** Neither promise rejects; `landed` is anchored in `waitUntil`. */
export function lead(context: Context, leading: Leading): Lead {
  const streaming = Promise.withResolvers<Streaming>();
  const landed = run(context, leading, streaming.resolve);
  context.waitUntil(landed);
  return { landed, first: Promise.race([streaming.promise, landed]) };
}

async function run(context: Context, leading: Leading, stream: (it: Streaming) => void): Promise<Landed> {
  const { notes, isolate } = context;
  const { grant, route, request, entry } = leading;
  let filling = false;
  const leave = memoryOf(isolate).bulkhead.enter('');
  try {
    if (!leave) {
      notes.events.add('overloaded');
      return { is: 'overloaded' };
    }
    const fetch = request.method === 'HEAD' ? fetchHead : fetchOrValidate;
    const fetched = await fetch(context, route, request, entry, leading);
    if (fetched.is === 'fetched') {
      return await land(context, leading, fetched, stream, () => {
        filling = true;
      });
    }
    notes.events.add(`${fetched.code}: ${fetched.why}`);
    return fetched;
  } catch (error) {
    // Not the origin's: what it does wrong was told above.
    const failure = failureOf(error);
    notes.events.add(`internal: ${failure.why}`);
    return failure;
  } finally {
    leave?.();
    if (grant && !filling) release(context, grant, 'free');
  }
}

async function land(
  context: Context,
  { route, request, grant, covers }: Leading,
  { answer, confirmed, names }: Fetched,
  stream: (it: Streaming) => void,
  filling: () => void,
): Promise<Landed> {
  if (request.method === 'HEAD' && !confirmed) {
    stream({ is: 'streaming', answer, body: null, refused: 'lease' });
    return { is: 'streamed' };
  }
  const headers = confirmed ? updatedFields(confirmed.headers, answer.headers) : answer.headers;
  const status = confirmed?.status ?? answer.status;
  const received: Received = { ...answer, status, fields: new FieldSet(headers) };
  const isError = covers && coverableErrors.has(status);
  const why = isError ? 'status' : (refusal(request, route, received) ?? (grant ? null : 'lease'));

  async function landWhole(bytes: Uint8Array): Promise<Landed> {
    const refused = why ?? (bytes.length > route.cls.maxBytes ? 'too-large' : null);
    const whole = await wholeOf(context, route, request, received, { headers, bytes, names });
    const { entry, own } = whole;
    if (refused === null && grant) {
      filling();
      const { inMemory, done } = await keep(context, route, request, grant, received, whole);
      context.waitUntil(done);
      await inMemory;
    }
    return { is: 'entry', entry, own, refused, fwdStatus: answer.status };
  }

  if (confirmed) return landWhole(bytesOf(confirmed));
  const first = await readFirst(context, answer);
  if (first.is === 'whole') return landWhole(first.bytes);
  if (first.is === 'more') {
    const refused = why ?? notKept(answer, route);
    return landStreaming(context, answer, first, { refused, route, grant, landWhole, stream, filling });
  }
  context.notes.events.add('truncated');
  return { is: 'failed', code: 'origin-failed', why: 'truncated' };
}

/** Nobody else waits for the end of an event stream. */
const notKept = ({ live, length = 0 }: OriginResponse, { cls }: HttpRoute): Refused | null =>
  live ? 'live' : length > cls.maxBytes ? 'too-large' : null;

interface Landing {
  readonly refused: Refused | null;
  readonly route: HttpRoute;
  readonly grant: Grant | null;
  readonly landWhole: (bytes: Uint8Array) => Promise<Landed>;
  readonly stream: (it: Streaming) => void;
  /** The lease is looked after here from now on. */
  readonly filling: () => void;
}

/**
 * The client has it as it comes; who waited for it is told when it is whole, that it never will be, or that it takes long: then
 * it is still stored, but nobody else waits.
 */
function landStreaming(
  context: Context,
  answer: OriginResponse,
  first: Extract<First, { is: 'more' }>,
  { refused, route, grant, landWhole, stream, filling }: Landing,
): Promise<Landed> {
  const { clock, bounds } = context.isolate;
  const landed = Promise.withResolvers<Landed>();
  const streamed: Landed = { is: 'streamed' };
  const keeps = refused === null;
  const body = passOn(context, first, {
    ...{ length: answer.length, live: answer.live, keepBytes: keeps ? route.cls.maxBytes : 0 },
    whole: async (bytes) => landed.resolve(await landWhole(bytes)),
    notWhole: (what) => {
      context.notes.events.add(what);
      if (keeps && grant) release(context, grant, 'free');
      landed.resolve(streamed);
    },
  });
  stream({ is: 'streaming', answer, body, refused });
  if (!keeps) return Promise.resolve(streamed);
  filling();
  void clock.sleep(bounds.streamMs).then(() => landed.resolve(streamed));
  return landed.promise;
}

const bytesOf = ({ body }: Entry) => (typeof body === 'string' ? new TextEncoder().encode(body) : body);
