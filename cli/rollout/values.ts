import { oneOf, shown } from '../args/check.ts';
import { UsageError } from '../failure.ts';
import { type Action, actions, type RolloutFlags, takes } from './flags.ts';

/** Throws `UsageError` for a flag, or a class, that is of another action. */
export function mustFit(flags: RolloutFlags): void {
  const { ACTION: action, CLASS: name } = flags;
  for (const flag of new Set(Object.values(takes).flat())) {
    const isGiven = flags[flag] !== undefined && flags[flag] !== false;
    if (!isGiven || takes[action].includes(flag)) continue;
    throw new UsageError(
      `--${flag} is of ${oneOf(actions.filter((it) => takes[it].includes(flag)))}; leave it out of ${action}`,
    );
  }
  if (action === 'kill' && name !== undefined)
    throw new UsageError(
      `kill is of all classes; of one: npx stillfresh rollout set ${shown(name)} --mode off`,
    );
}

/** Throws `UsageError`. */
export function classOf(action: Action, { CLASS: name }: RolloutFlags): string {
  if (name !== undefined) return name;
  throw new UsageError(
    `which class? npx stillfresh rollout ${action} CLASS; npx stillfresh rollout status lists them`,
  );
}

/** Throws `UsageError`. */
export function whyOf(action: Action, { why }: RolloutFlags): string {
  if (why !== undefined) return why;
  throw new UsageError(`--why is missing: say why you ${action}, for who reads the audit list`);
}

/** What `PUT /-/rollout/:class` takes; the edge says itself what is not valid. */
export function setBodyOf(flags: RolloutFlags): Record<string, unknown> & { readonly why: string } {
  const { mode, percent, allow, deny, steps } = flags;
  const why = whyOf('set', flags);
  if (mode === undefined) throw new UsageError('--mode is missing: give off, shadow or on');
  if (mode !== 'on' && percent !== undefined)
    throw new UsageError(`--percent is of --mode on: in ${mode} the cache answers nobody`);
  if (mode === 'on' && percent === undefined)
    throw new UsageError('--percent is missing: say for how many of 100, such as --percent 5');
  return {
    mode,
    ...(percent !== undefined && { percent: percentOf(percent) }),
    ...(allow !== undefined && { allow: namesOf(allow) }),
    ...(deny !== undefined && { deny: namesOf(deny) }),
    ...(steps !== undefined && { plan: planOf(steps) }),
    why,
  };
}

function percentOf(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,6})?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent <= 100) return percent;
  throw new UsageError(`--percent ${shown(text)}: give a number from 0 to 100`);
}

const namesOf = (text: string): readonly string[] => (text === '-' ? [] : text.split(','));

/** `strategy`, `none`, or steps: `0:10m:500,5:1h:500,100:1h:500`. */
function planOf(text: string): readonly object[] | null {
  if (text === 'strategy') return null;
  if (text === 'none') return [];
  return text.split(',').map((step) => {
    const [, percent, dwell, atLeast] =
      /^(\d{1,3}(?:\.\d{1,6})?):(\d{1,9}(?:ms|s|m|h|d)):(\d{1,7})$/.exec(step) ?? [];
    if (percent === undefined)
      throw new UsageError(
        `--steps ${shown(step)}: give percentage, time and least number of answers of each step, such as 0:10m:500,5:1h:500,100:1h:500, or strategy or none`,
      );
    return { percent: Number(percent), dwell, at_least: Number(atLeast) };
  });
}
