import type { Switched } from '../rollout/switched.ts';
import { changeOf } from '../store/generation.ts';
import type { PurgeTarget } from '../store/names.ts';
import type { Entry } from '../store/wire.ts';
import type { EndedRequest, Forward, ReadOutcome } from '../telemetry/outcome.ts';
import type { Context } from './context.ts';
import type { PresentValue, Windows } from './judge.ts';
import { type Found, lookupAll } from './lookup.ts';
import { readFailure } from './marker.ts';
import type { Note } from './notes.ts';
import type { FetchFailure } from './origin-call.ts';
import { forwarded, type Served, ttlLeftMsOf } from './served.ts';
import type { Subject } from './subject.ts';

/** Why the next answer would be what it is: all that is known of it before anything is fetched. Times in milliseconds since the epoch. */
export interface Explained {
  readonly className: string;
  /** What the next read would end in; of one that is fetched, as far as it is known before. */
  readonly next: EndedRequest;
  /** Of the next answer; null: its origin says. */
  readonly status: number | null;
  /** Null: nothing was looked up. */
  readonly seen: Seen | null;
  /** As the request has them, or null: one is not valid. */
  readonly params?: Readonly<Record<string, unknown>> | null;
  readonly access?: Access;
  readonly wouldFetch: WouldFetch | null;
  /** Whether the cache answers it at all. Absent: the request is refused before. */
  readonly switched?: Switched;
  /** Where it does not: what it would have answered. */
  readonly byCache?: ReadOutcome;
  /** What else there is to know, in sentences. */
  readonly remarks: readonly string[];
}

/** Of a route that explains itself, so that a Worker without such a route has nothing of it. */
export interface Explains {
  explain(context: Context, request: Request): Promise<Explained>;
  /** Null: it is no key that the route has now. */
  explainKey(context: Context, fullKey: string): Promise<Explained | null>;
}

/** What a front end's switch would come to, as far as it can be known without a fetch. */
export type NextRead = Served | { readonly is: 'fetch'; readonly outcome: Forward };

/** What comes of a request that its class, as it is switched, keeps from the cache; null: the cache answers. */
export const nextSwitched = ({ decision: { mode, detail } }: Switched): NextRead | null =>
  mode === 'on' ? null : { is: 'fetch', outcome: forwarded({ fwd: 'bypass', detail }) };

/** `mayRead` is null where it would take a fetch to know. */
export interface Access {
  readonly rule: string;
  readonly mayRead: boolean | null;
  readonly why?: string | undefined;
}

/** `loader`: the team's own code, which asks what it will. `if_none_match`: it is only asked whether what is stored still holds. */
export type WouldFetch =
  | { readonly by: 'loader' }
  | { readonly by: 'origin'; readonly method: string; readonly path: string; readonly conditional?: true };

/** What was found of one entry, here and in Redis. */
export interface Seen {
  readonly key: string;
  readonly redisKey: string;
  readonly entry: Entry | undefined;
  readonly layer: Found['layer'] | null;
  readonly ageMs: number | null;
  readonly ttlMs: number | null;
  readonly tags: readonly SeenTag[];
  /** Null too where a hard purge, or an eviction, has ended them. */
  readonly windows: SeenWindows | null;
  /** For how long this isolate goes on answering from its memory without a word from Redis, and what comes then; null: it asks. */
  readonly trusted: { readonly untilMs: number; readonly afterwards: ReadOutcome } | null;
  readonly lock: SeenLock;
  readonly notes: readonly Note[];
}

export interface SeenTag extends PurgeTarget {
  readonly generation: 'same' | 'changed' | 'missing' | 'soft' | 'unchecked' | null;
  /** Of soft purges the first, by Redis' clock, where that is still known. */
  readonly softPurgedMs?: number;
}

/** Each window ends at its time; null: the class, or the answer, has none. */
export interface SeenWindows {
  readonly freshUntilMs: number;
  readonly staleWhileRevalidateUntilMs: number | null;
  readonly staleIfErrorUntilMs: number | null;
}

/** `held`: somebody is fetching it. `direct`: what was fetched last was not stored, and nobody waits for it. */
export interface SeenLock {
  readonly state: 'free' | 'held' | 'direct' | 'failed' | 'unchecked';
  /** It stands in the lock's place, or one beside it: a second within a second spares the origin. */
  readonly failure: FetchFailure | null;
}

