import type { Asking } from '../cache/asking.ts';
import { purgeAgain, purgeWritten } from '../cache/purge-written.ts';
import { detailOf, groupsToInvalidate } from '../cache/write.ts';
import { invalidated, isUnsafe } from '../http/invalidation.ts';
import type { Forward } from '../telemetry/outcome.ts';
import { type Asked, sentAlone } from './asked.ts';
import { type Exchanged, exchange, originOf } from './exchange.ts';
import { memoryOf } from './memory.ts';
import { changedAt, type HttpRoute } from './options.ts';
import { overloaded, passed } from './pass.ts';
import type { Served } from './served.ts';

/**
 * Every method but GET and HEAD: its body is streamed on, and what its answer makes invalid (RFC 9111 §4.4, RFC 9875 §3)
 * is purged before that answer leaves.
 */
export async function forward(asking: Asking, route: HttpRoute, asked: Asked): Promise<Served> {
  const outcome: Forward = { kind: 'fwd', fwd: 'method', stored: false };
  const leave = memoryOf(asking.isolate).bulkhead.enter('');
  if (!leave) return overloaded(outcome);
  try {
    const { method, target, body } = asked;
    const answer = await exchange(asking, route, { method, target, headers: sentAlone(asked), body });
    const detail = isUnsafe(method) ? await purgeChanged(asking, route, asked, answer) : undefined;
    return await passed(asking, answer, { ...outcome, ...(detail !== undefined && { detail }) });
  } finally {
    leave();
  }
}

/** What to tell the client of a purge that was not applied before the answer. */
async function purgeChanged(
  asking: Asking,
  route: HttpRoute,
  { target, url }: Asked,
  answer: Exchanged | { readonly is: 'failed' },
): Promise<string | undefined> {
  if (answer.is === 'failed') {
    // It may have been carried out all the same.
    const changed = changedAt(route, [target]);
    asking.waitUntil(purgeAgain(asking, changed));
    await purgeWritten(asking, changed, []);
    return undefined;
  }
  const { status, fields } = answer;
  const origins = { requestUrl: url, originUrl: originOf(asking, route) };
  const targets = invalidated(target, status, fields, origins);
  const groups = groupsToInvalidate(asking, fields);
  if (targets.length === 0 && groups.length === 0) return undefined;
  return detailOf[await purgeWritten(asking, changedAt(route, targets), groups)];
}
