import type { Entry } from '../store/wire.ts';
import { cannotBeCompared, comparisonOf } from './compared.ts';
import { apartFrom, concludeComparison, isCompared } from './comparison.ts';
import type { Context } from './context.ts';
import type { Comparison, HitCompared, Present } from './hit-compared.ts';
import type { Found } from './lookup.ts';
import { type FetchFailure, failed } from './origin-call.ts';

/*
 * Comparisons with an answer that the origin has given anyway, so that they ask it for nothing: in the shadow the client's own, while a class is on
 * what a refresh has brought.
 */

/** What the origin has given. Null: nobody has all of it. */
export type Given = Present | FetchFailure | null;

/** As fetches of both front ends end. */
export type GivingEnd =
  | { readonly is: 'entry'; readonly entry: Entry }
  | { readonly is: 'passing'; readonly answer: Omit<Present, 'is'> }
  | { readonly is: 'unshared' | 'overloaded' }
  | FetchFailure;

/** A fetch that has ended has its body as bytes. */
export function givenBy(end: GivingEnd): Given {
  if (end.is === 'failed') return end;
  if (end.is === 'passing') return { ...end.answer, is: 'present' };
  return end.is === 'entry' ? { ...end.entry, body: end.entry.body as Uint8Array, is: 'present' } : null;
}

/**
 * Compares what was served stale with what its refresh has brought, if it is one of the share, and in the background. Only where the class declares how
 * old an answer may be, since by its ttl each that differs would be too old; and not what was softly purged, which differs because the purge said so.
 */
export function compareRefreshed(
  context: Context,
  { is, reason }: Pick<Found, 'is'> & { readonly reason?: unknown },
  hit: HitCompared,
  end: GivingEnd,
): void {
  if (is !== 'stale' || reason || hit.cls.freshWithinMs === undefined) return;
  if (isCompared(context.isolate, hit.cls, hit.trial))
    context.waitUntil(compareWithGiven(context, apartFrom(context), hit, givenBy(end)).catch(() => {}));
}

/** Within what an isolate may hold for it. */
export async function compareWithGiven(
  context: Context,
  apart: Context,
  hit: HitCompared,
  given: Given,
): Promise<void> {
  await concludeComparison(context, hit, await comparedWithin(apart, hit, given ?? failed('not known')));
}

async function comparedWithin(
  apart: Context,
  hit: HitCompared,
  given: Present | FetchFailure,
): Promise<Comparison> {
  const isRead = given.is === 'present' && typeof given.body !== 'string';
  const letGo = apart.isolate.shadowed.hold(hit.entry.length + (isRead ? given.body.length : 0));
  if (!letGo) return { result: 'dropped' };
  const compared = comparisonOf(apart, hit, given, { checksEqual: false });
  return compared.catch(() => cannotBeCompared).finally(letGo);
}
