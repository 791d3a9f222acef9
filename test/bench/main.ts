import { availableParallelism, cpus } from 'node:os';
import { signDevToken } from '../../dev/keys.ts';
import { type Bed, startBed } from './bed.ts';
import { type Size, sizes } from './body.ts';
import { type Measured, measure, warmUp } from './measure.ts';
import { help, type Options, optionsOf } from './options.ts';
import { type Row, rowOf, tableOf } from './report.ts';
import { type Encoding, encodings, type Variant, variants } from './variants.ts';

/** Beyond this the load generator may be what limits a figure. */
const BUSY = 0.9;

interface Case {
  readonly size: Size;
  readonly encoding: Encoding;
  readonly variant: Variant;
  readonly rounds: Measured[];
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) return console.log(help);
  say('starting Redis, the gateway and the Workers');
  const bed = await startBed();
  const end = async (code: number) => {
    await bed.stop();
    process.exit(code);
  };
  process.once('SIGINT', () => void end(130));
  process.once('SIGTERM', () => void end(143));
  try {
    const cases = casesOf(options);
    await run(bed, cases, options);
    console.log(resultOf(bed, rowsOf(cases), options));
  } finally {
    await bed.stop();
  }
}

function casesOf({ only }: Options): Case[] {
  const chosen = variants.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  const needed = new Set(chosen.flatMap(({ name, baseline }) => [name, baseline]));
  if (chosen.length === 0) throw new Error(`--only ${only}: no variant has that in its name`);
  return (Object.keys(sizes) as Size[]).flatMap((size) =>
    encodings.flatMap((encoding) =>
      variants
        .filter(({ name }) => needed.has(name))
        .map((variant) => ({ size, encoding, variant, rounds: [] })),
    ),
  );
}

/** Round by round, and in each round one variant after another: what disturbs the machine for a while disturbs them all. */
async function run(bed: Bed, cases: readonly Case[], options: Options): Promise<void> {
  const claims = { tenant: 'acme', user: 'ann', roles: ['admin'] };
  const token = await signDevToken(claims, { nowMs: Date.now(), expiresInMs: 86_400_000 });
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

function resultOf(bed: Bed, rows: readonly Row[], options: Options): string {
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', redis: bed.redis };
  const { rounds, requests } = options;
  if (options.json) {
    const settings = { ...options, requests: Number.isFinite(requests) ? requests : null };
    return JSON.stringify({ machine, settings, rows }, null, 2);
  }
  const busy = rows.filter((row) => row.generatorBusy > BUSY);
  return [
    `${machine.cores} cores, ${machine.cpu}, Redis: ${machine.redis}; medians of ${rounds} rounds`,
    tableOf(rows),
    `"of baseline": by requests per second in the same round, by each one's best round, by workerd's CPU time.
Redis requests and commands are per answer, counted at the gateway, background work included.`,
    ...busy.map((it) => `The load generator may have limited: ${it.variant}, ${it.size}, ${it.encoding}.`),
  ].join('\n\n');
}

const say = (line: string) => console.error(`… ${line}`);

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
