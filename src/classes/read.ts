import { collect } from '../engine/body.ts';
import type { Asking } from '../engine/context.ts';
import { entryValue, type Found, lookupAll, trustedCopies } from '../engine/lookup.ts';
import type { Served } from '../engine/served.ts';
import { type Load, type Subject, subjectOf } from '../engine/subject.ts';
import { Problem } from '../http/problem.ts';
import { unauthenticated } from '../identity/resolve.ts';
import { judgeAccess, readsOf } from '../strategy/access.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import { problemOf } from './answer.ts';
import { serve } from './serve.ts';
import { NO_VALUE, parseValue } from './value.ts';

/**
 * One read: the answer and what its access rule reads are looked up together, the rule is asked, and only then is
 * anything served or fetched for the caller.
 */
export function read(asking: Asking, cls: DataClass, params: Params, load?: Load): Served | Promise<Served> {
  if (readsOf(cls.access).length > 0) return readByRule(asking, cls, params, load);
  admit(asking, cls, params, []);
  const subject = subjectOf(asking, cls, params, load);
  if (subject instanceof Promise) return subject.then((made) => readAsking(asking, made));
  // At once where isolate memory is trusted: each promise on the way would cost as much as a step.
  const found = trustedCopies(asking, [subject]);
  return found ? serve(asking, found[0]!) : readAsking(asking, subject);
}

async function readAsking(asking: Asking, subject: Subject): Promise<Served> {
  const { found } = await lookupAll(asking, [subject]);
  return serve(asking, found[0]!);
}

async function readByRule(asking: Asking, cls: DataClass, params: Params, load?: Load): Promise<Served> {
  const { found } = await admitted(asking, cls, params, load);
  return serve(asking, found!);
}

/** Throws unless the caller may read; `found` is what the same MGET brought of the answer itself. */
export async function admitted(
  asking: Asking,
  cls: DataClass,
  params: Params,
  load?: Load,
): Promise<{ subject: Subject; found: Found | null }> {
  mustBeKnown(asking, cls);
  const subject = await subjectOf(asking, cls, params, load);
  const reads = readsOf(cls.access);
  const { found, values } = reads.length > 0 ? await ruleInputs(asking, subject, reads) : noInputs;
  admit(asking, cls, params, values);
  return { subject, found };
}

/** The access rule, asked before anything is served or fetched. */
function admit(asking: Asking, cls: DataClass, params: Params, values: readonly unknown[]): void {
  mustBeKnown(asking, cls);
  const says = judgeAccess(cls.access, asking.identity, params, values);
  if (says === 'unauthenticated') throw unauthenticated();
  if (says === 'forbidden') throw new Problem('forbidden', { why: `not allowed: ${saysOf(cls)}` }); // guard: access
}

function mustBeKnown({ identity }: Asking, { scope }: DataClass): void {
  if (scope !== 'public' && !identity) throw unauthenticated();
}

const noInputs = { found: null, values: [] };

/** The values that a rule reads, looked up together with the answer itself. */
async function ruleInputs(asking: Asking, subject: Subject, reads: readonly DataClass[]) {
  const inputs = await Promise.all(reads.map((it) => subjectOf(asking, it, {})));
  const [found, ...others] = (await lookupAll(asking, [subject, ...inputs])).found;
  const values = await Promise.all(others.map((it) => ruleValue(asking, it)));
  return { found: found!, values };
}

const saysOf = ({ access }: DataClass) => (typeof access === 'string' ? access : access.says);

/** What a rule reads must be had; what cannot be had allows nothing. */
async function ruleValue(asking: Asking, found: Found): Promise<unknown> {
  const { cls } = found.subject;
  const served = await serve(asking, found);
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
