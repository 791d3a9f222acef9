import { RootCommand } from '@bomb.sh/tab';

export type Shell = 'bash' | 'zsh' | 'fish';

/** What gives a shell the command `stillfresh`, and completes it: nothing of what is typed is evaluated for that. `program`: as a shell runs it. */
export const scriptFor = (shell: Shell, program: string): string => scripts[shell](program);

/** A function of that name, because `npx stillfresh` is completed by whoever completes npx. */
const asFunction = (program: string) => `stillfresh() { ${program} "$@"; }`;

const scripts: Readonly<Record<Shell, (program: string) => string>> = {
  // Our own: tab's evaluates the line, with its redirections, and the words that it offers.
  bash: (program) => `${asFunction(program)}
__stillfresh_complete() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} tab=$'\\t' redirection='^[0-9]*(<|>|&>)[<>&|-]*(.*)$'
  local words word files=no
  local -a asked=()
  read -rd '' -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  # Neither a redirection nor its file is a word of the command.
  for word in "\${words[@]:1}"; do
    if [[ $word =~ $redirection ]]; then
      files=ahead
      [[ \${BASH_REMATCH[2]} ]] && files=here
    elif [[ $files == ahead ]]; then
      files=here
    else
      files=no
      asked+=("$word")
    fi
  done
  COMPREPLY=()
  if [[ $files == no ]]; then
    while IFS= read -r word; do
      case $word in
        :0) files=here ;;
        :*) ;;
        *) COMPREPLY+=("\${word%%$tab*}") ;;
      esac
    done < <(${program} complete -- "\${asked[@]}" 2>/dev/null)
  fi
  if [[ $files != no ]]; then compopt -o default; fi
}
complete -F __stillfresh_complete stillfresh
`,
  zsh: (program) =>
    `${asFunction(program)}\n${replaced(
      ofTab(program, 'zsh'),
      // It is evaluated, and the rest of it has been quoted for that.
      `flagPrefix="-P \${BASH_REMATCH}"`,
      `flagPrefix="-P \${(q)BASH_REMATCH[1]}"`,
    )}`,
  fish: (program) => `function stillfresh; ${program} $argv; end\n${ofTab(program, 'fish')}`,
};

const ofTab = (program: string, shell: Shell) =>
  printedBy(() => new RootCommand().setup('stillfresh', program, shell));

/** Throws when it is not there: another version of tab must be read anew. */
function replaced(text: string, part: string, other: string): string {
  if (!text.includes(part)) throw new Error(`tab's script has no ${part}`);
  return text.replace(part, () => other);
}

/** tab writes to the console alone; it does so before it returns. */
export function printedBy(print: () => void): string {
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
