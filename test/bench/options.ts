import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand, type Values } from '../../cli/args/definition.ts';
import { numberOf, wholeNumberOf } from '../../cli/args/values.ts';
import { UsageError } from '../../cli/failure.ts';
import { chosenBy } from './variants.ts';

const AGAINST = 'compare two checkouts';

export const benchCommand = defineCommand({
  name: 'bench',
  typed: 'npm run bench --',
  description:
    'Measures what a request costs, beside a bare Worker and a hand-written cache: about 3 minutes. With --against: what it costs here, beside another checkout of this project: about 2 minutes',
  args: {
    seconds: {
      type: 'string',
      valueHint: 'N',
      description: 'each measurement ends after N seconds (default 0.3; with --against 2.5) …',
    },
    requests: {
      type: 'string',
      valueHint: 'N',
      description: '… or after N requests, whichever comes first (default: no such end)',
    },
    rounds: {
      type: 'string',
      valueHint: 'N',
      description: 'every variant is measured once a round; the median counts (default 14)',
    },
    connections: {
      type: 'string',
      valueHint: 'N',
      default: '32',
      description: 'kept open, each with one request under way',
    },
    only: {
      type: 'string',
      valueHint: 'TEXT',
      description:
        'only variants whose name has TEXT in it, and their baselines; with --against without them (default there: "L1 hit" and "L2 hit")',
    },
    json: {
      type: 'boolean',
      description: 'the result as one JSON object on stdout; progress goes to stderr with or without it',
    },
    against: {
      type: 'string',
      valueHint: 'DIR',
      group: AGAINST,
      description:
        'the other checkout, for instance the commit before (git worktree add DIR HEAD~1, and npm ci in it)',
    },
    without: {
      type: 'enum',
      options: ['telemetry'],
      group: AGAINST,
      description: 'in place of DIR: this checkout itself without what counts requests and tells of them',
    },
    pairs: {
      type: 'string',
      valueHint: 'N',
      group: AGAINST,
      description: 'each variant is measured in N pairs, here and there in turn (default 9)',
    },
  },
  examples: [
    'npm run bench -- --only "L1 hit"          some seconds instead of minutes',
    'npm run bench -- --against ../before      whether a change made requests dearer',
    'npm run bench -- --without telemetry      what counting costs',
  ],
  stray:
    'it takes flags only, and npm keeps them for itself unless -- stands before them: npm run bench -- --seconds 1',
  notes: `How to read it. CPU × baseline: how many times the CPU time of the baseline a request took; less is better, and 1.00 is the
baseline itself. With --against: the geometric mean of the pairs' ratios, this checkout's CPU time of workerd over the
other's, and the interval in which the true one lies with 95 %. Below 1, this checkout takes less; an interval that includes
1 shows no difference. Answers there are of 1 KB, with gzip.

How long it takes, in seconds: (seconds + 0.3) × rounds × 24; with --against, for each variant, seconds × 1.3 × pairs × 2. Needs
Redis, as npm run dev finds it. Exit codes: 0 measured; 1 it could not be; 2 the command is not well typed; 130 Ctrl-C.`,
});

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

/** What this checkout is compared with: another one, or itself without a part. */
export type Against = ({ readonly dir: string } | { readonly without: 'telemetry' }) & {
  readonly pairs: number;
};

/** Throws `UsageError`, whose one line names the flag and what to give. */
export function benchOptions(values: Values<typeof benchCommand.args>): Options {
  const { against: dir, without, requests, rounds, pairs, connections, json, only } = values;
  if (dir !== undefined && without !== undefined)
    throw new UsageError('--without: not with --against; it is against this checkout');
  const flag = dir !== undefined ? '--against' : without !== undefined ? '--without' : null;
  if (flag === null && pairs !== undefined) throw new UsageError('--pairs: only with --against DIR');
  if (flag !== null && rounds !== undefined) throw new UsageError(`--rounds: not with ${flag}; give --pairs`);
  if (only !== undefined) chosenBy(only); // before anything is started
  const seconds = values.seconds ?? (flag === null ? '0.3' : '2.5');
  return {
    seconds: numberOf('--seconds', seconds, { least: 0.1, most: 60 }),
    requests:
      requests === undefined
        ? Number.POSITIVE_INFINITY
        : wholeNumberOf('--requests', requests, { least: 1, most: 1_000_000_000 }),
    rounds: wholeNumberOf('--rounds', rounds ?? '14', { least: 1, most: 100 }),
    connections: wholeNumberOf('--connections', connections, { least: 1, most: 1_000 }),
    only: only ?? null,
    json,
    against: againstOf(dir, without, pairs),
  };
}

function againstOf(
  dir: string | undefined,
  without: 'telemetry' | undefined,
  pairsText = '9',
): Against | null {
  const pairs = wholeNumberOf('--pairs', pairsText, { least: 2, most: 100 });
  if (without !== undefined) return { without, pairs };
  if (dir === undefined) return null;
  for (const part of ['test/bench', 'node_modules']) {
    if (!existsSync(join(dir, part))) throw new UsageError(`--against ${dir}: there is no ${part} in it`);
  }
  return { dir, pairs };
}
