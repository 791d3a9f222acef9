/** A duration in a public option: a number and a unit, `'250ms'`, `'10s'`, `'5m'`, `'1h'`, `'7d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The form of a duration, for messages. */
export const durationForm = "a number and a unit of ms, s, m, h or d, such as '10m'";

/** `'10m'` → 600000; whole milliseconds, because Redis takes no others. Throws `RangeError` that quotes the input. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]);
  if (!Number.isSafeInteger(ms)) {
    throw new RangeError(`${JSON.stringify(text)} is not a duration; write ${durationForm}`);
  }
  return ms;
}

/** `600000` → `'10m'`: in the greatest unit of which it is a whole number. */
export function durationText(ms: number): Duration {
  const units = Object.entries(unitMs).toReversed() as [keyof typeof unitMs, number][];
  const [unit, length] = units.find(([, it]) => ms >= it && ms % it === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}
