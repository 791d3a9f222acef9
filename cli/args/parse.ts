import { type ArgsDef, parseArgs } from 'citty';
import packageJson from '../../package.json' with { type: 'json' };
import { check } from './check.ts';
import type { Args, Command, Values } from './definition.ts';
import { helpOf } from './help.ts';

const { version } = packageJson;

/** What a command line asks for: the command with these values, or nothing but a text. */
export type Parsed<A extends Args> =
  | { readonly values: Values<A>; readonly text?: never }
  | { readonly text: string; readonly values?: never };

/** Throws `UsageError` for what cannot be meant. Help and version win over whatever else is wrong. */
export function parse<A extends Args>(command: Command<A>, args: readonly string[]): Parsed<A> {
  if (asks(args, '--help', '-h')) return { text: helpOf(command) };
  if (asks(args, '--version')) return { text: versionText(args) };
  const typed = check(command, args);
  const parsed = parseArgs<ArgsDef>([...args], forCitty(command.args));
  const values = Object.entries(command.args).map(([name, { type, multiple }]) => {
    // Of a flag that is given several times, citty knows the last alone.
    const list = multiple && typed.filter((it) => it.name === name).map(({ value }) => value);
    return [name, list ? (list.length > 0 ? list : undefined) : (parsed[name] ?? absent(type))];
  });
  return { values: Object.fromEntries(values) as Values<A> };
}

/** As JSON where that is asked for. */
export const versionText = (args: readonly string[]): string =>
  `${asks(args, '--json') ? JSON.stringify({ version }) : version}\n`;

/** Whether a flag stands in a command line, which need not be well typed otherwise. */
export function asks(args: readonly string[], ...flags: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((it) => flags.includes(it));
}

const absent = (type: string) => (type === 'boolean' ? false : undefined);

/** What must be given, and what a value may be, is checked before, in our words. */
function forCitty(args: Args): ArgsDef {
  const defs = Object.entries(args).map(([name, { type, default: otherwise }]) => [
    name,
    { type: type === 'enum' ? 'string' : type, required: false, ...(otherwise && { default: otherwise }) },
  ]);
  return Object.fromEntries(defs) as ArgsDef;
}
