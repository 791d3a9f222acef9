import { collect, discard } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { fillEntry, type Grant, release } from '../engine/fill.ts';
import { type Subject, tenantOf } from '../engine/subject.ts';
import { formatEntityTag, strongEtagOf } from '../http/etag.ts';
import type { Draft, Entry } from '../store/wire.ts';
import { type Answer, type Fetched, type FetchFailed, failureOf, fetchSubject } from './origin.ts';
import { isStorable } from './value.ts';

/** How a fetch ended: what its leader and its followers can be told. Holds no stream. */
export type Landed =
  | { readonly is: 'entry'; readonly entry: Entry; readonly stored: boolean }
  | { readonly is: 'passing'; readonly answer: Answer & { readonly body: Uint8Array | null } }
  /** Too large to be shared: whoever waited fetches alone. */
  | { readonly is: 'too-large' }
  | { readonly is: 'overloaded' }
  | FetchFailed;

/** What the leader alone can have: a body that is still coming, or too large to be shared. */
export interface Streaming {
  readonly is: 'streaming';
  readonly answer: Answer;
  /** Admitted; whether the fill succeeds is not known yet. */
  readonly stored: boolean;
}

/** A body whose announced length is below this is read to its end first: its `ETag` is known, and a break-off is seen. */
const READ_FIRST_BYTES = 64 * 1024;

export interface Lead {
  readonly first: Promise<Landed | Streaming>;
  readonly landed: Promise<Landed>;
}

/**
 * Fetches, answers the one who asked, and stores under `grant` (null: nothing is stored). Both promises settle
 * whatever happens, and neither rejects; `landed` is anchored in the leader's `waitUntil`.
 */
export function lead(context: Context, subject: Subject, grant: Grant | null): Lead {
  const streaming = Promise.withResolvers<Streaming>();
  const landed = run(context, subject, grant, streaming.resolve);
  context.waitUntil(landed);
  return { landed, first: Promise.race([streaming.promise, landed]) };
}

async function run(
  context: Context,
  subject: Subject,
  grant: Grant | null,
  stream: (it: Streaming) => void,
): Promise<Landed> {
  const { isolate, notes } = context;
  const leave = isolate.bulkhead.enter(tenantOf(subject.owner));
  if (!leave) {
    notes.events.add('overloaded');
    if (grant) release(context, grant, 'free');
    return { is: 'overloaded' };
  }
  try {
    const fetchedMs = isolate.clock.now();
    const fetched = await fetchSubject(context, subject);
    return await land(context, subject, grant, fetched, fetchedMs, stream);
  } catch (error) {
    if (grant) release(context, grant, 'fetch-directly');
    return failureOf(error);
  } finally {
    leave();
  }
}

async function land(
  context: Context,
  subject: Subject,
  grant: Grant | null,
  fetched: Fetched,
  fetchedMs: number,
  stream: (it: Streaming) => void,
): Promise<Landed> {
  const { notes } = context;
  const giveUp = (landed: Landed): Landed => {
    if (grant) release(context, grant, 'fetch-directly');
    return landed;
  };
  if (fetched.is === 'failed') {
    notes.events.add(`${fetched.code}: ${fetched.why}`);
    return giveUp(fetched);
  }
  const { cls } = subject;
  const { body, toClient } = split(fetched);
  const passOn = () =>
    stream({
      is: 'streaming',
      answer: { ...fetched, body: toClient },
      stored: fetched.status === 200 && grant !== null && !((fetched.length ?? 0) > cls.maxBytes),
    });
  const streams = streamsFirst(subject, fetched);
  if (streams) passOn();
  const bytes = await collect({ body, length: fetched.length }, cls.maxBytes);
  if (bytes === 'too-large') {
    notes.events.add('too-large');
    if (!streams) passOn();
    return giveUp({ is: 'too-large' });
  }
  if (!streams) discard(toClient);
  if (bytes === 'truncated') {
    notes.events.add('truncated');
    return giveUp({ is: 'failed', code: 'origin-failed', why: 'truncated' });
  }
  if (fetched.status !== 200) return giveUp({ is: 'passing', answer: { ...fetched, body: bytes } });
  const draft = await draftOf(context, subject, grant, fetched, fetchedMs, bytes);
  const entry: Entry = { ...draft, generations: new Map(), coding: 'identity', length: bytes.length };
  const refused = isStorable(cls, fetched, bytes);
  if (refused !== null) notes.events.add(refused);
  if (refused !== null || !grant) return giveUp({ is: 'entry', entry, stored: false });
  context.waitUntil(fillEntry(context, subject, grant, draft, fetched.tags).done);
  return { is: 'entry', entry, stored: true };
}

async function draftOf(
  { isolate, identity }: Context,
  { cls, names }: Subject,
  grant: Grant | null,
  { status, headers, etag }: Answer,
  fetchedMs: number,
  body: Uint8Array<ArrayBuffer>,
): Promise<Draft> {
  return {
    fill: grant?.token ?? '',
    key: names.fullKey,
    principal: identity?.principal ?? { tenant: '', user: '' },
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    etag: formatEntityTag(etag ?? (await strongEtagOf(body))),
    fetchedMs,
    fetchMs: isolate.clock.now() - fetchedMs,
    ttlMs: cls.ttlMs,
    body,
  };
}

/** A class that looks at the value before it stores waits for the whole of it, within its bound; so does a small body. */
function streamsFirst({ cls }: Subject, { body, length }: Answer): boolean {
  if (!(body instanceof ReadableStream) || cls.value || cls.storeWhen) return false;
  return length === undefined || length > READ_FIRST_BYTES;
}

/** One branch for the store, which reads at most `maxBytes` ahead and then lets go; one for the client, at its own pace. */
export function split({ body }: Answer): {
  readonly body: Answer['body'];
  readonly toClient: Answer['body'];
} {
  if (!(body instanceof ReadableStream)) return { body, toClient: body };
  const [toClient, toStore] = body.tee();
  return { body: toStore, toClient };
}
