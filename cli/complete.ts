import { fileURLToPath } from 'node:url';
import { RootCommand } from '@bomb.sh/tab';
import { type Command, defineCommand, flagsOf, positionalsOf, type Values } from './args/definition.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit } from './failure.ts';
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
  const script = printedBy(() => new RootCommand().setup('stillfresh', program, shell));
  // As `readonly` they could not be set a second time, in a shell that reads its start file again.
  stdout.write(`${preludes[shell](program)}\n${script.replaceAll(/^readonly /gm, '')}`);
  return exit.done;
}

/** A function of that name, because `npx stillfresh` is completed by whoever completes npx. */
const asFunction = (program: string) => `stillfresh() { ${program} "$@"; }`;

const preludes = {
  // What the script needs of bash-completion, for a shell without it.
  bash: (program: string) => `${asFunction(program)}
declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
  read -ra words <<<"\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:0:COMP_POINT}" == *' ' ]] && words+=('')
  cword=$((\${#words[@]} - 1))
  cur=\${words[cword]}
  prev=\${words[cword - 1]}
}`,
  zsh: asFunction,
  fish: (program: string) => `function stillfresh; ${program} $argv; end`,
} as const;

/** What the script asks at each TAB: `complete -- WORDS`, the last of them not ended yet. */
export function completions(words: readonly string[], commands: ReadonlyMap<string, Command>): string {
  const root = new RootCommand();
  for (const [name, command] of commands) addTo(root, name, command);
  return printedBy(() => root.parse([...words]));
}

function addTo(root: RootCommand, name: string, command: Command): void {
  const added = root.command(name, command.description);
  for (const [flag, { type, description, options = [] }] of flagsOf(command)) {
    // One with a handler takes a value, even where none is known.
    if (type === 'boolean') added.option(flag, description);
    else added.option(flag, description, (suggest) => suggestAll(options, description, suggest));
  }
  for (const [word, { description, options = [] }] of positionalsOf(command))
    added.argument(word, (suggest) => suggestAll(options, description, suggest));
}

function suggestAll(
  options: readonly string[],
  description: string,
  suggest: (value: string, description: string) => void,
): void {
  for (const option of options) suggest(option, description);
}

/** tab writes to the console alone; it does so before it returns. */
function printedBy(print: () => void): string {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  try {
    print();
  } finally {
    console.log = log;
  }
  return lines.map((line) => `${line}\n`).join('');
}
