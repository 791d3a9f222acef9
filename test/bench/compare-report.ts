import type { Bench } from './bench.ts';
import type { Size } from './body.ts';
import type { Against, Options } from './options.ts';
import { geometricMean, type Ratio } from './ratio.ts';
import { aligned } from './report.ts';
import type { Encoding } from './variants.ts';

/** `this`: the checkout that runs the bench. */
export type Side = 'this' | 'that';

/** One variant, measured once on one side. */
export interface Figures {
  /** CPU time of workerd for one request. */
  readonly cpuUs: number;
  readonly requestsPerSecond: number;
}

export interface Pair extends Readonly<Record<Side, Figures>> {
  /** Which side was measured first. */
  readonly first: Side;
}

/** One variant, this side's CPU time as a share of the other's. */
export interface Compared extends Ratio {
  readonly variant: string;
  readonly size: Size;
  readonly encoding: Encoding;
  readonly pairs: readonly Pair[];
}

const meaning = {
  'below 1': 'below 1: less here',
  'includes 1': 'includes 1: no difference shown',
  'above 1': 'above 1: more here',
} as const;

export function reportOf(
  machine: Bench['machine'],
  { connections, seconds, requests, json }: Options,
  against: Against,
  variants: readonly Compared[],
): string {
  if (json) {
    const end = Number.isFinite(requests) ? requests : null;
    const settings = { connections, seconds, requests: end, ...against };
    return JSON.stringify({ machine, settings, variants }, null, 2);
  }
  const took = ({ pairs }: Compared, side: Side) =>
    geometricMean(pairs.map((pair) => pair[side].cpuUs)).toFixed(1);
  const rows = variants.map((it) => [
    `${it.variant}, ${it.size}, ${it.encoding}`,
    took(it, 'this'),
    took(it, 'that'),
    it.ratio.toFixed(3),
    `${it.low.toFixed(3)}–${it.high.toFixed(3)}`,
    meaning[it.interval],
  ]);
  return [
    `${machine.cores} cores, ${machine.cpu}, Redis: ${machine.redis}; ${against.pairs} pairs of ${seconds} s, against ${'without' in against ? `this checkout without ${against.without}` : against.dir}`,
    aligned([['variant', 'µs here', 'µs there', 'here/there', '95 %', 'interval'], ...rows]),
    `CPU time of workerd per request: the geometric mean of the pairs' ratios, and Student's t on their logarithms.`,
  ].join('\n\n');
}
