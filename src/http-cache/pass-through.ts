import { discard } from '../engine/body.ts';
import { causeOfRead, countFetch } from '../engine/count-fetch.ts';
import { type ForwardCause, forwarded, type Served, servedNothing } from '../engine/served.ts';
import { memoryOf } from './memory.ts';
import {
  coverOf,
  type FoundHttp,
  type HttpRead,
  noteFailed,
  passedOn,
  type Requested,
  type TellGiven,
} from './outcome.ts';
import { readOrigin } from './read-origin.ts';
import { headersOfRead } from './request.ts';
import { namesOfUri } from './variants.ts';

/** Nothing is stored; a copy that was validated before may cover for an origin that fails. */
export const withoutRedis = (read: HttpRead): Promise<Served> =>
  passThrough({ ...read, cause: { ...read.cause, detail: 'store-unavailable' } });

interface ReadPassed extends Requested, Pick<HttpRead, 'cause'> {
  /** What may cover for an origin that fails; absent: nothing. */
  readonly found?: FoundHttp;
  readonly tellGiven?: TellGiven;
}

/** For this client only, with its own conditions and range. */
export async function passThrough(read: ReadPassed): Promise<Served> {
  const { context, route, request, cause, tellGiven } = read;
  const memory = memoryOf(context.isolate);
  const leave = memory.bulkhead.enter('');
  countFetch(context, route.cls.name, causeOfRead(cause), leave);
  if (!leave) return coverOf(read, undefined) ?? servedNothing({ is: 'overloaded' }, cause);
  try {
    const { method, target } = request;
    const rule = route.inputs === 'all' ? [] : memory.rule((await namesOfUri(context, route, target)).key);
    const headersBy = (names: readonly string[]) => headersOfRead(request, route, names);
    const asked = await readOrigin(context, { route, request, method, rule, headersBy });
    const answer = asked.is === 'failed' ? asked : asked.answer;
    const cover = coverOf(read, answer.status);
    if (!cover) return await passedOn(read, answer, cause, { tellGiven });
    if (answer.is === 'answer') discard(answer.body);
    else noteFailed(read, answer);
    return { ...cover, isInVain: true };
  } finally {
    leave();
  }
}

/** RFC 9111 §5.2.1.7. */
export const onlyIfCached = (cause: ForwardCause): Served => ({
  is: 'problem',
  code: 'not-stored',
  why: 'only-if-cached',
  outcome: forwarded(cause, { detail: 'only-if-cached' }),
});