/** What Redis has of it, whatever this isolate would ask. */
export interface InRedis<S extends Subject> {
  readonly found: Found<S>;
  readonly presentOf: PresentValue;
  readonly lock: SeenLock;
}

export async function lookPastL1<S extends Subject>(context: Context, subject: S): Promise<InRedis<S>> {
  const { names } = context.isolate;
  const lock = await names.lock(subject.className, subject.names.fullKey);
  const also = [lock, names.failed(lock)];
  const { found, presentOf } = await lookupAll(context, [subject], { pastL1: true, also });
  return { found: found[0]!, presentOf, lock: lockOf(presentOf(lock), presentOf(names.failed(lock))) };
}

function lockOf(text: string | null | undefined, failedText: string | null | undefined): SeenLock {
  const failure = readFailure(text);
  if (failure) return { state: 'failed', failure };
  const before = readFailure(failedText);
  if (text === undefined) return { state: 'unchecked', failure: before };
  if (text === null) return { state: 'free', failure: before };
  return { state: text === 'direct' ? text : 'held', failure: before };
}

/** `afterwards`: what would come without this isolate's memory. */
export function seenOf<S extends Subject>(
  { isolate, notes }: Context,
  found: Found<S>,
  redis: InRedis<S>,
  ageMsOf: (entry: Entry, nowMs: number) => number,
  afterwards: ReadOutcome,
): Seen {
  const { clock, names, l1 } = isolate;
  const nowMs = clock.now();
  const { subject } = found;
  const entry = found.entry ?? redis.found.entry;
  const tags = entry
    ? [...entry.generations].map(([name, captured]) =>
        seenTag(names.targetOf(name), captured, redis.presentOf(name)),
      )
    : subject.names.generationNames.map((name) => ({ ...names.targetOf(name), generation: null }));
  const isGone = tags.some(({ generation }) => generation === 'changed' || generation === 'missing');
  const validity = l1.get(subject.names.fullKey)?.validity;
  const untilMs = typeof validity === 'number' ? validity + subject.l1Ms : 0;
  return {
    key: subject.names.fullKey,
    redisKey: subject.names.key,
    entry,
    layer: entry ? found.layer : null,
    ageMs: entry ? ageMsOf(entry, nowMs) : null,
    ttlMs: entry ? ('leftMs' in found ? found.leftMs : ttlLeftMsOf(entry, nowMs)) : null,
    tags,
    windows: entry && !isGone ? windowsOf(entry, subject.windowsOf(entry), tags) : null,
    trusted: found.entry && found.layer === 'l1' && untilMs > nowMs ? { untilMs, afterwards } : null,
    lock: redis.lock,
    notes: [...notes.noted],
  };
}

function seenTag(target: PurgeTarget, captured: string, present: string | null | undefined): SeenTag {
  if (present === undefined) return { ...target, generation: 'unchecked' };
  if (present === null) return { ...target, generation: 'missing' };
  const change = changeOf(captured, present);
  if (change === 'none') return { ...target, generation: 'same' };
  if (change === 'hard') return { ...target, generation: 'changed' };
  return { ...target, generation: 'soft', ...(Number.isFinite(change) && { softPurgedMs: change }) };
}

/** As `judge` has them: a window begins where the ttl ends or, if earlier, at the first soft purge. */
function windowsOf(
  entry: Entry,
  { consistency, swrMs, sieMs }: Windows,
  tags: readonly SeenTag[],
): SeenWindows {
  const softly = tags
    .filter(({ generation }) => generation === 'soft')
    .map(({ softPurgedMs = entry.fetchedMs }) => Math.max(softPurgedMs, entry.fetchedMs));
  const freshUntilMs = Math.min(entry.fetchedMs + entry.ttlMs, ...softly);
  const endOf = (ms: number) => (consistency === 'strict' || ms === 0 ? null : freshUntilMs + ms);
  return {
    freshUntilMs,
    staleWhileRevalidateUntilMs: endOf(swrMs),
    staleIfErrorUntilMs: endOf(sieMs),
  };
}
