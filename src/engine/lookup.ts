import type { Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { judge, type PresentValue, type Verdict } from './judge.ts';
import type { L1Copy } from './l1.ts';
import { ownEntryOf } from './own-entry.ts';
import { keepFlagsFresh } from './rollout.ts';
import { callStore } from './store-call.ts';
import { lateKeyOf, type Subject } from './subject.ts';

/** What is known of one entry before anything is fetched. */
export type Found<S extends Subject = Subject> = Sought<S> & Finding;

export type Finding =
  | (Verdict & { readonly entry: Entry })
  /** Nothing is stored that is this subject's. */
  | { readonly is: 'absent'; readonly entry?: undefined }
  /** The store did not answer; `entry` is this isolate's copy, if there is one, and `leftMs` what is left of it so far as is known. */
  | { readonly is: 'unknown'; readonly entry: Entry | undefined; readonly leftMs: number };

interface Sought<S extends Subject> {
  readonly subject: S;
  /** Where `entry` is from: isolate memory (`l1`) or Redis (`l2`). */
  readonly layer: 'l1' | 'l2';
  /** Late tags known for this key: the next LEASE captures them. */
  readonly lateNames: readonly string[];
}

export interface LookedUp<S extends Subject> {
  readonly found: readonly Found<S>[];
  /** Values of all that was looked up; undefined for the rest, and when nothing was, or the store did not answer. */
  readonly presentOf: PresentValue;
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
  const { clock, l1, canary, flags } = context.isolate;
  const sentMs = clock.now();
  const trusted = options.pastL1 ? null : allTrusted(context, subjects);
  if (trusted) return { found: trusted, presentOf: () => undefined };

  const { epoch } = l1;
  const plans = await Promise.all(subjects.map((subject) => planOf(context, subject, sentMs, options)));
  const keys = new Set([...plans.flatMap((plan) => plan.keys), ...(options.also ?? [])]);
  const canaryName = canary?.nameToLook(sentMs) ?? null;
  if (canaryName !== null) keys.add(canaryName);
  const flagsName = flags.nameToLook(sentMs);
  if (flagsName !== null) keys.add(flagsName);
  const values = await mget(context, [...keys]);
  if (canaryName !== null) canary?.looked(values?.get(canaryName), clock.now());
  if (flagsName !== null) flags.looked(values?.get(flagsName));
  if (!values) return { found: plans.map((plan) => withoutReply(plan, sentMs)), presentOf: () => undefined };
  const candidates = await Promise.all(plans.map((plan) => candidateOf(context, plan, values)));
  const entries = candidates.flatMap(({ entry }) => entry ?? []);
  const presentOf = await presentValues(context, entries, values);
  return {
    found: candidates.map((candidate) => judged(context, candidate, presentOf, sentMs, epoch)),
    presentOf,
  };
}

/** The present values of all that these entries name; those that are not known yet cost one more MGET. */
export async function presentValues(
  context: Context,
  entries: readonly Entry[],
  lookedUp: ReadonlyMap<string, string | null>,
): Promise<PresentValue> {
  const names = new Set(entries.flatMap(({ generations }) => [...generations.keys()]));
  const more = [...names].filter((name) => !lookedUp.has(name));
  const values = more.length === 0 ? null : await mget(context, more);
  return (name) => (lookedUp.has(name) ? lookedUp : values)?.get(name);
}

/** What one subject needs of the MGET. */
interface Plan<S extends Subject> {
  readonly subject: S;
  readonly copy: L1Copy | undefined;
  readonly keys: readonly string[];
  /** Where late names stand; only where answers name tags. */
  readonly lateKey: string | undefined;
}

async function planOf<S extends Subject>(
  context: Context,
  subject: S,
  nowMs: number,
  { pastL1 }: LookupOptions,
): Promise<Plan<S>> {
  const { names } = subject;
  const copy = context.isolate.l1.get(names.fullKey);
  const lateKey = subject.tagsFromAnswer ? await lateKeyOf(context, subject) : undefined;
  const keys = [
    ...(hasBody(subject, copy, nowMs) && !pastL1 ? [] : [names.key]),
    ...names.generationNames,
    ...(copy?.entry.generations.keys() ?? []),
    ...(lateKey ? [lateKey] : []),
  ];
  return { subject, copy, keys, lateKey };
}

/** While the copy's body is inside its ttl only generations are looked up: no body travels. After a soft purge one may, now and then. */
export function hasBody({ l1Ms }: Subject, copy: L1Copy | undefined, nowMs: number): boolean {
  if (!copy || copy.entry.fetchedMs + copy.entry.ttlMs <= nowMs) return false;
  return typeof copy.validity === 'number' || nowMs - copy.validity.askedMs < l1Ms;
}

/** A clock that was set back proves nothing: such a copy is validated. */
function isTrusted({ validity }: L1Copy, l1Ms: number, nowMs: number): boolean {
  if (typeof validity !== 'number') return false;
  const sinceMs = nowMs - validity;
  return sinceMs >= 0 && sinceMs < l1Ms;
}

/** All of them from isolate memory, or none: one that must be looked up takes the others with it in its MGET. */
export function allTrusted<S extends Subject>(context: Context, subjects: readonly S[]): Found<S>[] | null {
  const { isolate } = context;
  const nowMs = isolate.clock.now();
  // An isolate that was asked nothing for long asks first: the cache may be switched off by now.
  if (isolate.flags.areTooOld(nowMs)) return null;
  const found: Found<S>[] = [];
  for (const subject of subjects) {
    const copy = isolate.l1.get(subject.names.fullKey);
    if (!copy || !isTrusted(copy, subject.l1Ms, nowMs)) return null;
    found.push(foundTrusted(subject, copy.entry, nowMs));
  }
  keepFlagsFresh(context, nowMs);
  return found;
}

/** While a copy is trusted, time decides, and no generation is looked up. */
function foundTrusted<S extends Subject>(subject: S, entry: Entry, nowMs: number): Found<S> {
  const verdict = judge(entry, subject.windowsOf(entry), (name) => entry.generations.get(name), nowMs);
  return { ...verdict, subject, entry, layer: 'l1', lateNames: lateNamesOf(subject, entry) };
}

function withoutReply<S extends Subject>({ subject, copy }: Plan<S>, nowMs: number): Found<S> {
  if (copy && isTrusted(copy, subject.l1Ms, nowMs)) return foundTrusted(subject, copy.entry, nowMs);
  const entry = copy?.entry;
  const endMs = entry ? entry.fetchedMs + entry.ttlMs : nowMs;
  const softMs = typeof copy?.validity === 'object' ? copy.validity.sinceMs : Number.POSITIVE_INFINITY;
  const leftMs = Math.min(endMs, softMs) - nowMs;
  return { is: 'unknown', subject, entry, leftMs, layer: 'l1', lateNames: lateNamesOf(subject, entry) };
}

/** What an entry names beyond the declared tags: the next LEASE captures these too. */
function lateNamesOf({ tagsFromAnswer, names }: Subject, entry: Entry | undefined): string[] {
  if (!tagsFromAnswer || !entry) return [];
  return [...entry.generations.keys()].filter((name) => !names.generationNames.includes(name));
}

async function mget(context: Context, names: readonly string[]): Promise<Map<string, string | null> | null> {
  const values = await callStore(context, () => context.isolate.store.lookup(names), {
    says: () => ({ names: names.length }),
  });
  return values && new Map(names.map((name, i) => [name, values[i] ?? null]));
}

interface Candidate<S extends Subject> extends Sought<S> {
  readonly entry: Entry | undefined;
  /** Redis was asked for the entry itself; else, when it last was. */
  readonly askedMs: number | 'now';
}

/** The entry that Redis holds, else the copy in memory. */
async function candidateOf<S extends Subject>(
  context: Context,
  { subject, copy, lateKey }: Plan<S>,
  values: ReadonlyMap<string, string | null>,
): Promise<Candidate<S>> {
  const stored = values.get(subject.names.key) ?? null;
  const own = stored === null ? undefined : await ownEntryOf(context, subject, stored);
  const entry = own ?? copy?.entry;
  const { tagsPerEntry } = context.isolate.bounds;
  const leftNames = lateKey === undefined ? [] : (values.get(lateKey) ?? '').split(' ', tagsPerEntry);
  const lateNames = new Set([...leftNames.filter((name) => name !== ''), ...lateNamesOf(subject, entry)]);
  const before = typeof copy?.validity === 'object' ? copy.validity.askedMs : Number.NEGATIVE_INFINITY;
  const askedMs = values.has(subject.names.key) ? 'now' : before;
  return { subject, entry, layer: own ? 'l2' : 'l1', lateNames: [...lateNames], askedMs };
}

function judged<S extends Subject>(
  { isolate }: Context,
  { entry, askedMs, ...sought }: Candidate<S>,
  presentOf: PresentValue,
  sentMs: number,
  epoch: number,
): Found<S> {
  if (!entry) return { ...sought, is: 'absent', entry };
  const nowMs = isolate.clock.now();
  const verdict = judge(entry, sought.subject.windowsOf(entry), presentOf, nowMs);
  if (verdict.is === 'unusable') isolate.l1.drop(entry.fullKey);
  else if (verdict.is === 'fresh' || verdict.current) isolate.l1.set(entry, sentMs, epoch);
  else {
    const asked = askedMs === 'now' ? sentMs : askedMs;
    isolate.l1.set(entry, { sinceMs: nowMs + verdict.leftMs, askedMs: asked }, epoch);
  }
  return { ...sought, ...verdict, entry };
}
