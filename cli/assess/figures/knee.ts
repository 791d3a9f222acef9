import type { CurvePoint } from '../assessment.ts';

/** The share of the most hits that is enough. */
export const ENOUGH = 0.9;

/**
 * The knee: the shortest TTL with at least nine tenths of the hits of the best, so that no longer one adds more than a tenth of them. Null: there are
 * none. Whatever shape a curve has, this says what a longer TTL, and staler answers, would be paid for.
 */
export function kneeOf(curve: readonly CurvePoint[]): CurvePoint | null {
  const most = Math.max(...curve.map(({ hits }) => hits));
  return most > 0 ? curve.find(({ hits }) => hits >= ENOUGH * most)! : null;
}
