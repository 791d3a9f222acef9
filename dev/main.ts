import { parseArgs } from 'node:util';
import { root } from './bundle.ts';
import { endOnSignals, runCommand } from './command.ts';
import { introductionTo, newsAfter } from './introduction.ts';
import { Refusal } from './refusal.ts';
import { reloadOnEdit } from './reload.ts';
import { logger } from './request-line.ts';
import { givenSettings } from './settings.ts';
import { startStack } from './stack.ts';

const help = `npm run dev -- [options]     the whole demo on this machine

  --port N               the Worker's port; the origin's is N+1, the Redis gateway's N+2, QStash's N+3 (default 8787)
  --store memory|redis   default: Redis where there is one, else memory
  --json                 the Worker's log lines as they are deployed, on stdout; all else goes to stderr
  --help

Honoured in the environment and in .dev.vars: REDIS_URL, ADMIN_TOKEN, and every setting of docs/operations.md, such as
ORIGIN_URL (your own application in place of the demo origin), JWKS_URL, API_KEYS, HOOK_SECRET_<SOURCE>, QSTASH_RETRIES;
docs/development.md says more.
Ctrl-C ends all of it.`;

interface Options {
  readonly port: number;
  readonly store?: 'memory' | 'redis';
  readonly json: boolean;
}

function optionsOf(args: string[]): Options | 'help' {
  let values: { port?: string; store?: string; json?: boolean; help?: boolean };
  try {
    const options = {
      port: { type: 'string' },
      store: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw new Refusal(`${(error as Error).message.split('\n')[0]}; see --help`);
  }
  if (values.help) return 'help';
  const { port = '8787', store } = values;
  if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65_531)
    throw new Refusal(`--port ${port}: give a number from 1 to 65531`);
  if (store !== undefined && store !== 'memory' && store !== 'redis')
    throw new Refusal(`--store ${store}: give memory or redis`);
  return { port: Number(port), ...(store && { store }), json: values.json === true };
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options === 'help') return console.log(help);
  // With --json, stdout is for a program to read.
  const tell = options.json ? console.error : console.log;
  const stack = await startStack({
    ...options,
    given: givenSettings(process.env, root),
    say: (line) => tell(`… ${line}`),
    log: logger(options.json ? 'json' : 'lines'),
  });
  const edits = reloadOnEdit(async () => {
    try {
      const news = await newsAfter(stack, stack.reload);
      tell(news === '' ? '… reloaded' : `… reloaded; new:\n${news}`);
    } catch (error) {
      console.error(`… not reloaded: ${(error as Error).message}`);
    }
  });
  endOnSignals(async () => {
    await edits.stop();
    await stack.stop();
  });
  // Whoever read it has gone, as `head` does.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'));
  tell(await introductionTo(stack));
}

runCommand(main);
