import { collect } from '../engine/body.ts';
import { compareHit, type Present } from '../engine/comparison.ts';
import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import type { FetchLabel } from '../engine/notes.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import type { Entry } from '../store/wire.ts';
import { declaredFields } from './declared-fields.ts';
import { tenantOf } from './fetch.ts';
import { readSource } from './source.ts';
import type { ClassSubject } from './subject.ts';

/** Compares this hit with the origin, if it is one of the class's share. */
export function compareClass(context: Context, found: Found<ClassSubject>, entry: Entry): void {
  const { subject, layer } = found;
  const { cls, className, lifeMs } = subject;
  const { clock, bulkhead, random } = context.isolate;
  if (random() >= cls.compareShare) return;
  const label: FetchLabel = { className };
  compareHit(context, {
    entry,
    layer,
    bulkhead,
    tenant: tenantOf(subject),
    label,
    ageMs: clock.now() - entry.fetchedMs,
    // As the class says now: what was stored may have been promised more.
    boundMs: lifeMs,
    compared: { headers: cls.passHeaders, ignoring: cls.compareIgnoring },
    declaredFields: () => declaredFields(cls.value),
    fetch: (apart) => readPresent(apart, subject, label),
  });
}

async function readPresent(
  apart: Context,
  subject: ClassSubject,
  label: FetchLabel,
): Promise<Present | FetchFailure> {
  const answer = await readSource(apart, subject, label);
  if (answer.is === 'failed') return answer;
  const { status, headers } = answer;
  return { is: 'present', status, headers, body: await collect(answer, subject.cls.maxBytes) };
}
