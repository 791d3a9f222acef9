import { fileURLToPath } from 'node:url';
import { RootCommand } from '@bomb.sh/tab';
import {
  type Arg,
  type Command,
  defineCommand,
  flagsOf,
  positionalsOf,
  type Values,
} from './args/definition.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit } from './failure.ts';
import { printedBy, scriptFor } from './shell-scripts.ts';
import { shellWord } from './text.ts';

export const completeCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh complete',
  description:
    'Prints a script that gives a shell the command stillfresh, and completes what is typed after it',
  args: {
    SHELL: {
      type: 'positional',
      options: ['bash', 'zsh', 'fish'],
      required: 'which shell? npx stillfresh complete bash, zsh or fish',
      description: 'your shell',
    },
    json: { type: 'boolean', description: 'errors as one JSON object on stderr' },
  },
  examples: [
    'source <(npx stillfresh complete bash)      in ~/.bashrc, with the folder of this project as the current one',
    'source <(npx stillfresh complete zsh)       in ~/.zshrc, after compinit',
    'npx stillfresh complete fish | source       in ~/.config/fish/config.fish',
  ],
  stray: 'give one shell',
  notes: `To spare each new shell the start of npx, print it once into a file of your own and source that: the script names this
folder by its whole path. Exit codes: 0 printed; 2 the command is not well typed.`,
});

/** `stillfresh complete SHELL`. */
export async function complete(
  { SHELL: shell }: Values<typeof completeCommand.args>,
  { stdout }: Environment,
): Promise<ExitCode> {
  // By whole paths: npx takes a second for each TAB, and knows the command in this folder alone.
  const program = [process.execPath, fileURLToPath(new URL('main.ts', import.meta.url))]
    .map(shellWord)
    .join(' ');
  stdout.write(scriptFor(shell, program));
  return exit.done;
}

/** What the script asks at each TAB: `complete -- WORDS`, the last of them not ended yet. The last line is `:4`, or `:0` for names of files. */
export function completions(words: readonly string[], commands: ReadonlyMap<string, Command>): string {
  const root = new RootCommand();
  let files = false;
  const suggestAll =
    ({ options = [], valueHint = '', description }: Arg): Suggesting =>
    (suggest) => {
      files = valueHint.includes('FILE');
      for (const option of options) suggest(option, description);
    };
  for (const [name, command] of commands) {
    const added = root.command(name, command.description);
    for (const [flag, arg] of flagsOf(command)) {
      // One with a handler takes a value, even where none is known.
      if (arg.type === 'boolean') added.option(flag, arg.description);
      else added.option(flag, arg.description, suggestAll(arg));
    }
    for (const [word, arg] of positionalsOf(command)) added.argument(word, suggestAll(arg));
  }
  root.command('help', 'Prints the help of a command').argument('COMMAND', (suggest) => {
    for (const [name, { description }] of commands) suggest(name, description);
  });
  const printed = printedBy(() => root.parse([...words]));
  return files ? printed.replace(/:4\n$/, ':0\n') : printed;
}

type Suggesting = (suggest: (value: string, description: string) => void) => void;
