import { type Api, connect } from '../api.ts';
import { shown } from '../args/check.ts';
import { defineCommand } from '../args/definition.ts';
import { wholeNumberOf } from '../args/values.ts';
import { edgeOf } from '../edge.ts';
import type { Environment } from '../environment.ts';
import { type ExitCode, exit, UsageError } from '../failure.ts';
import { showAudit } from './audit.ts';
import { changeClass } from './change.ts';
import { type Action, type RolloutFlags, rolloutArgs } from './flags.ts';
import { showPlan } from './plan.ts';
import { showAll, showClass } from './status.ts';
import { classOf, mustFit, setBodyOf, whyOf } from './values.ts';
import { killWords } from './words.ts';

export const rolloutCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh rollout',
  description:
    'Shows how classes are switched on, and switches them: off, in the shadow, on for some or for all',
  args: rolloutArgs,
  examples: [
    'npx stillfresh rollout status',
    'npx stillfresh rollout status analytics',
    'npx stillfresh rollout set analytics --mode on --percent 5 --allow acme --why "equal for a day"',
    'npx stillfresh rollout rollback analytics --why "numbers look old"',
    'npx stillfresh rollout kill --why "incident 4711"',
  ],
  stray: 'it takes an action and a class',
  notes: `status    how classes are switched, and what the guard waits for; of one class what was counted, too
plan      the steps of a class, where it is, and when it could be over
set       switches a class; where it is a step of its plan, the guard goes on from there
advance   to the next step, whatever the guard waits for
hold      it does not go on by itself; the guard may still send it back
rollback  from on to the shadow, from the shadow to off, and held there
kill      nothing is answered from the cache, of any class, until --off
audit     what was changed, and what was refused, newest first

The scope is read for what is shown, and rollout for what changes something. Exit codes:
  0  shown, or done
  2  the command or the request is refused: no such class, no next step
  3  no connection, or the edge cannot answer: without Redis KILL_SWITCH=on does what kill would
  6  somebody else has changed it meanwhile, and nothing was done; says who, what and why`,
});

/** `stillfresh rollout`. */
export async function rollout(flags: RolloutFlags, environment: Environment): Promise<ExitCode> {
  mustFit(flags);
  const does = doing[flags.ACTION](flags);
  await does(connect(edgeOf(flags.url, environment.env), environment), environment);
  return exit.done;
}

type Does = (api: Api, environment: Environment) => Promise<void>;

/** Each reads its flags at once, so that a mistake in them is told before anything is sent. */
const doing: Readonly<Record<Action, (flags: RolloutFlags) => Does>> = {
  status: ({ CLASS: name, json }) =>
    name === undefined
      ? (api, environment) => showAll(api, json, environment)
      : (api, environment) => showClass(api, name, json, environment),
  plan(flags) {
    const name = classOf('plan', flags);
    return async (api, environment) => showPlan(await api.rolloutOf(name), flags.json, environment);
  },
  set(flags) {
    const change = { name: classOf('set', flags), body: setBodyOf(flags), version: versionOf(flags) };
    return (api, environment) => changeClass(api, change, flags.json, environment);
  },
  advance: moving('advance'),
  hold: moving('hold'),
  rollback: moving('rollback'),
  kill(flags) {
    const why = whyOf('kill', flags);
    return async (api, { stdout }) => {
      const killed = await api.killSwitch(!flags.off, why);
      if (flags.json) stdout.write(`${JSON.stringify(killed)}\n`);
      else
        stdout.write(`${killWords(killed) ?? 'the kill switch is off: classes are as they are switched'}\n`);
    };
  },
  audit({ CLASS: name, limit = '20', json }) {
    const count = wholeNumberOf('--limit', limit, { least: 1, most: 999 });
    const query = { limit: String(count), ...(name !== undefined && { class: name }) };
    return async (api, environment) => showAudit(await api.rolloutAudit(query), json, environment);
  },
};

function moving(move: 'advance' | 'hold' | 'rollback'): (flags: RolloutFlags) => Does {
  return (flags) => {
    const change = {
      name: classOf(move, flags),
      move,
      body: { why: whyOf(move, flags) },
      version: versionOf(flags),
    };
    return (api, environment) => changeClass(api, change, flags.json, environment);
  };
}

/** It goes into a header in quotes. */
function versionOf({ 'if-version': version }: RolloutFlags): string | null {
  if (version === undefined || /^[\w-]{1,64}$/.test(version)) return version ?? null;
  throw new UsageError(
    `--if-version ${shown(version)}: give the version that npx stillfresh rollout status --json says`,
  );
}
