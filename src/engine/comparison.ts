import { bounds } from '../bounds.ts';
import type { HeaderList } from '../http/message.ts';
import { type Compared, type Difference, differencesOf, type Representation } from '../rollout/compare.ts';
import { changeOf } from '../store/generation.ts';
import { type Entry, unzipped } from '../store/wire.ts';
import { fieldName } from '../telemetry/field-name.ts';
import type { LogLine } from '../telemetry/log.ts';
import { type Collected, collect } from './body.ts';
import type { Bulkhead } from './bulkhead.ts';
import { type Context, within } from './context.ts';
import { countFailure, countFetch } from './count-fetch.ts';
import { type Found, presentValues } from './lookup.ts';
import { type FetchLabel, newNotes } from './notes.ts';
import { type FetchFailure, failed, timedOut } from './origin-call.ts';

/** A hit, and how its front end asks the origin for the same. */
export interface HitToCompare {
  readonly entry: Entry;
  readonly layer: 'l1' | 'l2';
  readonly bulkhead: Bulkhead;
  /** Whose share of the bulkhead it takes. */
  readonly tenant: string;
  readonly label: FetchLabel;
  readonly ageMs: number;
  /** How old it may be as is declared: its ttl, and the longest of its stale windows. */
  readonly boundMs: number;
  readonly compared: Compared;
  /** Asks as the class does, for who was served, under no lease, and stores nothing. Its body as it came. */
  readonly fetch: (context: Context) => Promise<Present | FetchFailure>;
}

/** Nothing would be learned of it: the origin is said to have changed. */
export const isSoftlyPurged = (found: Found): boolean => found.is === 'stale' && !found.current;

/** What the origin says now. */
export interface Present extends Omit<Representation, 'body'> {
  readonly is: 'present';
  readonly body: Collected;
}

/**
 * Compares a hit with the origin in the background, if there is room for it. It never takes a place that a fetch needs, and says nothing of an
 * entry that was purged since it was filled: that the origin has something else then is what the purge said.
 */
export function compareHit(context: Context, hit: HitToCompare): void {
  const { comparisonsAtOnce: atOnce, placesLeftByComparison: leaves } = context.isolate.bounds;
  const end = new AbortController();
  const leave = hit.bulkhead.enterAside(hit.tenant, { atOnce, leaves }, () => end.abort());
  if (!leave) return;
  const ended = runComparison(context, hit, end.signal).catch(() => {});
  context.waitUntil(
    ended.finally(() => {
      leave();
      // Lets go of a body that nobody reads any more.
      end.abort();
    }),
  );
}

async function runComparison(context: Context, hit: HitToCompare, signal: AbortSignal): Promise<void> {
  const { isolate, identity, deadlineMs } = context;
  const { className } = hit.label;
  // Notes of its own: the request's line says what its client met.
  const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
  const apart: Context = { isolate, identity, deadlineMs, waitUntil, notes: newNotes(), signal };
  countFetch(context, className, 'comparison', true);
  const present = await presentOf(apart, hit, signal);
  if (signal.aborted) return;
  if (present.is === 'failed') countFailure(context, className, present);
  else if (typeof present.body !== 'string')
    isolate.meter.add('origin_bytes', present.body.length, className);
  const at = present.is === 'present' ? await differencesFrom(hit, present) : null;
  if (!at) return isolate.meter.add('comparisons', 1, className, 'failed');
  if (!(await isUnpurged(apart, hit.entry))) return;
  const result = at.length === 0 ? 'equal' : hit.ageMs > hit.boundMs ? 'stale' : 'differs';
  isolate.meter.add('comparisons', 1, className, result);
  if (result !== 'equal') isolate.logComparison(comparisonLine(context, hit, result, at));
}

/** Within the origin's deadline, its body included, or until it has to give way. */
async function presentOf(
  apart: Context,
  { fetch }: HitToCompare,
  signal: AbortSignal,
): Promise<Present | FetchFailure> {
  const { clock, bounds } = apart.isolate;
  const gaveWay = Promise.withResolvers<FetchFailure>();
  signal.addEventListener('abort', () => gaveWay.resolve(failed('gave way')), { once: true });
  const asked = Promise.race([fetch(apart), gaveWay.promise]);
  return within(clock, bounds.originMs, asked, timedOut(bounds.originMs));
}

/** Null: they cannot be compared, because the origin gave no answer to this, or one of them cannot be read. */
async function differencesFrom(
  { entry, compared }: HitToCompare,
  present: Present,
): Promise<readonly Difference[] | null> {
  // RFC 9110 §15.5.30, §15.6: it says nothing of what was asked for.
  const isAnswer = present.status !== 429 && (present.status < 500 || present.status === entry.status);
  if (present.body === 'truncated' || !isAnswer) return null;
  if (present.body === 'too-large') return [{ in: 'body' }];
  const [a, b] = await Promise.all([
    decoded(entry.headers, entry.coding === 'gzip' ? unzipped(entry) : entry.body),
    decoded(present.headers, present.body),
  ]);
  if (!a || !b || a.coding !== b.coding) return null;
  return differencesOf({ ...entry, body: a.body }, { ...present, body: b.body }, compared);
}

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
async function isUnpurged(apart: Context, entry: Entry): Promise<boolean> {
  const generationOf = await presentValues(apart, [entry], new Map());
  return [...entry.generations].every(([name, captured]) => {
    const generation = generationOf(name);
    return generation !== undefined && changeOf(captured, generation) === 'none';
  });
}

/** Where they differ, never what is there. */
const comparisonLine = (
  { id, identity }: Context,
  { entry, label, layer, ageMs, boundMs }: HitToCompare,
  result: 'stale' | 'differs',
  at: readonly Difference[],
): LogLine => ({
  event: 'comparison',
  level: result === 'stale' ? 'warn' : 'info',
  request_id: id,
  class: label.className,
  result,
  at: at.map(placeOf),
  age_ms: ageMs,
  bound_ms: boundMs,
  layer,
  // Somebody else's fetch: what differs may be whose it is.
  other_filler: (identity !== null && entry.principal.user !== identity.principal.user) || undefined,
  origin_path: label.originPath,
});

function placeOf(difference: Difference): string {
  if (difference.in === 'status') return 'status';
  if (difference.in === 'header') return `header:${difference.name}`;
  const path = difference.path?.map(fieldName).join('.');
  return path === undefined ? 'body' : path.slice(0, bounds.loggedWhyChars) || '(the whole)';
}
