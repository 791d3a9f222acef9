import { bounds } from '../bounds.ts';
import { type Entry, readEntry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { lateNameOf } from './fill.ts';
import { type Generations, judge, type Verdict } from './judge.ts';
import type { L1Copy } from './l1.ts';
import type { EntryFault } from './notes.ts';
import { callStore } from './store-call.ts';
import type { Subject } from './subject.ts';

/** What is known of one entry before anything is fetched. */
export type Found<S extends Subject = Subject> = Sought<S> & Finding;

export type Finding =
  | (Verdict & { readonly entry: Entry })
  /** Nothing is stored. */
  | { readonly is: 'absent'; readonly entry?: undefined }
  /** The store did not answer; `entry` is a copy that was validated before, if there is one. */
  | { readonly is: 'unknown'; readonly entry: Entry | undefined };

interface Sought<S extends Subject> {
  readonly subject: S;
  /** `l1`: isolate memory; `l2`: Redis. */
  readonly layer: 'l1' | 'l2';
  /** Late tags known for this key: the next LEASE captures them. */
  readonly lateNames: readonly string[];
}

export interface LookedUp<S extends Subject> {
  readonly found: readonly Found<S>[];
  /** Values of the names that were looked up besides; undefined when the store did not answer. */
  readonly values: Generations;
}

export interface LookupOptions {
  /** Looks for the entry itself in Redis, whatever isolate memory holds. */
  readonly pastL1?: true;
  /** Further names, which travel in the same MGET. */
  readonly also?: readonly string[];
}

/**
 * All lookups of a request in one MGET, or in none when isolate memory is trusted for all of them. Entries whose late
 * tags this isolate has not seen cost one more.
 */
export async function lookupAll<S extends Subject>(
  context: Context,
  subjects: readonly S[],
  options: LookupOptions = {},
): Promise<LookedUp<S>> {
  const { clock, l1 } = context.isolate;
  const sentMs = clock.now();
  const trusted = options.pastL1 ? null : trustedCopies(context, subjects);
  if (trusted) return { found: trusted, values: () => undefined };

  const { epoch } = l1;
  const plans = await Promise.all(subjects.map((subject) => planOf(context, subject, sentMs, options)));
  const names = new Set([...plans.flatMap((plan) => plan.names), ...(options.also ?? [])]);
  const values = await mget(context, [...names]);
  if (!values) return { found: plans.map((plan) => unknown(plan, sentMs)), values: () => undefined };
  const read = await Promise.all(plans.map((plan) => candidateOf(context, plan, values)));
  const unchecked = read.flatMap(({ entry }) =>
    [...(entry?.generations.keys() ?? [])].filter((name) => values.get(name) === undefined),
  );
  const late = unchecked.length === 0 ? new Map() : await mget(context, [...new Set(unchecked)]);
  if (late) for (const [name, value] of late) values.set(name, value);
  const present: Generations = (name) => values.get(name);
  return {
    found: read.map((candidate) => judged(context, candidate, present, sentMs, epoch)),
    values: present,
  };
}

/** What one subject needs of the MGET. */
interface Plan<S extends Subject> {
  readonly subject: S;
  readonly copy: L1Copy | undefined;
  readonly names: readonly string[];
  /** Where late names stand; only where answers name tags. */
  readonly late: string | undefined;
}

async function planOf<S extends Subject>(
  context: Context,
  subject: S,
  nowMs: number,
  { pastL1 }: LookupOptions,
): Promise<Plan<S>> {
  const { names } = subject;
  const copy = context.isolate.l1.get(names.fullKey);
  // While the body in memory is inside its ttl only generations are looked up: no body travels.
  const hasBody = copy !== undefined && copy.entry.fetchedMs + copy.entry.ttlMs > nowMs && !pastL1;
  const late = subject.tagsFromAnswer ? await lateNameOf(context, subject) : undefined;
  const needed = [
    ...(hasBody ? [] : [names.key]),
    ...names.generations,
    ...(copy?.entry.generations.keys() ?? []),
    ...(late ? [late] : []),
  ];
  return { subject, copy, names: needed, late };
}

/** A clock that was set back proves nothing: such a copy is validated. */
function isTrusted({ validatedMs }: L1Copy, l1Ms: number, nowMs: number): boolean {
  const sinceMs = nowMs - validatedMs;
  return sinceMs >= 0 && sinceMs < l1Ms;
}

/** All of them from isolate memory, or none: one that must be looked up takes the others with it in its MGET. */
export function trustedCopies<S extends Subject>(
  { isolate }: Context,
  subjects: readonly S[],
): Found<S>[] | null {
  const nowMs = isolate.clock.now();
  const found: Found<S>[] = [];
  for (const subject of subjects) {
    const copy = isolate.l1.get(subject.names.fullKey);
    if (!copy || !isTrusted(copy, subject.l1Ms, nowMs)) return null;
    found.push(trustedCopy(subject, copy.entry, nowMs));
  }
  return found;
}

/** Inside its trust window a copy is judged by time alone. */
function trustedCopy<S extends Subject>(subject: S, entry: Entry, nowMs: number): Found<S> {
  const verdict = judge(entry, subject.windowsOf(entry), (name) => entry.generations.get(name), nowMs);
  return { ...verdict, subject, entry, layer: 'l1', lateNames: lateNamesOf(subject, entry) };
}

function unknown<S extends Subject>({ subject, copy }: Plan<S>, nowMs: number): Found<S> {
  if (copy && isTrusted(copy, subject.l1Ms, nowMs)) return trustedCopy(subject, copy.entry, nowMs);
  const lateNames = lateNamesOf(subject, copy?.entry);
  return { is: 'unknown', subject, entry: copy?.entry, layer: 'l1', lateNames };
}

/** What an entry names beyond the declared tags: the next LEASE captures these too. */
function lateNamesOf({ tagsFromAnswer, names }: Subject, entry: Entry | undefined): string[] {
  if (!tagsFromAnswer || !entry) return [];
  return [...entry.generations.keys()].filter((name) => !names.generations.includes(name));
}

async function mget(context: Context, names: readonly string[]): Promise<Map<string, string | null> | null> {
  const values = await callStore(context, () => context.isolate.store.lookup(names));
  return values && new Map(names.map((name, i) => [name, values[i] ?? null]));
}

interface Candidate<S extends Subject> extends Sought<S> {
  readonly entry: Entry | undefined;
}

/** The entry that Redis holds, else the copy in memory. */
async function candidateOf<S extends Subject>(
  context: Context,
  { subject, copy, late }: Plan<S>,
  values: ReadonlyMap<string, string | null>,
): Promise<Candidate<S>> {
  const stored = values.get(subject.names.key) ?? null;
  const found = stored === null ? undefined : await acceptedEntry(context, subject, stored);
  const entry = found ?? copy?.entry;
  const refused = late === undefined ? [] : (values.get(late) ?? '').split(' ', bounds.tagsPerEntry);
  const lateNames = new Set([...refused.filter((name) => name !== ''), ...lateNamesOf(subject, entry)]);
  return { subject, entry, layer: found ? 'l2' : 'l1', lateNames: [...lateNames] };
}

/** Refuses, as a miss that is noted, whatever is not this subject's entry. */
export async function acceptedEntry(
  { notes }: Context,
  subject: Subject,
  stored: string,
): Promise<Entry | undefined> {
  const refuse = (fault: EntryFault): undefined => {
    notes.events.add(`entry-${fault}`);
  };
  const entry = readEntry(stored);
  if (typeof entry === 'string') return refuse(entry);
  const fault = ownFaultOf(subject, entry) ?? (await subject.faultOf(entry));
  return fault === null ? entry : refuse(fault);
}

function ownFaultOf({ names, owner }: Subject, entry: Entry): EntryFault | null {
  if (entry.key !== names.fullKey) return 'of-another-key';
  return owner && entry.principal.tenant !== owner.principal.tenant ? 'of-another-tenant' : null;
}

function judged<S extends Subject>(
  { isolate }: Context,
  candidate: Candidate<S>,
  present: Generations,
  sentMs: number,
  epoch: number,
): Found<S> {
  const { subject, entry } = candidate;
  if (!entry) return { ...candidate, is: 'absent', entry };
  const verdict = judge(entry, subject.windowsOf(entry), present, isolate.clock.now());
  if (verdict.is === 'unusable') isolate.l1.drop(entry.key);
  else isolate.l1.set(entry, verdict.current ? sentMs : Number.NEGATIVE_INFINITY, epoch);
  return { ...candidate, ...verdict, entry };
}
