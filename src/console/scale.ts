/** Where a plot's lines are, and what stands beside them (pure). */
export interface Scale {
  /** Where the value is, from 0 at the bottom to 1 at the top. */
  readonly at: (value: number) => number;
  /** From the bottom up. */
  readonly ticks: readonly number[];
}

/** From nothing to a round number above all values. `base`: 1024 for bytes. */
export function linearScale(most: number, base: 1000 | 1024 = 1000): Scale {
  const step = roundStep((most > 0 ? most : 1) / 4, base);
  const top = step * Math.max(1, Math.ceil((most > 0 ? most : 1) / step - 1e-9));
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  return { at: (value) => value / top, ticks };
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten; of bytes the next power of two. */
function roundStep(least: number, base: 1000 | 1024): number {
  if (base === 1024) return 2 ** Math.max(0, Math.ceil(Math.log2(least) - 1e-9));
  const ten = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5, 10].find((it) => it * ten >= least * (1 - 1e-9)) ?? 10;
  return factor * ten;
}

/** All of it, in quarters. */
export const shareScale: Scale = { at: (value) => value, ticks: [0, 0.25, 0.5, 0.75, 1] };

/** Powers of ten, so that what takes 1 ms and what takes 1 s are both seen. */
export function logScale(values: readonly number[]): Scale {
  const known = values.filter((it) => it > 0);
  const least = Math.floor(Math.log10(Math.min(...known, 1)) + 1e-9);
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...known, 10)) - 1e-9));
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i));
  const at = (value: number) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - least) / (most - least)));
  return { at, ticks };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const timeSteps = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];

/** Round times between these, at most seven, none so near to an end that its label would not fit; `isDays`: their labels are days. */
export function timeTicks(
  fromMs: number,
  toMs: number,
): { readonly ticks: readonly number[]; readonly isDays: boolean } {
  const span = toMs - fromMs;
  const step = timeSteps.find((it) => span / it <= 7) ?? 7 * DAY;
  const margin = span * 0.03;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromMs + margin) / step) * step; at <= toMs - margin; at += step) ticks.push(at);
  return { ticks, isDays: step >= DAY };
}
