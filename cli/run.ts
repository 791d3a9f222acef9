import type { Environment } from './environment.ts';
import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import { commonFlags } from './flags.ts';
import { help } from './help.ts';
import { purge } from './purge.ts';
import { purges, receipt } from './receipts.ts';

type Command = (args: readonly string[], environment: Environment) => Promise<ExitCode>;

const commands = new Map<string, Command>(Object.entries({ purge, purges, receipt }));

/** Runs a command; `args` as they were typed after `stillfresh`. Whatever has a message for people ends in an exit code. */
export async function run(args: readonly string[], environment: Environment): Promise<ExitCode> {
  try {
    const wantsHelp = args.includes('--help') || args.includes('-h');
    const { name, rest } = wantsHelp ? { name: 'help', rest: [] } : commandIn(args);
    if (name === 'help') {
      environment.stdout.write(help);
      return exit.done;
    }
    if (name === undefined) throw new UsageError('give a command: purge, purges or receipt');
    const command = commands.get(name);
    if (!command) throw new UsageError(`${name} is no command; give purge, purges or receipt`);
    return await command(rest, environment);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    environment.stderr.write(`stillfresh: ${error.message}\n`);
    if (error instanceof UsageError) environment.stderr.write('Try: npx stillfresh --help\n');
    return error.exitCode;
  }
}

/** The command's name, and its arguments: flags that every command takes may stand before the name, too. */
function commandIn(args: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  let at = 0;
  for (let arg = args[at]; arg?.startsWith('-'); arg = args[at]) {
    const [flag = '', value] = arg.split('=');
    const known = Object.entries(commonFlags).find(([name]) => flag === `--${name}`)?.[1];
    if (!known)
      throw new UsageError(`${flag} stands before the command; write purge, purges or receipt first`);
    at += known.type === 'string' && value === undefined ? 2 : 1;
  }
  return { name: args[at], rest: [...args.slice(0, at), ...args.slice(at + 1)] };
}
