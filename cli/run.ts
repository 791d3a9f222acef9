import { alerts, alertsCommand } from './alerts.ts';
import { oneOf } from './args/check.ts';
import type { Args, Command, Values } from './args/definition.ts';
import { helpOf } from './args/help.ts';
import { asks, parse, versionText } from './args/parse.ts';
import { toldOf, unexpected } from './args/process.ts';
import { spelledLike } from './args/spelling.ts';
import { complete, completeCommand, completions } from './complete.ts';
import { emit, emitCommand } from './emit.ts';
import type { Environment } from './environment.ts';
import { explain, explainCommand } from './explain.ts';
import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import { commonArgs } from './flags.ts';
import { overview } from './help.ts';
import { hook, hookCommand } from './hook.ts';
import { init, initCommand } from './init/init.ts';
import { metrics, metricsCommand } from './metrics.ts';
import { purge, purgeCommand } from './purge.ts';
import { purges, purgesCommand, receipt, receiptCommand } from './receipts.ts';
import { rollout, rolloutCommand } from './rollout/rollout.ts';
import { printable } from './text.ts';
import { top, topCommand } from './top.ts';

interface Subcommand {
  readonly command: Command;
  run(args: readonly string[], environment: Environment): Promise<ExitCode>;
}

const subcommand = <A extends Args>(
  command: Command<A>,
  does: (values: Values<A>, environment: Environment) => Promise<ExitCode>,
): Subcommand => ({
  command,
  async run(args, environment) {
    const { text, values } = parse(command, args);
    if (text === undefined) return does(values, environment);
    environment.stdout.write(text);
    return exit.done;
  },
});

const commands: ReadonlyMap<string, Subcommand> = new Map(
  Object.entries({
    purge: subcommand(purgeCommand, purge),
    purges: subcommand(purgesCommand, purges),
    receipt: subcommand(receiptCommand, receipt),
    emit: subcommand(emitCommand, emit),
    hook: subcommand(hookCommand, hook),
    explain: subcommand(explainCommand, explain),
    top: subcommand(topCommand, top),
    alerts: subcommand(alertsCommand, alerts),
    rollout: subcommand(rolloutCommand, rollout),
    metrics: subcommand(metricsCommand, metrics),
    init: subcommand(initCommand, init),
    complete: subcommand(completeCommand, complete),
  }),
);
const definitions = new Map([...commands].map(([name, { command }]) => [name, command]));
const names = [...commands.keys()];
const all = oneOf(names);

/** Runs a command; `args` as they were typed after `stillfresh`. Whatever has a message for people ends in an exit code. */
export async function run(args: readonly string[], environment: Environment): Promise<ExitCode> {
  // What a shell asks at TAB may hold any flag.
  if (args[0] === 'complete' && args[1] === '--') {
    environment.stdout.write(completions(args.slice(2), definitions));
    return exit.done;
  }
  const found = commands.get(args.find((it) => commands.has(it)) ?? '');
  try {
    return await runNamed(args, environment);
  } catch (error) {
    const { typed } = found?.command ?? { typed: 'npx stillfresh' };
    const [command, json] = [{ name: 'stillfresh', typed }, asks(args, '--json')];
    const isFailure = error instanceof Failure;
    environment.stderr.write(isFailure ? toldOf(error, command, json) : unexpected(error, command, json));
    return isFailure ? error.exitCode : exit.notDone;
  }
}

async function runNamed(args: readonly string[], environment: Environment): Promise<ExitCode> {
  const helped = asks(args, '--help', '-h');
  const first = args.find((it) => commands.has(it) || it === 'help');
  if (helped || asks(args, '--version') || first === 'help') {
    const text = helped || first === 'help' ? helpFor(args, first) : versionText(args);
    environment.stdout.write(text);
    return exit.done;
  }
  const { name, rest } = commandIn(args);
  if (name === undefined) throw new UsageError(`give a command: ${all}`);
  return named(name).run(rest, environment);
}

function helpFor(args: readonly string[], first: string | undefined): string {
  if (first !== 'help') return first === undefined ? overview(definitions) : helpOf(named(first).command);
  const about = args.slice(args.indexOf('help') + 1).find((it) => !it.startsWith('-'));
  return about === undefined ? overview(definitions) : helpOf(named(about).command);
}

function named(name: string): Subcommand {
  const command = commands.get(name);
  if (command) return command;
  const meant = spelledLike(name, [...names, 'help']);
  throw new UsageError(`${printable(name)} is no command${meant || `; give ${all}`}`);
}

/** The command's name, and its arguments: flags that every command takes may stand before the name, too. */
function commandIn(args: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  let at = 0;
  for (let arg = args[at]; arg?.startsWith('-'); arg = args[at]) {
    const [flag = '', value] = arg.split('=');
    const known = Object.entries(commonArgs).find(([name]) => flag === `--${name}`)?.[1];
    if (!known) throw new UsageError(`${printable(flag)} stands before the command; write ${all} first`);
    at += known.type === 'string' && value === undefined ? 2 : 1;
  }
  return { name: args[at], rest: [...args.slice(0, at), ...args.slice(at + 1)] };
}
