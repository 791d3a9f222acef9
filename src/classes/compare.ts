import { collect } from '../engine/body.ts';
import { compareHit, isCompared } from '../engine/comparison.ts';
import type { Context } from '../engine/context.ts';
import type { HitCompared, Present } from '../engine/hit-compared.ts';
import type { Found } from '../engine/lookup.ts';
import type { FetchLabel } from '../engine/notes.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import type { Entry } from '../store/wire.ts';
import type { Trial } from '../strategy/trial.ts';
import { declaredFields } from './declared-fields.ts';
import { tenantOf } from './fetch.ts';
import { readSource } from './source.ts';
import type { ClassSubject } from './subject.ts';

/** Compares this hit with the origin, if it is one of the class's share. */
export function compareClass(
  context: Context,
  { subject, layer }: Found<ClassSubject>,
  entry: Entry,
  trial: Trial | undefined,
): void {
  if (!isCompared(context.isolate, subject.cls, trial)) return;
  const { clock, bulkhead } = context.isolate;
  const label: FetchLabel = { className: subject.className };
  compareHit(context, {
    ...hitToCompare(subject, entry, label, clock.now()),
    entry,
    layer,
    trial,
    bulkhead,
    tenant: tenantOf(subject),
    fetch: (apart) => readPresent(apart, subject, label),
  });
}

/** How a hit of a class at this time is compared, whoever asks its origin. */
export function hitToCompare(
  { cls }: ClassSubject,
  entry: Entry,
  label: FetchLabel,
  nowMs: number,
): Omit<HitCompared, 'entry' | 'layer' | 'trial'> {
  return {
    cls,
    label,
    ageMs: nowMs - entry.fetchedMs,
    // As the class says now: what was stored may have been promised more.
    boundMs: cls.freshWithinMs ?? cls.ttlMs,
    compared: { headers: cls.passHeaders, ignoring: cls.compareIgnoring },
    declaredFields: () => declaredFields(cls.value),
  };
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
