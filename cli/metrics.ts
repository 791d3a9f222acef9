import { connect } from './api.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit, Failure } from './failure.ts';
import { commonArgs, shownExitCodes } from './flags.ts';
import { printable } from './text.ts';

export const metricsCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh metrics',
  description: "Prints the edge's metrics as Prometheus would be given them",
  args: {
    grep: {
      type: 'string',
      valueHint: 'NAME',
      description: 'only metrics with this in their name',
    },
    ...commonArgs,
    json: {
      type: 'boolean',
      description:
        'a list of {name, type, help, samples: [{name, labels, value}]} on stdout, errors as one object on stderr',
    },
  },
  examples: [
    'npx stillfresh metrics --grep purge',
    `npx stillfresh metrics --json | jq '.[] | select(.name == "stillfresh_requests_total").samples'`,
  ],
  stray: 'a name is given by --grep',
  notes: `Running totals, which never fall; docs/operations.md says what each one counts. Its scope is read.
${shownExitCodes}
  4  no metric has this in its name`,
});

/** `stillfresh metrics`. */
export async function metrics(
  { url, grep = '', json }: Values<typeof metricsCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  const { text, families } = await connect(edgeOf(url, environment.env), environment).metrics();
  const wanted = families.filter(({ name }) => name.toLowerCase().includes(grep.toLowerCase()));
  if (wanted.length === 0 && grep !== '')
    throw new Failure(exit.metNothing, `no metric has ${printable(grep)} in its name`);
  const names = new Set(wanted.map(({ name }) => name));
  environment.stdout.write(json ? `${JSON.stringify(wanted)}\n` : linesFor(names, text));
  return exit.done;
}

/** The lines of these families, as they came. */
function linesFor(names: ReadonlySet<string>, text: string): string {
  let isWanted = false;
  const lines = text.split('\n').filter((line) => {
    const [, about] = /^# (?:HELP|TYPE) (\S+)/.exec(line) ?? [];
    const [own = ''] = /^[\w:]+/.exec(line) ?? [];
    if (about !== undefined) isWanted = names.has(about);
    else if (names.has(own)) isWanted = true;
    return isWanted && line !== '';
  });
  return lines.map((line) => `${printable(line)}\n`).join('');
}
