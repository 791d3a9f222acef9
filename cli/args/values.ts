import { UsageError } from '../failure.ts';
import { shown } from './check.ts';

interface Range {
  readonly least: number;
  readonly most: number;
}

export function wholeNumberOf(flag: string, text: string, { least, most }: Range): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${flag} ${shown(text)}: give a whole number from ${least} to ${most}`);
}

/** One that may have a fraction. */
export function numberOf(flag: string, text: string, { least, most }: Range): number {
  const number = /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${flag} ${shown(text)}: give a number from ${least} to ${most}`);
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export interface DurationRange {
  /** Default: a second. */
  readonly least?: string;
  /** `24h`: not longer than this. */
  readonly most: string;
  readonly example: string;
}

/** Milliseconds of a whole number and a unit. */
export function durationMs(
  flag: string,
  text: string,
  { least = '1s', most, example }: DurationRange,
): number {
  const ms = msOf(text);
  if (ms === null)
    throw new UsageError(`${flag} ${shown(text)}: give a whole number and s, m, h or d, such as ${example}`);
  if (ms < msOf(least)! || ms > msOf(most)!)
    throw new UsageError(`${flag} ${shown(text)}: give a time from ${least} to ${most}`);
  return ms;
}

function msOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return unit === undefined ? null : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** `k=v`, as often as it is given, in order: the first `=` separates. */
export function pairsOf(flag: string, list: readonly string[] = []): readonly (readonly [string, string])[] {
  const pairs = list.map((text) => {
    const at = text.indexOf('=');
    if (at < 1)
      throw new UsageError(`${flag} ${shown(text)}: give a name and a value, such as ${flag} name=value`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new UsageError(`${flag} ${shown(twice)} is given twice; give it once`);
  return pairs;
}

/** The value of a pair: JSON where it is JSON, else text. A text that is JSON too is written as `"7"`. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
