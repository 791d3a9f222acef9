import { parseArgs } from 'node:util';

export const help = `npm run bench -- [options]     what a request costs, beside a bare Worker and a hand-written one

  --seconds N       each measurement ends after N seconds (default 0.3) …
  --requests N      … or after N requests (default: no such end)
  --rounds N        every variant is measured once a round; the median counts (default 14)
  --connections N   kept open, each with one request under way (default 32)
  --only TEXT       only variants whose name has TEXT in it; their baselines are measured all the same
  --json            the result as JSON on standard output; progress goes to standard error
  --help

Needs Redis as npm run dev finds it. It takes about (seconds + 0.3) × rounds × 24 in all.`;

export interface Options {
  readonly seconds: number;
  readonly requests: number;
  readonly rounds: number;
  readonly connections: number;
  readonly only: string;
  readonly json: boolean;
}

/** Null: show the help. Throws with one line that says what is wrong. */
export function optionsOf(args: string[]): Options | null {
  const options = {
    seconds: { type: 'string', default: '0.3' },
    requests: { type: 'string', default: 'Infinity' },
    rounds: { type: 'string', default: '14' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return null;
  return {
    seconds: numberOf('seconds', values.seconds, 0.1, 60),
    requests: numberOf('requests', values.requests, 1, Number.POSITIVE_INFINITY),
    rounds: numberOf('rounds', values.rounds, 1, 100),
    connections: numberOf('connections', values.connections, 1, 1_000),
    only: values.only,
    json: values.json,
  };
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (number >= least && number <= most) return number;
  throw new Error(`--${name} ${text}: give a number from ${least} to ${most}`);
}
