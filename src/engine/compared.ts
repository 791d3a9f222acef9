import { bounds } from '../bounds.ts';
import type { HeaderList } from '../http/message.ts';
import { answerDigest } from '../rollout/answer-digest.ts';
import { differencesOf } from '../rollout/compare.ts';
import { changeOf } from '../store/generation.ts';
import { type Entry, unzipped } from '../store/wire.ts';
import { collect } from './body.ts';
import { placeOf } from './comparison-line.ts';
import type { Context } from './context.ts';
import type { Comparison, HitCompared, Present } from './hit-compared.ts';
import { presentValues } from './lookup.ts';
import type { FetchFailure } from './origin-call.ts';
import { type Answers, isWitnessed, provesLeak } from './witnessed.ts';

export const cannotBeCompared: Comparison = { result: 'failed' };

export interface CompareOptions {
  /** Whether the generations of one that is equal are looked at too; those of one that differs always are. */
  readonly checksEqual: boolean;
  /** Called when both are read: what goes on may take a while, and needs no place at the origin. */
  readonly tellRead?: () => void;
}

/**
 * Says nothing of an entry that was purged since it was filled: that the origin has something else then is what the purge said. While a class is
 * switched on a purge is given some time to come, because the guard must not be misled by one that is on its way.
 */
export async function comparisonOf(
  context: Context,
  hit: HitCompared,
  present: Present | FetchFailure,
  { checksEqual, tellRead = () => {} }: CompareOptions,
): Promise<Comparison> {
  if (present.is === 'failed') return cannotBeCompared;
  const read = await readBoth(context, hit, present);
  tellRead();
  if (!read) return cannotBeCompared;
  const { at, answers } = read;
  const { clock, bounds: limits } = context.isolate;
  const isEqual = at.length === 0;
  if (hit.trial && !isEqual) await clock.sleep(limits.purgeOnItsWayMs);
  // What may be evidence is looked at as well: isolate memory trusts a copy for a while after a purge.
  if ((checksEqual || !isEqual || answers) && !(await isUnpurged(context, hit.entry)))
    return { result: 'dropped' };
  const leak = answers && provesLeak(context, hit, answers, at);
  if (leak) return { result: 'leak', at: leak };
  if (isEqual) return { result: 'equal' };
  return { result: hit.ageMs > hit.boundMs ? 'stale' : 'differs', at };
}

/** Where they differ, and in a trial what they are. Null: they cannot be compared, because the origin gave no answer to this, or one of them cannot be read. */
async function readBoth(
  context: Context,
  hit: HitCompared,
  present: Present,
): Promise<{ readonly at: readonly string[]; readonly answers: Answers | null } | null> {
  const { entry, compared, declaredFields } = hit;
  if (present.body === 'truncated') return null;
  if (!saysOfContent(present.status, entry.status) && !refusesAnother(context, hit, present)) return null;
  if (present.body === 'too-large') return { at: ['body'], answers: null };
  const [a, b] = await Promise.all([
    decoded(entry.headers, entry.coding === 'gzip' ? unzipped(entry) : entry.body),
    decoded(present.headers, present.body),
  ]);
  if (!a || !b || a.coding !== b.coding) return null;
  const stored = { ...entry, body: a.body };
  const now = { ...present, body: b.body };
  const differences = differencesOf(stored, now, compared);
  const names = differences.length === 0 || context.isolate.hashesIds ? null : declaredFields();
  const at = differences.map((it) => placeOf(it, names));
  const isOfUse = hit.trial && (at.length > 0 || isWitnessed(context, hit));
  if (!isOfUse) return { at, answers: null };
  const digest = await answerDigest(stored, compared);
  return {
    at,
    answers: { stored: digest, present: at.length === 0 ? digest : await answerDigest(now, compared) },
  };
}

/**
 * RFC 9110 §15: that there is another content, or none any more. All else is about who asks, how, or how the origin is, and says nothing of what
 * was asked for: to log in, to wait, to ask elsewhere; unless it is what was stored.
 */
const saysOfContent = (status: number, stored: number): boolean =>
  status === stored ||
  (status >= 200 && status < 300 && status !== 206) ||
  (sendsElsewhere(status) && sendsElsewhere(stored)) ||
  status === 404 ||
  status === 410;

/** RFC 9110 §15.5.4: whom the origin refuses what another's fetch has stored, the cache would give it; a class is not switched on with that. */
const refusesAnother = ({ identity }: Context, { entry, trial }: HitCompared, { status }: Present): boolean =>
  trial !== undefined &&
  status === 403 &&
  identity !== null &&
  identity.principal.user !== entry.principal.user;

const sendsElsewhere = (status: number) => [301, 302, 303, 307, 308].includes(status);

/** Without the coding that it was stored or sent in, where that can be taken off; `coding`: the one that is left. Null: it is damaged, or too large without. */
async function decoded(headers: HeaderList, body: string | Uint8Array | ReadableStream<Uint8Array>) {
  const coding =
    headers
      .find(([name]) => name === 'content-encoding')?.[1]
      .trim()
      .toLowerCase() ?? '';
  const format = ({ gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate' } as const)[coding];
  const sent = new Response(body).body!;
  const stream = format ? sent.pipeThrough(new DecompressionStream(format)) : sent;
  const bytes = await collect({ body: stream, length: undefined }, bounds.maxBytesLimit);
  return typeof bytes === 'string' ? null : { body: bytes, coding: format ? '' : coding };
}

/** Whether it is what it was filled as, by every generation that it names. Unknown counts as purged: nothing is said of it. */
async function isUnpurged(context: Context, entry: Entry): Promise<boolean> {
  const generationOf = await presentValues(context, [entry], new Map());
  return [...entry.generations].every(([name, captured]) => {
    const generation = generationOf(name);
    return generation !== undefined && changeOf(captured, generation) === 'none';
  });
}
