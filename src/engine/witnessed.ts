import { fnv1a } from '../hash.ts';
import type { Context } from './context.ts';
import type { HitCompared } from './hit-compared.ts';

/** Digests of the two answers that were compared. */
export interface Answers {
  readonly stored: string;
  readonly present: string;
}

/** Whether what is equal is of use too. Of an entry of which nothing ever differed nothing is remembered. */
export const isWitnessed = ({ isolate: { witness } }: Context, hit: HitCompared): boolean =>
  witness.knows(keyOf(hit));

/** Whether this comparison proves, with those before it, that somebody is given what is another's: then where the answers differ. */
export function provesLeak(
  { isolate: { witness }, identity }: Context,
  hit: HitCompared,
  { stored, present }: Answers,
  at: readonly string[],
): readonly string[] | null {
  const { entry, cls, ageMs } = hit;
  // An origin whose reads lag behind gives the old and the new in turn for so long after a change.
  if (ageMs < cls.settleMs) return null;
  const filled = { digest: stored, whose: entry.principal.user };
  return witness.saw(keyOf(hit), filled, { digest: present, whose: identity?.principal.user ?? '' }, at);
}

/** A change of any generation makes another one of it, and so does another step: what was wrong in an earlier one may be mended, and purged by nobody. */
function keyOf({ entry: { fullKey, generations }, trial }: HitCompared): string {
  const all = [...generations].map((pair) => pair.join('=')).sort();
  return `${fullKey} ${fnv1a(all.join(' '))} ${trial?.step ?? ''}`;
}
