import { collect } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { entryValue, type Found, lookupAll, trustedCopies } from '../engine/lookup.ts';
import type { Served } from '../engine/served.ts';
import { type Load, type Subject, subjectOf } from '../engine/subject.ts';
import { Problem } from '../http/problem.ts';
import { unauthenticated } from '../identity/resolve.ts';
import { readsOf, verdict } from '../strategy/access.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import { problemOf } from './answer.ts';
import { serve } from './serve.ts';
import { NO_VALUE, parseValue } from './value.ts';

/**
 * One read: the answer and what its access rule reads are looked up together, the rule is asked, and only then is
 * anything served or fetched for the caller.
 */
export function read(
  context: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
): Served | Promise<Served> {
  if (readsOf(cls.access).length > 0) return readByRule(context, cls, params, load);
  admit(context, cls, params, []);
  const subject = subjectOf(context, cls, params, load);
  if (subject instanceof Promise) return subject.then((made) => readAsking(context, made));
  // At once where isolate memory is trusted: each promise on the way would cost as much as a step.
  const found = trustedCopies(context, [subject]);
  return found ? serve(context, found[0]!) : readAsking(context, subject);
}

async function readAsking(context: Context, subject: Subject): Promise<Served> {
  const { found } = await lookupAll(context, [subject]);
  return serve(context, found[0]!);
}

async function readByRule(context: Context, cls: DataClass, params: Params, load?: Load): Promise<Served> {
  const { found } = await admitted(context, cls, params, load);
  return serve(context, found!);
}

/** Throws unless the caller may read; `found` is what the same MGET brought of the answer itself. */
export async function admitted(
  context: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
): Promise<{ subject: Subject; found: Found | null }> {
  mustBeKnown(context, cls);
  const subject = await subjectOf(context, cls, params, load);
  const reads = readsOf(cls.access);
  const { found, values } = reads.length > 0 ? await ruleInputs(context, subject, reads) : noInputs;
  admit(context, cls, params, values);
  return { subject, found };
}

/** The access rule, asked before anything is served or fetched. */
function admit(context: Context, cls: DataClass, params: Params, values: readonly unknown[]): void {
  mustBeKnown(context, cls);
  const says = verdict(cls.access, context.identity, params, values);
  if (says === 'unauthenticated') throw unauthenticated();
  if (says === 'forbidden') throw new Problem('forbidden', { why: `not allowed: ${saysOf(cls)}` }); // guard: access
}

function mustBeKnown({ identity }: Context, { scope }: DataClass): void {
  if (scope !== 'public' && !identity) throw unauthenticated();
}

const noInputs = { found: null, values: [] };

/** The values that a rule reads, looked up together with the answer itself. */
async function ruleInputs(context: Context, subject: Subject, reads: readonly DataClass[]) {
  const inputs = await Promise.all(reads.map((it) => subjectOf(context, it, {})));
  const [found, ...others] = (await lookupAll(context, [subject, ...inputs])).found;
  const values = await Promise.all(others.map((it) => ruleValue(context, it)));
  return { found: found!, values };
}

const saysOf = ({ access }: DataClass) => (typeof access === 'string' ? access : access.says);

/** What a rule reads must be had; what cannot be had allows nothing. */
async function ruleValue(context: Context, found: Found): Promise<unknown> {
  const { cls } = found.subject;
  const served = await serve(context, found);
  const value = await valueServed(cls, served);
  if (served.is === 'problem') throw problemOf(served);
  if (value === NO_VALUE) throw new Problem('forbidden', { why: `${cls.name} gave no value to decide by` });
  return value;
}

/** The value of a complete answer; `NO_VALUE` when there is none. */
export async function valueServed(cls: DataClass, served: Served): Promise<unknown> {
  if (served.is === 'entry') return entryValue(cls, served.entry);
  if (served.is === 'problem' || served.status !== 200) return NO_VALUE;
  const bytes = await collect({ body: served.body, length: undefined }, cls.maxBytes);
  return typeof bytes === 'string' ? NO_VALUE : parseValue(cls, new TextDecoder().decode(bytes));
}
