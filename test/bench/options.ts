import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const help = `npm run bench -- [options]     what a request costs, beside a bare Worker and a hand-written one

  --seconds N       each measurement ends after N seconds (default 0.3; with --against 2.5) …
  --requests N      … or after N requests (default: no such end)
  --rounds N        every variant is measured once a round; the median counts (default 14)
  --connections N   kept open, each with one request under way (default 32)
  --only TEXT       only variants whose name has TEXT in it; their baselines are measured all the same
  --json            the result as JSON on standard output; progress goes to standard error
  --help

Needs Redis as npm run dev finds it. It takes about (seconds + 0.3) × rounds × 24 in all.

npm run bench -- --against DIR     what a request costs here, as a share of what it costs in another checkout

  --against DIR     the other checkout of this project, for instance the commit before, with its own node_modules
  --pairs N         each variant is measured in N pairs, here and there in turn (default 9)
  --only TEXT       only variants whose name has TEXT in it, without baselines (default: "L1 hit" and "L2 hit")

Answers of 1 KB with gzip. The CPU time of workerd counts: the geometric mean of the pairs' ratios, and the interval in which
the true one lies with 95 %. Below 1, this checkout takes less. It takes about seconds × 1.3 × pairs × 2 a variant.`;

export interface Options {
  readonly seconds: number;
  readonly requests: number;
  readonly rounds: number;
  readonly connections: number;
  /** Null: those that are measured by default. */
  readonly only: string | null;
  readonly json: boolean;
  readonly against: Against | null;
}

/** Another checkout to compare this one with. */
export interface Against {
  readonly dir: string;
  readonly pairs: number;
}

/** Null: show the help. Throws with one line that says what is wrong. */
export function optionsOf(args: string[]): Options | null {
  const options = {
    seconds: { type: 'string' },
    requests: { type: 'string', default: 'Infinity' },
    rounds: { type: 'string' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    against: { type: 'string' },
    pairs: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  const { against: dir, rounds, pairs, help, json, only } = values;
  if (help) return null;
  if (dir === undefined && pairs !== undefined) throw new Error('--pairs: only with --against DIR');
  if (dir !== undefined && rounds !== undefined)
    throw new Error('--rounds: not with --against; give --pairs');
  return {
    seconds: numberOf('seconds', values.seconds ?? (dir === undefined ? '0.3' : '2.5'), 0.1, 60),
    requests: numberOf('requests', values.requests, 1, Number.POSITIVE_INFINITY),
    rounds: numberOf('rounds', rounds ?? '14', 1, 100),
    connections: numberOf('connections', values.connections, 1, 1_000),
    only: only ?? null,
    json,
    against: dir === undefined ? null : againstOf(dir, pairs),
  };
}

function againstOf(dir: string, pairs = '9'): Against {
  for (const part of ['test/bench', 'node_modules']) {
    if (!existsSync(join(dir, part))) throw new Error(`--against ${dir}: there is no ${part} in it`);
  }
  return { dir, pairs: numberOf('pairs', pairs, 2, 100) };
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (number >= least && number <= most) return number;
  throw new Error(`--${name} ${text}: give a number from ${least} to ${most}`);
}
