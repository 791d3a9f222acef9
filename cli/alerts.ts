import { connect } from './api.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit } from './failure.ts';
import type { Alert } from './figures.ts';
import { commonArgs, shownExitCodes } from './flags.ts';
import { printable, table } from './text.ts';

export const alertsCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh alerts',
  description: 'Shows the alerts of the strategy, those that fire first',
  args: {
    check: { type: 'boolean', description: 'exit code 5 when one is firing, 1 when that is not known' },
    ...commonArgs,
    json: {
      type: 'boolean',
      description: 'as the edge gives them on stdout, errors as one object on stderr',
    },
  },
  examples: ['npx stillfresh alerts', 'npx stillfresh alerts --check || page the-on-call'],
  stray: 'it takes flags only',
  notes: `An alert is pending while its condition holds and has not held long enough, and no-data where nothing tells whether it holds.
Its scope is read.
${shownExitCodes}
  1  with --check: nothing was evaluated for 5 min, or no alert has data
  5  with --check: one is firing`,
});

/** `stillfresh alerts`. */
export async function alerts(
  { url, check, json }: Values<typeof alertsCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  const all = await connect(edgeOf(url, environment.env), environment).alerts();
  const { stdout, stderr } = environment;
  if (json) stdout.write(`${JSON.stringify(all)}\n`);
  else if (all.length === 0) stderr.write('no alerts are defined\n');
  else
    stdout.write(
      table([['ALERT', 'STATE', 'SINCE', 'VALUE', 'BOUND'], ...all.toSorted(byUrgency).map(rowOf)]),
    );
  const doubt = doubtOf(all, environment.now());
  if (doubt !== null) stderr.write(`${doubt}\n`);
  if (!check) return exit.done;
  if (all.some(({ state }) => state === 'firing')) return exit.firing;
  return doubt === null ? exit.done : exit.notDone;
}

/** The cron looks once a minute. */
const STALE_MS = 5 * 60_000;

/** Why what is shown is no word on how things stand now; null: it is one. */
function doubtOf(all: readonly Alert[], nowMs: number): string | null {
  const [first] = all;
  // An edge of another version does not say.
  if (first === undefined || first.evaluated_at === undefined) return null;
  if (first.evaluated_at === null) return 'nothing is evaluated yet: the cron does that, once a minute';
  const minutes = Math.floor((nowMs - Date.parse(first.evaluated_at)) / 60_000);
  if (minutes * 60_000 >= STALE_MS)
    return `evaluated ${minutes} min ago, and not since: does the cron run, and does Redis answer?`;
  return all.every(({ state }) => state === 'no-data') ? 'nothing can be measured: no alert has data' : null;
}

const order = ['firing', 'pending', 'no-data', 'resolved', 'inactive'];
/** A state of a later version stands between what is wrong and what is well. */
const placeOf = ({ state }: Alert) => (order.includes(state) ? order.indexOf(state) : 2.5);
const byUrgency = (a: Alert, b: Alert) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1);

const rowOf = ({ name, state, since, value, bound }: Alert): string[] => [
  printable(name),
  printable(state),
  since == null ? '-' : new Date(since).toISOString().replace(/\.\d+/, ''),
  numberText(value),
  numberText(bound),
];

/** With as many digits as tell something. */
const numberText = (n: number | null | undefined) => (n == null ? '-' : String(Number(n.toPrecision(4))));
