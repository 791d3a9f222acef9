import { defineCommand, type Values } from '../cli/args/definition.ts';
import { wholeNumberOf } from '../cli/args/values.ts';

export const devCommand = defineCommand({
  name: 'dev',
  typed: 'npm run dev --',
  description: 'Runs the whole demo on this machine: the Worker, an origin, Redis and QStash',
  args: {
    port: {
      type: 'string',
      valueHint: 'N',
      default: '8787',
      description: "the Worker's port; the origin's is N+1, the Redis gateway's N+2, QStash's N+3",
    },
    store: {
      type: 'enum',
      options: ['memory', 'redis'],
      description: 'where entries are (default: Redis where there is one, else memory)',
    },
    json: {
      type: 'boolean',
      description: "the Worker's log lines as they are deployed, on stdout; all else goes to stderr",
    },
  },
  stray:
    'it takes flags only, and npm keeps them for itself unless -- stands before them: npm run dev -- --port N',
  notes: `Honoured in the environment and in .dev.vars: REDIS_URL, ADMIN_TOKEN, and every setting of docs/operations.md, such as
ORIGIN_URL (your own application in place of the demo origin), JWKS_URL, API_KEYS, HOOK_SECRET_<SOURCE>, QSTASH_RETRIES;
docs/development.md says more.
Ctrl-C ends all of it. Exit codes: 0 ended by Ctrl-C; 1 something could not start; 2 the command is not well typed.`,
});

export interface DevOptions {
  readonly port: number;
  readonly store?: 'memory' | 'redis';
  readonly json: boolean;
}

export function devOptions({ port, store, json }: Values<typeof devCommand.args>): DevOptions {
  // Four ports in a row.
  return { port: wholeNumberOf('--port', port, { least: 1, most: 65_531 }), ...(store && { store }), json };
}
