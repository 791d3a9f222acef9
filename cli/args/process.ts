import { inspect } from 'node:util';
import type { Environment } from '../environment.ts';
import { type ExitCode, exit, Failure, UsageError } from '../failure.ts';
import type { Args, Command, Values } from './definition.ts';
import { asks, parse } from './parse.ts';

/**
 * A failure as the command says it, on standard error: `dev: …` and where to read on; with `--json` one object, in one
 * line. Standard output is for results alone.
 */
export function toldOf(
  error: Failure,
  { name, typed }: Pick<Command, 'name' | 'typed'>,
  json: boolean,
): string {
  const mend = error instanceof UsageError ? `${typed} --help` : undefined;
  if (!json) return `${name}: ${error.message}\n${mend ? `Try: ${mend}\n` : ''}`;
  const [message, ...rest] = error.message.split('\n');
  const details = rest.map((it) => it.trim());
  return `${JSON.stringify({
    error: {
      exit_code: error.exitCode,
      message,
      ...(details.length > 0 && { details }),
      ...(mend && { try: mend }),
    },
  })}\n`;
}

/** What nobody expected, with its stack. */
export function unexpected(error: unknown, command: Pick<Command, 'name' | 'typed'>, json: boolean): string {
  const text = inspect(error);
  return json ? toldOf(new Failure(exit.notDone, text), command, true) : `${text}\n`;
}

/** Runs a command with help, version, failures and exit codes as all commands have them. */
export async function runWithHabit<A extends Args>(
  command: Command<A>,
  main: (values: Values<A>) => Promise<void>,
  args: readonly string[],
  { stdout, stderr }: Pick<Environment, 'stdout' | 'stderr'>,
): Promise<ExitCode> {
  try {
    const { text, values } = parse(command, args);
    if (text === undefined) await main(values);
    else stdout.write(text);
    return exit.done;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    stderr.write(toldOf(error, command, asks(args, '--json')));
    return error.exitCode;
  }
}

/** The same for a command that is a process of its own. One that goes on after `main` ends itself. */
export async function runProcess<A extends Args>(
  command: Command<A>,
  main: (values: Values<A>) => Promise<void>,
): Promise<void> {
  process.stdout.on('error', endQuietly);
  const args = process.argv.slice(2);
  const code = await runWithHabit(command, main, args, process).catch((error: unknown) => {
    process.stderr.write(unexpected(error, command, asks(args, '--json')));
    return exit.notDone;
  });
  if (code !== exit.done) process.exit(code);
}

/** Whoever read the output, such as `head`, has seen enough. */
export function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
