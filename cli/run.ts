import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import { help } from './help.ts';
import { purge } from './purge.ts';
import { purges, receipt } from './receipts.ts';
import type { Surroundings } from './surroundings.ts';

type Command = (args: readonly string[], around: Surroundings) => Promise<ExitCode>;

const commands = new Map<string, Command>(Object.entries({ purge, purges, receipt }));

/** `args` as they were typed after `stillfresh`. Whatever has a message for people ends in an exit code. */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  if (args.includes('--help') || args.includes('-h')) {
    around.stdout.write(help);
    return exit.done;
  }
  try {
    const [name, ...rest] = args;
    if (name === undefined) throw new UsageError('give a command: purge, purges or receipt');
    const command = commands.get(name);
    if (!command) throw new UsageError(`${name} is no command; give purge, purges or receipt`);
    return await command(rest, around);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    around.stderr.write(`stillfresh: ${error.message}\n`);
    if (error instanceof UsageError) around.stderr.write('Try: npx stillfresh --help\n');
    return error.exitCode;
  }
}
