import type { SignatureRefusal } from './refusal.ts';
import type { Timestamp } from './scheme.ts';

/** Digits of a time, up to the year 33658 in seconds and 2286 in milliseconds. */
const units = { s: { digits: /^\d{1,12}$/, ms: 1_000 }, ms: { digits: /^\d{1,13}$/, ms: 1 } } as const;

/** Null: it is within the window around `nowMs`, whose ends belong to it. */
export function faultOfTimestamp(
  { unit, windowMs }: Timestamp,
  text: string,
  nowMs: number,
): SignatureRefusal | null {
  const { digits, ms } = units[unit];
  if (!digits.test(text)) return 'malformed-timestamp';
  const ageMs = nowMs - Number(text) * ms;
  if (ageMs > windowMs) return 'too-old';
  return ageMs < -windowMs ? 'too-new' : null;
}
