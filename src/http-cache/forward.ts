import { detailOf, groupsToInvalidate } from '../classes/write.ts';
import { purgeAgain, purgeWritten } from '../engine/after-write.ts';
import type { Asking } from '../engine/context.ts';
import type { HeaderList } from '../http/headers.ts';
import { invalidated, isUnsafe } from '../http/invalidation.ts';
import { isCredential } from '../http/request-headers.ts';
import type { Forward } from '../telemetry/outcome.ts';
import { memoryOf } from './memory.ts';
import { changedAt, groupTag, type HttpRoute } from './options.ts';
import { type Exchanged, exchange, originOf } from './origin.ts';
import { overloaded, passed } from './pass.ts';
import { type Asked, sentAlone } from './request.ts';
import type { Served } from './served.ts';

/**
 * Every method but GET and HEAD: its body is streamed on, and what its answer makes invalid (RFC 9111 §4.4, RFC 9875 §3)
 * is purged before that answer leaves.
 */
export function forward(asking: Asking, route: HttpRoute, asked: Asked): Promise<Served> {
  const done = exchangeAndPurge(asking, route, asked);
  // A client that goes away ends its request, never a purge that is owed.
  asking.waitUntil(done.catch(() => {}));
  return done;
}

async function exchangeAndPurge(asking: Asking, route: HttpRoute, asked: Asked): Promise<Served> {
  const outcome: Forward = { kind: 'fwd', fwd: 'method', stored: false };
  const hops = hopsLeft(asked);
  // RFC 9110 §7.6.2: it may go no further, so that this is the end of its way.
  if (hops === 0) return { is: 'passing', status: 204, statusText: '', headers: [], body: null, outcome };
  const { uploads, bulkhead } = memoryOf(asking.isolate);
  const leave = (asked.body ? uploads : bulkhead).enter('');
  if (!leave) return overloaded(outcome);
  try {
    const { method, target, body } = asked;
    const sent = sentAlone(asked).filter(([name]) => method !== 'TRACE' || !isCredential(name));
    const headers: HeaderList =
      hops === null
        ? sent
        : [...sent.filter(([name]) => name !== MAX_FORWARDS), [MAX_FORWARDS, `${hops - 1}`]];
    const answer = await exchange(asking, route, { method, target, headers, body });
    const detail = isUnsafe(method) ? await purgeChanged(asking, route, asked, answer) : undefined;
    return await passed(asking, answer, { ...outcome, ...(detail !== undefined && { detail }) });
  } finally {
    leave();
  }
}

const MAX_FORWARDS = 'max-forwards';

/** RFC 9110 §7.6.2: of OPTIONS and TRACE alone; null: it does not say. */
function hopsLeft({ method, fields }: Asked): number | null {
  const said = fields.get(MAX_FORWARDS) ?? '';
  return (method === 'OPTIONS' || method === 'TRACE') && /^\d{1,9}$/.test(said) ? Number(said) : null;
}

/** What to tell the client of a purge that was not applied before the answer. */
async function purgeChanged(
  asking: Asking,
  route: HttpRoute,
  { target, url }: Asked,
  answer: Exchanged | { readonly is: 'failed' },
): Promise<string | undefined> {
  if (answer.is === 'failed') {
    // It may have been carried out all the same; but what covers for an origin that is down must not go for nothing.
    const changed = { ...changedAt(route, [target]), mode: 'soft' } as const;
    asking.waitUntil(purgeAgain(asking, changed));
    await purgeWritten(asking, changed, []);
    return undefined;
  }
  const { status, fields } = answer;
  const origins = { requestUrl: url, originUrl: originOf(asking, route) };
  const targets = invalidated(target, status, fields, origins);
  const named = groupsToInvalidate(asking, fields);
  const groups = named === 'all' ? named : named.map(groupTag(originOf(asking, route)));
  if (targets.length === 0 && groups.length === 0) return undefined;
  return detailOf[await purgeWritten(asking, changedAt(route, targets), groups)];
}
