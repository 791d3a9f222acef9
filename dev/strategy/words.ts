/** Numbers of a strategy in words that people read. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** `90 s`, `10 min`, `1 h 30 min`: exactly, in at most two units; none: `0`. */
export function time(ms: number): string {
  if (ms === 0) return '0';
  const [unit, length] = units.find(([, it]) => ms >= it)!;
  const whole = Math.floor(ms / length);
  const rest = ms - whole * length;
  if (rest === 0) return `${whole} ${unit}`;
  const next = units.find(([, it]) => rest >= it && rest % it === 0)!;
  return unit === 's' || next[1] * 1000 < length
    ? `${ms / 1000} s`
    : `${whole} ${unit} ${rest / next[1]} ${next[0]}`;
}

export const timeOrNone = (ms: number): string => (ms === 0 ? 'none' : time(ms));

export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

export function size(bytes: number): string {
  const [unit, length] = (
    [
      ['MiB', 1 << 20],
      ['KiB', 1 << 10],
    ] as const
  ).find(([, it]) => bytes >= it) ?? ['bytes', 1];
  return `${Number((bytes / length).toPrecision(3))} ${unit}`;
}

/** `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
