import {
  type AfterWrite,
  changedGroups,
  detailAfterWrite,
  purgeAfterWrite,
  purgeAgain,
  resultOfStoring,
} from '../engine/after-write.ts';
import type { Context } from '../engine/context.ts';
import { countFetch } from '../engine/count-fetch.ts';
import { type ForwardCause, forwarded, type Served, servedNothing } from '../engine/served.ts';
import { isCredential } from '../http/credentials.ts';
import { invalidated, isUnsafe } from '../http/invalidation.ts';
import type { HeaderList } from '../http/message.ts';
import type { WriteToStore } from '../store/port.ts';
import { memoryOf } from './memory.ts';
import { changedAt, groupTag, type HttpRoute } from './options.ts';
import { exchange, type OriginResponse, originsNamed, originUrlOf } from './origin.ts';
import { passedOn } from './outcome.ts';
import { captureBefore, type PostRead, readPost } from './post.ts';
import { type ClientRequest, headersForAll, headersUnshared } from './request.ts';

/**
 * Every method but GET and HEAD: its body is streamed on, and what its answer makes invalid (RFC 9111 §4.4, RFC 9875 §3)
 * is purged before that answer leaves.
 */
export function forward(context: Context, route: HttpRoute, request: ClientRequest): Promise<Served> {
  const done = exchangeAndPurge(context, route, request);
  // A client that goes away ends its request, never a purge that is owed.
  context.waitUntil(done.catch(() => {}));
  return done;
}

async function exchangeAndPurge(context: Context, route: HttpRoute, request: ClientRequest): Promise<Served> {
  const cause: ForwardCause = { fwd: 'method' };
  const hops = hopsLeft(request);
  // RFC 9110 §7.6.2: it may go no further, so that this is the end of its way.
  if (hops === 0) return { is: 'passing', status: 204, headers: [], body: null, outcome: forwarded(cause) };
  const { uploads, bulkhead } = memoryOf(context.isolate);
  const leave = (request.body ? uploads : bulkhead).enter('');
  countFetch(context, route.cls.name, 'write', leave);
  if (!leave) return servedNothing({ is: 'overloaded' }, cause);
  try {
    const { method, target, body } = request;
    const before = await captureBefore(context, route, request);
    const isForAll = before !== null && typeof before !== 'string';
    const ofClient = isForAll ? headersForAll(request, route, []) : headersUnshared(request);
    const sent = ofClient.filter(([name]) => method !== 'TRACE' || !isCredential(name));
    const headers: HeaderList =
      hops === null
        ? sent
        : [...sent.filter(([name]) => name !== MAX_FORWARDS), [MAX_FORWARDS, `${hops - 1}`]];
    const answer = await exchange(context, route, { method, target, headers, body });
    const read: PostRead =
      answer.is === 'answer' ? await readPost(context, route, request, answer, before) : {};
    const purged = isUnsafe(method)
      ? await purgeChanged(context, route, request, answer, read.entryToStore)
      : 'purged';
    if (read.entryToStore) context.isolate.meter.add('fills', 1, route.cls.name, resultOfStoring(purged));
    const refused = read.refused ?? (read.entryToStore && purged === 'purged' ? 'purged' : undefined);
    const passing = { ...cause, detail: detailAfterWrite[purged] ?? refused };
    const already = { first: read.first, stored: purged === 'stored' };
    return await passedOn({ context, route, request }, answer, passing, already);
  } finally {
    leave();
  }
}

const MAX_FORWARDS = 'max-forwards';

/** RFC 9110 §7.6.2: only OPTIONS and TRACE count them; null: it does not say. */
function hopsLeft({ method, fields }: ClientRequest): number | null {
  const said = fields.get(MAX_FORWARDS) ?? '';
  return (method === 'OPTIONS' || method === 'TRACE') && /^\d{1,9}$/.test(said) ? Number(said) : null;
}

async function purgeChanged(
  context: Context,
  route: HttpRoute,
  { target, url }: ClientRequest,
  answer: OriginResponse | { readonly is: 'failed' },
  entryToStore?: WriteToStore,
): Promise<AfterWrite> {
  if (answer.is === 'failed') {
    // It may have been carried out all the same; but what covers for an origin that is down must not go for nothing.
    const changed = { ...changedAt(route, [target]), mode: 'soft' } as const;
    context.waitUntil(purgeAgain(context, changed));
    await purgeAfterWrite(context, changed, []);
    // Its own problem says more.
    return 'purged';
  }
  const { status, fields } = answer;
  const targets = invalidated(target, status, fields, originsNamed(context, route, url));
  const named = changedGroups(context, fields);
  const groups = named === 'all' ? named : named.map(groupTag(originUrlOf(context, route)));
  if (targets.length === 0 && groups.length === 0) return 'purged';
  return purgeAfterWrite(context, changedAt(route, targets), groups, entryToStore);
}
