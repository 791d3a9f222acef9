import { bounds } from '../bounds.ts';
import { type ClassFlags, guardName, stepAt } from './flags.ts';

/** Why a class goes back: what the guard found, in one sentence. */
export interface Failure {
  readonly isLeak: boolean;
  readonly why: string;
  readonly atMs: number;
}

/**
 * How a class stands after a failure: from `on` it goes back to the shadow, from there it is off, and after a leak it is off at once. It is held,
 * so that it goes on only when somebody says so.
 */
export function backFrom(
  { mode, allow, deny, plan }: ClassFlags,
  { isLeak, why, atMs }: Failure,
): ClassFlags {
  const back = mode === 'on' && !isLeak ? 'shadow' : 'off';
  const said = why.slice(0, bounds.rolloutWhyChars);
  return {
    ...{ mode: back, percent: 0, allow, deny, plan, step: stepAt(plan, back, 0) },
    ...{ sinceMs: atMs, by: guardName, why: said, held: said },
  };
}
