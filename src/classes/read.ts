import type { Context } from '../engine/context.ts';
import { countRead } from '../engine/count-read.ts';
import { allTrusted, type Found, lookupAll } from '../engine/lookup.ts';
import { decide } from '../engine/rollout.ts';
import { problemOf, type Served, type ServedProblem } from '../engine/served.ts';
import { Problem } from '../http/problem.ts';
import { unauthenticated } from '../identity/resolve.ts';
import type { Decision } from '../rollout/live-flags.ts';
import { judgeAccess, readsOf } from '../strategy/access.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { notLookedUp } from './bypass.ts';
import type { Load } from './load.ts';
import { serveClass } from './serve.ts';
import { type ClassSubject, subjectOf } from './subject.ts';
import { NO_VALUE, valueServed } from './value.ts';

/**
 * One read: the answer and what its access rule reads are looked up together, the rule decides, and only then is
 * anything served or fetched for the caller.
 */
export function readClass(
  context: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
): Served | Promise<Served> {
  if (readsOf(cls.access).length > 0) return readByRule(context, cls, params, load);
  admit(context, cls, params, []);
  const subject = subjectOf(context, cls, params, load);
  if (subject instanceof Promise) return subject.then((made) => lookUpAndServe(context, made));
  return lookUpAndServe(context, subject);
}

function lookUpAndServe(context: Context, subject: ClassSubject): Served | Promise<Served> {
  if (decide(context, subject.cls, subject.names.fullKey).mode !== 'on')
    return serveAnswer(context, notLookedUp(subject));
  // At once where isolate memory is trusted: each promise on the way would cost as much as a step.
  const found = allTrusted(context, [subject]);
  if (found) return serveAnswer(context, found[0]!);
  return lookupAll(context, [subject]).then((it) => serveAnswer(context, it.found[0]!));
}

/** All that the cache answers in one MGET. */
async function lookUpByMode(
  context: Context,
  subjects: readonly ClassSubject[],
): Promise<Found<ClassSubject>[]> {
  const isOn = ({ cls, names }: ClassSubject) => decide(context, cls, names.fullKey).mode === 'on';
  const on = subjects.filter(isOn);
  const { found } = on.length > 0 ? await lookupAll(context, on) : { found: [] };
  return subjects.map((subject) => found.find((it) => it.subject === subject) ?? notLookedUp(subject));
}

/** The answer itself, as its class stands now: the MGET that was sent for it may have brought other flags. */
function serveAnswer(context: Context, found: Found<ClassSubject>): Served | Promise<Served> {
  const { cls, names } = found.subject;
  const decision = decide(context, cls, names.fullKey);
  if (decision.trial) context.trial = decision.trial;
  return serveCounted(context, found, decision);
}

function serveCounted(
  context: Context,
  found: Found<ClassSubject>,
  decision?: Decision,
): Served | Promise<Served> {
  const { subject } = found;
  const served = serveClass(context, found, decision);
  return served instanceof Promise
    ? served.then((it) => countRead(context, subject.className, subject, it))
    : countRead(context, subject.className, subject, served);
}

async function readByRule(context: Context, cls: DataClass, params: Params, load?: Load): Promise<Served> {
  const { found } = await admitted(context, cls, params, load);
  return serveAnswer(context, found!);
}

/** One read by code that needs the value; `NO_VALUE` where what is served has none. */
export async function readValue(
  context: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
): Promise<ServedValue> {
  const { subject, found } = await admitted(context, cls, params, load, true);
  return serveValue(context, found ?? (await lookUpByMode(context, [subject]))[0]!);
}

/** Whoever reads values reads several classes: what is told of one names it. */
export const problemOfValue = ({ name }: DataClass, served: ServedProblem): Problem =>
  problemOf({ ...served, why: `${name}: ${served.why}` });

interface ServedValue {
  readonly served: Served;
  readonly value: unknown;
}

async function serveValue(context: Context, found: Found<ClassSubject>): Promise<ServedValue> {
  const { subject, layer, lateNames } = found;
  const served = await serveClass(context, found);
  const value = await valueServed(subject.cls, served);
  if (value !== NO_VALUE || served.is !== 'entry' || served.entry !== found.entry)
    return { served: countRead(context, subject.className, subject, served), value };
  if (served.isInVain) context.isolate.meter.add('fetches_in_vain', 1, subject.className);
  // This isolate has stored it for somebody who does not read it; here it is as good as absent.
  context.isolate.l1.drop(subject.names.fullKey);
  const fetched = await serveCounted(context, { is: 'absent', subject, layer, lateNames });
  return { served: fetched, value: await valueServed(subject.cls, fetched) };
}

/** Throws unless the caller may read; `found` is what the same MGET brought of the answer itself. */
export async function admitted(
  context: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
  readsValue = false,
): Promise<{ subject: ClassSubject; found: Found<ClassSubject> | null }> {
  mustBeVerified(context, cls);
  const subject = await subjectOf(context, cls, params, load, readsValue);
  const reads = readsOf(cls.access);
  const { found, values } = reads.length > 0 ? await ruleInputs(context, subject, reads) : noInputs;
  admit(context, cls, params, values);
  return { subject, found };
}

/** The access rule decides before anything is served or fetched. */
export function admit(context: Context, cls: DataClass, params: Params, values: readonly unknown[]): void {
  mustBeVerified(context, cls);
  const says = judgeAccess(cls.access, context.identity, params, values);
  if (says === 'unauthenticated') throw unauthenticated();
  if (says === 'forbidden') throw new Problem('forbidden', { why: `not allowed: ${namedRule(cls)}` }); // guard: access
}

export function mustBeVerified({ identity }: Context, { scope }: DataClass): void {
  if (scope !== 'public' && !identity) throw unauthenticated();
}

export const namedRule = ({ access }: DataClass) => (typeof access === 'string' ? access : access.says);

const noInputs = { found: null, values: [] };

/** What a rule reads, looked up together with the answer itself, which comes first. */
export async function lookUpWithInputs(
  context: Context,
  subject: ClassSubject,
  reads: readonly DataClass[],
): Promise<readonly Found<ClassSubject>[]> {
  const inputs = await Promise.all(reads.map((cls) => subjectOf(context, cls, {}, undefined, true)));
  return lookUpByMode(context, [subject, ...inputs]);
}

/** The values that a rule reads. */
async function ruleInputs(context: Context, subject: ClassSubject, reads: readonly DataClass[]) {
  const [found, ...others] = await lookUpWithInputs(context, subject, reads);
  const values = await Promise.all(others.map((it) => ruleValue(context, it)));
  return { found: found!, values };
}

/** A rule decides only by values that are there; one that is missing allows nothing. */
async function ruleValue(context: Context, found: Found<ClassSubject>): Promise<unknown> {
  const { cls } = found.subject;
  const { served, value } = await serveValue(context, found);
  if (served.is === 'problem') throw problemOfValue(cls, served);
  if (value !== NO_VALUE) return value;
  const status =
    served.is === 'passing' && served.status !== 200 ? `; the origin answered ${served.status}` : '';
  throw new Problem('forbidden', { why: `${cls.name} gave no value to decide by${status}` });
}
