import type { Command } from './args/definition.ts';
import { paragraphs, rowOf } from './args/help.ts';
import { commonArgs } from './flags.ts';

/** The help of all commands: each in a line, and what they have in common. */
export function overview(commands: ReadonlyMap<string, Command>): string {
  const rows = [...commands].map(([name, { description }]) => [name, description] as const);
  const shared = Object.entries(commonArgs).map(([name, it]) => [
    `--${name}${'valueHint' in it ? ` ${it.valueHint}` : ''}`,
    it.description,
  ]);
  const all = [
    ...shared,
    ['--help, -h', 'of a command: all that it takes'],
    ['--version', 'print the version'],
  ] as const;
  const width = Math.max(...[...rows, ...all].map(([label]) => label!.length));
  const listed = (list: readonly (readonly string[])[]) =>
    list.map(([label, text]) => rowOf(label!, text!, width)).join('\n');
  return paragraphs([
    'npx stillfresh COMMAND [options]',
    'Shows how a Stillfresh edge fares, purges what it has stored, shows what became of purges, and switches classes on and off',
    `commands\n${listed(rows)}`,
    `for each of them\n${listed(all)}`,
    `The admin token comes from STILLFRESH_TOKEN, else ADMIN_TOKEN. There is no flag for it: whoever lists the machine's processes
sees flags.`,
    `Exit codes: 0 done; 1 a purge was given up, or is not done in time; 2 the command or the request is refused; 3 no connection,
or the edge cannot answer; 4 with --strict: the purge met nothing; 5 with --check: an alert fires; 6 somebody else
has changed it meanwhile; 130 Ctrl-C. Errors go to
stderr; with --json as one object: {"error":{"exit_code":2,"message":"…"}}`,
  ]);
}
