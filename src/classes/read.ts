import type { Context } from '../engine/context.ts';
import { allTrusted, type Found, lookupAll } from '../engine/lookup.ts';
import { decide } from '../engine/rollout.ts';
import type { Served } from '../engine/served.ts';
import { Problem } from '../http/problem.ts';
import { unauthenticated } from '../identity/resolve.ts';
import type { Decision } from '../rollout/live-flags.ts';
import { judgeAccess, readsOf } from '../strategy/access.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { notLookedUp } from './bypass.ts';
import type { Load } from './load.ts';
import { problemOfValue, type ServedValue, serveCounted, serveValue } from './serve-value.ts';
import { type ClassSubject, subjectOf } from './subject.ts';
import { NO_VALUE } from './value.ts';

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
  const decision = decide(context, subject.cls, subject.names.fullKey);
  if (decision.mode !== 'on') return serveAs(context, notLookedUp(subject), decision);
  // At once where isolate memory is trusted: each promise on the way would cost as much as a step.
  const found = allTrusted(context, [subject]);
  if (found) return serveAs(context, found[0]!, decision);
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
  return serveAs(context, found, decide(context, cls, names.fullKey));
}

function serveAs(context: Context, found: Found<ClassSubject>, decision: Decision): Served | Promise<Served> {
  if (decision.trial) context.trial = decision.trial;
  return serveCounted(context, found, decision);
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
  const startMs = context.isolate.clock.now();
  const { subject, found } = await admitted(context, cls, params, load, true);
  return serveValue(context, found ?? (await lookUpByMode(context, [subject]))[0]!, startMs);
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
async function lookUpWithInputs(
  context: Context,
  subject: ClassSubject,
  reads: readonly DataClass[],
): Promise<readonly Found<ClassSubject>[]> {
  const inputs = await Promise.all(reads.map((cls) => subjectOf(context, cls, {}, undefined, true)));
  return lookUpByMode(context, [subject, ...inputs]);
}

/** The values that a rule reads. */
async function ruleInputs(context: Context, subject: ClassSubject, reads: readonly DataClass[]) {
  const startMs = context.isolate.clock.now();
  const [found, ...others] = await lookUpWithInputs(context, subject, reads);
  const values = await Promise.all(others.map((it) => ruleValue(context, it, startMs)));
  return { found: found!, values };
}

/** A rule decides only by values that are there; one that is missing allows nothing. */
async function ruleValue(context: Context, found: Found<ClassSubject>, startMs: number): Promise<unknown> {
  const { cls } = found.subject;
  const { served, value } = await serveValue(context, found, startMs);
  if (served.is === 'problem') throw problemOfValue(cls, served);
  if (value !== NO_VALUE) return value;
  const status =
    served.is === 'passing' && served.status !== 200 ? `; the origin answered ${served.status}` : '';
  throw new Problem('forbidden', { why: `${cls.name} gave no value to decide by${status}` });
}
