/** `0.37 %`. Two digits tell enough. */
export const shareText = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** `25 ms`, `1.5 ms`. */
export const msText = (ms: number): string =>
  `${Math.abs(ms) < 10 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;

const steps = [
  ['s', 1_000, 120_000],
  ['min', 60_000, 120 * 60_000],
  ['h', 3_600_000, 48 * 3_600_000],
  ['d', 24 * 3_600_000, Number.POSITIVE_INFINITY],
] as const;

/** How long something lasts or is to last, rounded up: `4 min`. */
export function spanText(ms: number): string {
  const [unit, size] = steps.find(([, , below]) => ms < below) ?? steps[3];
  return `${Math.ceil(ms / size)} ${unit}`;
}

/** `1 answer`, `2 answers`. */
export const countText = (n: number, word: string): string => `${n} ${n === 1 ? word : `${word}s`}`;
