import { resolve } from 'node:path';
import type { Bed } from './bed.ts';
import { type Bench, say } from './bench.ts';
import { type Compared, type Pair, reportOf, type Side } from './compare-report.ts';
import { measure, warmUp } from './measure.ts';
import type { Against, Options } from './options.ts';
import { ratioOf } from './ratio.ts';
import { chosenBy, type Variant, variants } from './variants.ts';
import { withoutTelemetry } from './without-telemetry.ts';

/** What shows a change of the engine best: a small body, and no decompression. */
const at = { size: '1KB', encoding: 'gzip' } as const;
const byDefault = ['L1 hit', 'L2 hit'];

type Sides = Readonly<Record<Side, Bed>>;

/** This checkout beside another, or beside itself without a part, over one backend, each in a workerd of its own. */
export async function runComparison(bench: Bench, options: Options, against: Against): Promise<string> {
  const chosen =
    options.only === null ? variants.filter(({ name }) => byDefault.includes(name)) : chosenBy(options.only);
  const names = [...new Set(chosen.map(({ worker }) => worker))];
  say('starting the Workers of both sides');
  const that =
    'without' in against
      ? bench.startBed(names, undefined, [withoutTelemetry])
      : bench.startBed(names, resolve(against.dir));
  const sides: Sides = { that: await that, this: await bench.startBed(names) };
  return reportOf(bench.machine, options, against, await run(sides, chosen, bench, options, against.pairs));
}

async function run(
  sides: Sides,
  chosen: readonly Variant[],
  { token }: Bench,
  options: Options,
  pairs: number,
): Promise<Compared[]> {
  for (const variant of chosen) {
    say(`warming up: ${variant.name}, ${at.size}, ${at.encoding}`);
    for (const bed of [sides.this, sides.that]) await warmUp(bed, variant, { ...at, token }, options);
  }
  const measured = chosen.map((variant) => ({ variant, pairs: [] as Pair[] }));
  for (let number = 1; number <= pairs; number += 1) {
    for (const { variant, pairs: done } of measured) {
      const pair = await measurePair(sides, variant, token, options, number % 2 === 1 ? 'this' : 'that');
      done.push(pair);
      const figures = `${pair.this.cpuUs.toFixed(1)} µs here, ${pair.that.cpuUs.toFixed(1)} µs there`;
      say(`pair ${number} of ${pairs}: ${variant.name}, ${at.size}, ${at.encoding}: ${figures}`);
    }
  }
  return measured.map(({ variant, pairs }) => ({
    variant: variant.name,
    ...at,
    ...ratioOf(pairs.map((pair) => pair.this.cpuUs / pair.that.cpuUs)),
    pairs,
  }));
}

/** Who goes first changes from pair to pair: what the first does to the machine meets both alike. */
async function measurePair(
  sides: Sides,
  variant: Variant,
  token: string,
  options: Options,
  first: Side,
): Promise<Pair> {
  const one = async (side: Side) => {
    const { cpuUsPerRequest, requestsPerSecond } = await measure(
      sides[side],
      variant,
      { ...at, token },
      options,
    );
    if (!cpuUsPerRequest)
      throw new Error('--against: the CPU time of workerd cannot be read on this machine');
    return { cpuUs: cpuUsPerRequest, requestsPerSecond };
  };
  const early = await one(first);
  const late = await one(first === 'this' ? 'that' : 'this');
  return first === 'this' ? { first, this: early, that: late } : { first, this: late, that: early };
}
