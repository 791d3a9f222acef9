import { Problem } from '../http/problem.ts';
import { unauthenticated } from '../identity/resolve.ts';
import { readsOf, verdict } from '../strategy/access.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import { problemOf } from './answer.ts';
import type { Asking } from './asking.ts';
import { entryValue, type Found, lookupAll } from './lookup.ts';
import { serve } from './serve.ts';
import type { Served } from './served.ts';
import { NO_VALUE, parseValue } from './storable.ts';
import { type Load, type Subject, subjectOf } from './subject.ts';

/**
 * One read: the answer and what its access rule reads are looked up together, the rule is asked, and only then is
 * anything served or fetched for the caller.
 */
export async function read(asking: Asking, cls: DataClass, params: Params, load?: Load): Promise<Served> {
  const { subject, found } = await admitted(asking, cls, params, load);
  return serve(asking, found ?? (await lookupAll(asking, [subject])).found[0]!);
}

/** Throws unless the caller may read; `found` is what the same MGET brought of the answer itself. */
export async function admitted(
  asking: Asking,
  cls: DataClass,
  params: Params,
  load?: Load,
): Promise<{ subject: Subject; found: Found | null }> {
  if (cls.scope !== 'public' && !asking.identity) throw unauthenticated();
  const subject = await subjectOf(asking, cls, params, load);
  const inputs = await Promise.all(readsOf(cls.access).map((it) => subjectOf(asking, it, {})));
  const found = inputs.length > 0 ? (await lookupAll(asking, [subject, ...inputs])).found : [null];
  const values = await Promise.all(found.slice(1).map((it) => ruleValue(asking, it!)));
  const says = verdict(cls.access, asking.identity, params, values);
  if (says === 'unauthenticated') throw unauthenticated();
  if (says === 'forbidden') throw new Problem('forbidden', { why: `not allowed: ${saysOf(cls)}` }); // guard: access
  return { subject, found: found[0]! };
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
  return parseValue(cls, await new Response(served.body).text());
}
