import { type Api, connect, Unreachable } from './api.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { durationMs } from './args/values.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit } from './failure.ts';
import type { Figures } from './figures.ts';
import { commonArgs, shownExitCodes } from './flags.ts';
import { type Screen, screenOn } from './screen.ts';
import { columnNames, topTable } from './top-table.ts';

export const topCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh top',
  description: 'Shows how requests are answered, by class, and goes on showing it',
  args: {
    window: {
      type: 'string',
      valueHint: 'TIME',
      default: '15m',
      description: 'of the last so many minutes, hours or days, from 1m to 35d',
    },
    sort: {
      type: 'enum',
      valueHint: 'COLUMN',
      options: columnNames,
      default: 'requests',
      description: `the class with the most first, or of hit the least: ${columnNames.join(', ')}`,
    },
    every: {
      type: 'string',
      valueHint: 'TIME',
      default: '5s',
      description: 'how often it looks again; the edge itself learns once a minute what was counted',
    },
    once: { type: 'boolean', description: 'shows it once, as it does where the output is no terminal' },
    ...commonArgs,
  },
  examples: [
    'npx stillfresh top',
    'npx stillfresh top --window 24h --sort error --once',
    'npx stillfresh top --json --every 1m | jq .summary.hit_rate',
  ],
  stray: 'it takes flags only, such as --window 1h',
  notes: `REQ/S and ORIG/S are requests and fetches from the origin in a second, HIT% is (hit + stale) of all that could have been one
(hit, stale, miss, error); STALE, MISS and ERROR count requests, P50 and P95 are how long they took at most; SAVED are the bytes
that the origin did not have to send, $/H what Redis' commands are estimated to cost in an hour, which is counted for all together.
With --json: GET /-/figures as the edge gives it, in one line, again at each look; with --once one. Its scope is read.
${shownExitCodes}
  130  Ctrl-C before anything was shown; afterwards that is how it ends, with 0`,
});

/** `stillfresh top`. */
export async function top(
  flags: Values<typeof topCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  const { window, sort, json } = flags;
  durationMs('--window', window, { least: '1m', most: '35d', example: '15m or 24h' });
  const everyMs = durationMs('--every', flags.every, { most: '1h', example: '5s or 1m' });
  const edge = edgeOf(flags.url, environment.env);
  const api = connect(edge, environment);
  const { stdout } = environment;
  if (json) {
    const tell = (figures: Figures) => stdout.write(`${JSON.stringify(figures)}\n`);
    tell(await api.figures(window));
    return flags.once ? exit.done : again(api, { window, everyMs, environment, tell, fail: () => {} });
  }
  const screen = flags.once ? null : screenOn(environment);
  const first = await api.figures(window);
  if (!screen) {
    if (first.rolled_up_at === null)
      environment.stderr.write('nothing is added up yet: the cron does that, once a minute\n');
    stdout.write(
      topTable(first, sort)
        .map((line) => `${line.trimEnd()}\n`)
        .join(''),
    );
    return exit.done;
  }
  let figures = first;
  const draw = (failing = '') =>
    screen.show(
      [
        `${edge.url}  the last ${window}, added up at ${clock(figures)}; Ctrl-C ends it`,
        failing,
        ...topTable(figures, sort),
      ],
      2,
    );
  const tell = (it: Figures) => {
    figures = it;
    draw();
  };
  return withScreen(screen, () => {
    tell(first);
    return again(api, { window, everyMs, environment, tell, fail: (why) => draw(`trying again: ${why}`) });
  });
}

interface Looking {
  readonly window: string;
  readonly everyMs: number;
  readonly environment: Environment;
  readonly tell: (figures: Figures) => void;
  /** An edge that does not answer now may answer at the next look. */
  readonly fail: (why: string) => void;
}

/** Until Ctrl-C, or until the edge refuses. */
async function again(api: Api, { window, everyMs, environment, tell, fail }: Looking): Promise<ExitCode> {
  const { interrupted, sleep } = environment;
  for (;;) {
    try {
      await sleep(everyMs, interrupted);
      tell(await api.figures(window));
    } catch (error) {
      if (interrupted.aborted) return exit.done;
      if (!(error instanceof Unreachable)) throw error;
      fail(error.message.split('\n')[0]!);
    }
  }
}

async function withScreen<T>(screen: Screen, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    screen.end();
  }
}

/** `12:00:05Z`, by the edge's clock. */
const clock = ({ rolled_up_at, to }: Figures) =>
  new Date(rolled_up_at ?? to).toISOString().replace(/^.*T|\.\d+/g, '');
