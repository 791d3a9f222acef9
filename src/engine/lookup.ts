import { bounds } from '../bounds.ts';
import { NO_VALUE, parseValue } from '../classes/value.ts';
import { type Entry, plainText, readEntry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { lateName } from './fill.ts';
import { type Current, judge, type Verdict } from './judge.ts';
import type { Kept } from './l1.ts';
import { callStore } from './store-call.ts';
import { type Subject, windowsOf } from './subject.ts';

/** What is known of one entry before anything is fetched. */
export interface Found {
  readonly subject: Subject;
  /** `absent`: nothing is stored. `unknown`: the store could not be asked; `entry` is then a copy validated before, if any. */
  readonly verdict: Verdict | { readonly is: 'absent' } | { readonly is: 'unknown' };
  readonly entry: Entry | undefined;
  readonly layer: 'l1' | 'l2';
  /** Late tags known for this key: the next LEASE captures them. */
  readonly lateNames: readonly string[];
}

export interface LookedUp {
  readonly found: readonly Found[];
  /** Values of the names asked for besides; undefined when the store could not be asked. */
  readonly values: Current;
}

export interface LookupOptions {
  /** Ask Redis for the entry itself, whatever isolate memory holds. */
  readonly past?: 'l1';
  readonly also?: readonly string[];
}

/**
 * All lookups of a request in one MGET, or in none when isolate memory is trusted for all of them. Entries whose late
 * tags this isolate has not seen cost one more.
 */
export async function lookupAll(
  context: Context,
  subjects: readonly Subject[],
  options: LookupOptions = {},
): Promise<LookedUp> {
  const { isolate } = context;
  const askedMs = isolate.clock.now();
  const trusted = options.past ? null : trustedCopies(context, subjects);
  if (trusted) return { found: trusted, values: () => undefined };

  const { epoch } = isolate.l1;
  const plans = await Promise.all(subjects.map((subject) => planOf(context, subject, askedMs, options)));
  const names = new Set([...plans.flatMap((plan) => plan.asks), ...(options.also ?? [])]);
  const values = await mget(context, [...names]);
  if (!values) return { found: plans.map((plan) => unasked(plan, askedMs)), values: () => undefined };
  const read = await Promise.all(plans.map((plan) => candidateOf(context, plan, values)));
  const unchecked = read.flatMap(({ entry }) =>
    [...(entry?.generations.keys() ?? [])].filter((name) => values.get(name) === undefined),
  );
  const late = unchecked.length === 0 ? new Map() : await mget(context, [...new Set(unchecked)]);
  if (late) for (const [name, value] of late) values.set(name, value);
  const current: Current = (name) => values.get(name);
  return {
    found: read.map((candidate) => judged(context, candidate, current, askedMs, epoch)),
    values: current,
  };
}

interface Plan {
  readonly subject: Subject;
  readonly kept: Kept | undefined;
  readonly asks: readonly string[];
  /** Where late names are kept; only for classes whose answers name tags. */
  readonly late: string | undefined;
}

async function planOf(
  context: Context,
  subject: Subject,
  nowMs: number,
  { past }: LookupOptions,
): Promise<Plan> {
  const { cls, names } = subject;
  const kept = context.isolate.l1.get(names.fullKey);
  // While the body in memory is inside its ttl only generations are asked: no body travels.
  const hasBody = kept !== undefined && kept.entry.fetchedMs + kept.entry.ttlMs > nowMs && past !== 'l1';
  const late = cls.tagsFromAnswer ? await lateName(context, subject) : undefined;
  const asks = [
    ...(hasBody ? [] : [names.key]),
    ...names.generations,
    ...(kept?.entry.generations.keys() ?? []),
    ...(late ? [late] : []),
  ];
  return { subject, kept, asks, late };
}

/** A clock that was set back proves nothing: such a copy is asked for. */
function isTrusted({ validatedMs }: Kept, l1Ms: number, nowMs: number): boolean {
  const sinceMs = nowMs - validatedMs;
  return sinceMs >= 0 && sinceMs < l1Ms;
}

/** All of them from isolate memory, or none: one that must be asked for takes the others with it in its MGET. */
export function trustedCopies({ isolate }: Context, subjects: readonly Subject[]): Found[] | null {
  const nowMs = isolate.clock.now();
  const found: Found[] = [];
  for (const subject of subjects) {
    const kept = isolate.l1.get(subject.names.fullKey);
    if (!kept || !isTrusted(kept, subject.cls.l1Ms, nowMs)) return null;
    found.push(trustedCopy(subject, kept.entry, nowMs));
  }
  return found;
}

/** Inside its trust window a copy is judged by time alone. */
function trustedCopy(subject: Subject, entry: Entry, nowMs: number): Found {
  const verdict = judge(entry, windowsOf(subject, entry), (name) => entry.generations.get(name), nowMs);
  return { subject, verdict, entry, layer: 'l1', lateNames: lateNamesOf(subject, entry) };
}

function unasked({ subject, kept }: Plan, nowMs: number): Found {
  if (kept && isTrusted(kept, subject.cls.l1Ms, nowMs)) return trustedCopy(subject, kept.entry, nowMs);
  return {
    subject,
    verdict: { is: 'unknown' },
    entry: kept?.entry,
    layer: 'l1',
    lateNames: lateNamesOf(subject, kept?.entry),
  };
}

/** What an entry names beyond the declared tags: the next LEASE captures these too. */
function lateNamesOf({ cls, names }: Subject, entry: Entry | undefined): string[] {
  if (!cls.tagsFromAnswer || !entry) return [];
  return [...entry.generations.keys()].filter((name) => !names.generations.includes(name));
}

async function mget(context: Context, names: readonly string[]): Promise<Map<string, string | null> | null> {
  const values = await callStore(context, () => context.isolate.store.lookup(names));
  return values && new Map(names.map((name, i) => [name, values[i] ?? null]));
}

interface Candidate extends Pick<Found, 'subject' | 'entry' | 'layer' | 'lateNames'> {}

/** The entry that Redis holds, else the copy in memory. */
async function candidateOf(
  context: Context,
  { subject, kept, late }: Plan,
  values: ReadonlyMap<string, string | null>,
): Promise<Candidate> {
  const stored = values.get(subject.names.key) ?? null;
  const entry = stored === null ? undefined : await usableShape(context, subject, stored);
  const candidate = entry ?? kept?.entry;
  const refused = late === undefined ? [] : (values.get(late) ?? '').split(' ', bounds.tagsPerEntry);
  const lateNames = new Set([...refused.filter((name) => name !== ''), ...lateNamesOf(subject, candidate)]);
  return { subject, entry: candidate, layer: entry ? 'l2' : 'l1', lateNames: [...lateNames] };
}

/** Refuses, as a miss that is counted, whatever is not this subject's entry in the class's shape. */
export async function usableShape(
  { notes }: Context,
  { cls, owner, names }: Subject,
  stored: string,
): Promise<Entry | undefined> {
  const entry = readEntry(stored);
  const refuse = (why: string): undefined => {
    notes.events.add(`entry-${why}`);
  };
  if (typeof entry === 'string') return refuse(entry);
  if (entry.key !== names.fullKey) return refuse('of-another-key');
  const principal = owner?.principal;
  if (principal && entry.principal.tenant !== principal.tenant) return refuse('of-another-tenant');
  if (principal && cls.scope === 'user' && entry.principal.user !== principal.user)
    return refuse('of-another-user');
  if (cls.value && (await entryValue(cls, entry)) === NO_VALUE) return refuse('of-another-shape');
  return entry;
}

function judged(
  { isolate }: Context,
  candidate: Candidate,
  current: Current,
  askedMs: number,
  epoch: number,
): Found {
  const { subject, entry } = candidate;
  if (!entry) return { ...candidate, verdict: { is: 'absent' } };
  const verdict = judge(entry, windowsOf(subject, entry), current, isolate.clock.now());
  if (verdict.is === 'unusable') isolate.l1.drop(entry.key);
  else isolate.l1.keep(entry, verdict.whole ? askedMs : Number.NEGATIVE_INFINITY, epoch);
  return { ...candidate, verdict };
}

const values = new WeakMap<Entry, unknown>();

/** The entry's value, parsed once for as long as the entry is in memory; a damaged compressed body has none. */
export async function entryValue(cls: Subject['cls'], entry: Entry): Promise<unknown> {
  if (!values.has(entry))
    values.set(
      entry,
      await plainText(entry).then(
        (text) => parseValue(cls, text),
        () => NO_VALUE,
      ),
    );
  return values.get(entry);
}
