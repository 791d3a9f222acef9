import type { Bed } from './bed.ts';
import { type Bench, say } from './bench.ts';
import { type Size, sizes } from './body.ts';
import { type Measured, measure, warmUp } from './measure.ts';
import type { Options } from './options.ts';
import { type Row, rowOf, tableOf } from './report.ts';
import { chosenBy, type Encoding, encodings, type Variant, variants } from './variants.ts';

/** Beyond this the load generator may be what limits a figure. */
const BUSY = 0.9;

interface Case {
  readonly size: Size;
  readonly encoding: Encoding;
  readonly variant: Variant;
  readonly rounds: Measured[];
}

/** Every variant beside its baseline, in this checkout. */
export async function runTable(bench: Bench, options: Options): Promise<string> {
  const cases = casesOf(options);
  say('starting the Workers');
  await run(await bench.startBed(), cases, bench.token, options);
  return resultOf(bench, rowsOf(cases), options);
}

function casesOf({ only }: Options): Case[] {
  const needed = new Set(chosenBy(only ?? '').flatMap(({ name, baseline }) => [name, baseline]));
  return (Object.keys(sizes) as Size[]).flatMap((size) =>
    encodings.flatMap((encoding) =>
      variants
        .filter(({ name }) => needed.has(name))
        .map((variant) => ({ size, encoding, variant, rounds: [] })),
    ),
  );
}

/** Round by round, and in each round one variant after another: what disturbs the machine for a while disturbs them all. */
async function run(bed: Bed, cases: readonly Case[], token: string, options: Options): Promise<void> {
  for (const { variant, ...at } of cases) {
    say(`warming up: ${variant.name}, ${at.size}, ${at.encoding}`);
    await warmUp(bed, variant, { ...at, token }, options);
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const { variant, rounds, ...at } of cases) {
      const measured = await measure(bed, variant, { ...at, token }, options);
      rounds.push(measured);
      const rate = measured.requestsPerSecond.toFixed(0);
      say(`round ${round} of ${options.rounds}: ${variant.name}, ${at.size}, ${at.encoding}: ${rate} req/s`);
    }
  }
}

function rowsOf(cases: readonly Case[]): Row[] {
  return cases.map((it) => {
    const baseline = cases.find(
      ({ variant, size, encoding }) =>
        variant.name === it.variant.baseline && size === it.size && encoding === it.encoding,
    );
    return rowOf(it, it.rounds, baseline?.rounds);
  });
}

function resultOf({ machine }: Bench, rows: readonly Row[], options: Options): string {
  const { rounds, requests } = options;
  if (options.json) {
    const settings = { ...options, requests: Number.isFinite(requests) ? requests : null };
    return JSON.stringify({ machine, settings, rows }, null, 2);
  }
  const busy = rows.filter((row) => row.generatorBusy > BUSY);
  return [
    `${machine.cores} cores, ${machine.cpu}, Redis: ${machine.redis}; medians of ${rounds} rounds`,
    tableOf(rows),
    `"× baseline": by requests per second in the same round, then by each one's best round; more is better.
"CPU × baseline": by workerd's CPU time; less is better.
Redis requests and commands are per answer, counted at the gateway, background work included.`,
    ...busy.map((it) => `The load generator may have limited: ${it.variant}, ${it.size}, ${it.encoding}.`),
  ].join('\n\n');
}
