import { fnv1a } from '../hash.ts';
import type { Context } from './context.ts';
import type { HitCompared } from './hit-compared.ts';

/** Digests of the two answers that were compared. */
export interface Answers {
  readonly stored: string;
  readonly present: string;
}

/**
 * Whether this comparison proves, with those before it, that somebody is given what is another's: then where the answers differ. Of an entry of which
 * nothing ever differed nothing is remembered.
 */
export function provesLeak(
  { isolate: { witness }, identity }: Context,
  { entry, cls, ageMs }: HitCompared,
  { stored, present }: Answers,
  at: readonly string[],
): readonly string[] | null {
  const key = keyOf(entry);
  const differs = stored !== present;
  if (!differs && !witness.knows(key)) return null;
  // An origin whose reads lag behind gives the old and the new in turn for so long after a change.
  if (ageMs < cls.settleMs) return null;
  const filled = { digest: stored, whose: entry.principal.user };
  return witness.saw(key, filled, { digest: present, whose: identity?.principal.user ?? '' }, at);
}

/** A change of any generation makes another one of it. */
function keyOf({ fullKey, generations }: HitCompared['entry']): string {
  const all = [...generations].map((pair) => pair.join('=')).sort();
  return `${fullKey} ${fnv1a(all.join(' '))}`;
}
