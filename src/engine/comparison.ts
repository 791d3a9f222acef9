import { bounds } from '../bounds.ts';
import type { HeaderList } from '../http/message.ts';
import {
  type Compared,
  type Difference,
  differencesOf,
  type Representation,
  type Step,
} from '../rollout/compare.ts';
import { changeOf } from '../store/generation.ts';
import { type Entry, unzipped } from '../store/wire.ts';
import { fieldName } from '../telemetry/field-name.ts';
import type { LogLine } from '../telemetry/log.ts';
import { type Collected, collect } from './body.ts';
import type { Bulkhead } from './bulkhead.ts';
import { type Context, within } from './context.ts';
import { countFailure, countFetch } from './count-fetch.ts';
import { presentValues } from './lookup.ts';
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
  /** Names that are declared to be fields, and no data: asked for where it differs. */
  readonly declaredFields: () => ReadonlySet<string>;
  /** Asks as the class does, for who was served, under no lease, and stores nothing. Its body as it came. */
  readonly fetch: (context: Context) => Promise<Present | FetchFailure>;
}

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
  const compared = await runToEnd(apart, hit, signal).catch(() => cannotBeCompared);
  // Each fetch has one result.
  isolate.meter.add('comparisons', 1, className, compared.result);
  if (compared.result === 'differs' || compared.result === 'stale')
    isolate.logComparison(comparisonLine(context, hit, compared.result, compared.at));
}

type Comparison =
  | { readonly result: 'differs' | 'stale'; readonly at: readonly Difference[] }
  /** `dropped`: it gave way, or the entry was purged meanwhile. */
  | { readonly result: 'equal' | 'failed' | 'dropped' };

const cannotBeCompared: Comparison = { result: 'failed' };

async function runToEnd(apart: Context, hit: HitToCompare, signal: AbortSignal): Promise<Comparison> {
  const { className } = hit.label;
  const present = await presentOf(apart, hit, signal);
  if (signal.aborted) return { result: 'dropped' };
  if (present.is === 'failed') {
    countFailure(apart, className, present);
    return cannotBeCompared;
  }
  if (typeof present.body !== 'string')
    apart.isolate.meter.add('origin_bytes', present.body.length, className);
  const at = await differencesFrom(hit, present);
  if (!at) return cannotBeCompared;
  if (!(await isUnpurged(apart, hit.entry))) return { result: 'dropped' };
  if (at.length === 0) return { result: 'equal' };
  return { result: hit.ageMs > hit.boundMs ? 'stale' : 'differs', at };
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
  if (present.body === 'truncated' || !saysOfContent(present.status, entry.status)) return null;
  if (present.body === 'too-large') return [{ in: 'body' }];
  const [a, b] = await Promise.all([
    decoded(entry.headers, entry.coding === 'gzip' ? unzipped(entry) : entry.body),
    decoded(present.headers, present.body),
  ]);
  if (!a || !b || a.coding !== b.coding) return null;
  return differencesOf({ ...entry, body: a.body }, { ...present, body: b.body }, compared);
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
async function isUnpurged(apart: Context, entry: Entry): Promise<boolean> {
  const generationOf = await presentValues(apart, [entry], new Map());
  return [...entry.generations].every(([name, captured]) => {
    const generation = generationOf(name);
    return generation !== undefined && changeOf(captured, generation) === 'none';
  });
}

/** Where they differ, never what is there. */
const comparisonLine = (
  { id, identity, isolate: { hashesIds } }: Context,
  { entry, label, layer, ageMs, boundMs, declaredFields }: HitToCompare,
  result: 'stale' | 'differs',
  at: readonly Difference[],
): LogLine => ({
  event: 'comparison',
  level: result === 'stale' ? 'warn' : 'info',
  request_id: id,
  class: label.className,
  result,
  at: at.map((it) => placeOf(it, hashesIds ? null : declaredFields())),
  age_ms: ageMs,
  bound_ms: boundMs,
  layer,
  // Somebody else's fetch: what differs may be whose it is.
  other_filler: (identity !== null && entry.principal.user !== identity.principal.user) || undefined,
  // It may have ids in it; the line of its request has it with hashes.
  origin_path: hashesIds ? undefined : label.originPath,
});

/** `declared`: null where no name is to be shown. */
function placeOf(difference: Difference, declared: ReadonlySet<string> | null): string {
  if (difference.in === 'status') return 'status';
  if (difference.in === 'header') return `header:${difference.name}`;
  const path = difference.path?.map((step) => shownStep(step, declared)).join('.');
  return path === undefined ? 'body' : path.slice(0, bounds.loggedWhyChars) || '(the whole)';
}

function shownStep({ name, isField }: Step, declared: ReadonlySet<string> | null): string {
  if (typeof name === 'number') return fieldName(name);
  return declared && (isField || declared.has(name)) ? fieldName(name) : '*';
}
