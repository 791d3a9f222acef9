import { printable } from '../text.ts';
import type { ClassStand, Rollout } from './shapes.ts';

/** `on for 5 % of tenants`, `in the shadow`. */
export function standWords({ mode, percent, unit }: Pick<ClassStand, 'mode' | 'percent' | 'unit'>): string {
  if (mode === 'shadow') return 'in the shadow';
  if (mode === 'off') return 'off';
  return percent === 100 ? 'on for everyone' : `on for ${percent} % of ${unitWords(unit)}`;
}

const unitWords = (unit: string) => (unit === 'key' ? 'its entries' : `${printable(unit)}s`);

/** `3 of 5`; null: it is in no step. */
export const stepWords = ({ step, plan }: Pick<ClassStand, 'step' | 'plan'>): string | null =>
  step === null ? null : `${step + 1} of ${plan.length}`;

export const timeText = (iso: string | null): string =>
  iso === null ? '-' : new Date(iso).toISOString().replace(/\.\d+/, '');

/** Who has set it, and why: `by ops, 2026-11-27T10:00:00Z: "equal for a day"`. */
export const byWords = ({ by, since, why }: Pick<ClassStand, 'by' | 'since' | 'why'>): string =>
  printable(`by ${by}${since === null ? '' : `, ${timeText(since)}`}: ${JSON.stringify(why)}`);

/** Null: it is not on. */
export function killWords({ kill, kill_switch: { at, by, why, variable } }: Rollout | Kill): string | null {
  if (!kill) return null;
  const who = variable ? 'KILL_SWITCH of the Worker' : byWords({ by: by ?? '', since: at, why: why ?? '' });
  return `the kill switch is on, ${who}; nothing is answered from the cache`;
}

type Kill = Pick<Rollout, 'kill' | 'kill_switch'>;

export const number = (n: number): string => n.toLocaleString('en');
