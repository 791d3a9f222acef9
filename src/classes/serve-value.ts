import type { Context } from '../engine/context.ts';
import { countRead } from '../engine/count-read.ts';
import type { Found } from '../engine/lookup.ts';
import { decide } from '../engine/rollout.ts';
import { problemOf, type Served, type ServedProblem, statusOf } from '../engine/served.ts';
import type { Problem } from '../http/problem.ts';
import type { Decision } from '../rollout/live-flags.ts';
import type { DataClass } from '../strategy/types.ts';
import { serveClass } from './serve.ts';
import type { ClassSubject } from './subject.ts';
import { NO_VALUE, valueServed } from './value.ts';

/** What a read is served, which is counted. */
export function serveCounted(
  context: Context,
  found: Found<ClassSubject>,
  decision: Decision,
): Served | Promise<Served> {
  const { subject } = found;
  const served = serveClass(context, found, decision);
  return served instanceof Promise
    ? served.then((it) => countRead(context, subject.className, subject, it))
    : countRead(context, subject.className, subject, served);
}

/** Whoever reads values reads several classes: what is told of one names it. */
export const problemOfValue = ({ name }: DataClass, served: ServedProblem): Problem =>
  problemOf({ ...served, why: `${name}: ${served.why}` });

export interface ServedValue {
  readonly served: Served;
  readonly value: unknown;
}

/** For the guard it is a request of its own: what the client is answered is of another class, or of several. */
export async function serveValue(
  context: Context,
  found: Found<ClassSubject>,
  startMs: number,
): Promise<ServedValue> {
  const { subject } = found;
  const decision = decide(context, subject.cls, subject.names.fullKey);
  const read = await valueAs(context, found, decision);
  const { tally, clock } = context.isolate;
  if (decision.trial)
    tally.request(decision.trial, { isError: statusOf(read.served) >= 500, ms: clock.now() - startMs });
  return read;
}

async function valueAs(
  context: Context,
  found: Found<ClassSubject>,
  decision: Decision,
): Promise<ServedValue> {
  const { subject, layer, lateNames } = found;
  const served = await serveClass(context, found, decision);
  const value = await valueServed(subject.cls, served);
  if (value !== NO_VALUE || served.is !== 'entry' || served.entry !== found.entry)
    return { served: countRead(context, subject.className, subject, served), value };
  if (served.isInVain) context.isolate.meter.add('fetches_in_vain', 1, subject.className);
  // This isolate has stored it for somebody who does not read it; here it is as good as absent.
  context.isolate.l1.drop(subject.names.fullKey);
  const fetched = await serveCounted(context, { is: 'absent', subject, layer, lateNames }, decision);
  return { served: fetched, value: await valueServed(subject.cls, fetched) };
}
