import { bounds } from '../bounds.ts';
import { backFrom } from './back.ts';
import { type ClassFlags, guardName } from './flags.ts';
import type { GuardReport } from './guard-types.ts';

export type GuardDecision = 'advance' | 'finish' | 'back' | 'hold';

interface NextFlags {
  readonly decision: GuardDecision;
  readonly flags: ClassFlags;
}

/** How a class is switched after what the guard found; null: as it is. What is held goes back where it must, and nowhere else. */
export function nextFlags(now: ClassFlags, report: GuardReport, nowMs: number): NextFlags | null {
  const { verdict } = report;
  const why = report.why.slice(0, bounds.rolloutWhyChars);
  if (verdict === 'back') {
    const isLeak = report.failed === 'leak';
    return { decision: 'back', flags: backFrom(now, { isLeak, why, atMs: nowMs }) };
  }
  if (verdict === 'stay' || now.held !== null) return null;
  const said = { ...now, by: guardName, why };
  // Since when it is as it is stays: nothing is switched.
  if (verdict === 'hold') return { decision: 'hold', flags: { ...said, held: why } };
  const set = { ...said, sinceMs: nowMs };
  const at = now.step === null ? null : now.step + 1;
  const step = at === null ? undefined : now.plan[at];
  if (at === null || !step) return { decision: 'finish', flags: { ...set, step: null } };
  return { decision: 'advance', flags: { ...set, mode: 'on', percent: step.percent, step: at } };
}
