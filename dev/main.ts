import { readdirSync, watch } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundle, root } from './bundle.ts';
import { endOnSignals, exportLines, runCommand } from './command.ts';
import { signDevToken } from './keys.ts';
import { roleAtStart } from './origin/people.ts';
import { Refusal } from './refusal.ts';
import { type Stack, startStack } from './stack.ts';

const help = `npm run dev -- [options]     the whole demo on this machine

  --port N               the Worker's port; the origin's is N+1, the Redis gateway's N+2, QStash's N+3 (default 8787)
  --store memory|redis   default: Redis where there is one, else memory
  --help

Honoured in the environment: REDIS_URL, ORIGIN_URL, ORIGIN_SECRET, JWKS_URL, CORS_ORIGINS, PUBLIC_URL, ADMIN_TOKEN,
HOOK_SECRET_<SOURCE>, QSTASH_URL, QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY, QSTASH_NEXT_SIGNING_KEY, QSTASH_RETRIES.
Ctrl-C ends all of it.`;

interface Options {
  readonly port: number;
  readonly store?: 'memory' | 'redis';
}

function optionsOf(args: string[]): Options | 'help' {
  let values: { port?: string; store?: string; help?: boolean };
  try {
    const options = {
      port: { type: 'string' },
      store: { type: 'string' },
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
  return { port: Number(port), ...(store && { store }) };
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options === 'help') return console.log(help);
  const stack = await startStack({
    ...options,
    env: process.env,
    say: (line) => console.log(`… ${line}`),
    log: (line) => console.log(line),
  });
  const edits = reloadOnChange(stack);
  endOnSignals(async () => {
    await edits.stop();
    await stack.stop();
  });
  await introduce(stack);
}

async function introduce({
  edge,
  origin,
  store,
  queue,
  standIn,
  originSecret,
  adminToken,
  hookSecrets,
}: Stack): Promise<void> {
  const [acme, globex] = await Promise.all(['acme', 'globex'].map((tenant) => tokenFor(tenant, 'ann')));
  const kpis = `${edge.url}/v1/dashboards/d1/kpis?range=2026-10`;
  const invoice = `${edge.url}/v1/invoices/inv_0001`;
  const settings = {
    ACME: acme!,
    GLOBEX: globex!,
    ORIGIN_SECRET: originSecret,
    STILLFRESH_URL: edge.url,
    ADMIN_TOKEN: adminToken,
    ...hookSecrets,
    ...(standIn && { QSTASH_URL: standIn.url, QSTASH_TOKEN: standIn.token }),
  };
  console.log(`
origin   ${origin}
redis    ${store}
qstash   ${queue}

${exportLines(settings)}

Worth trying, after the lines above:
  curl -i -H "Authorization: Bearer $ACME" '${kpis}'        # a miss, then a hit: read Cache-Status
  curl -i -H "Authorization: Bearer $GLOBEX" '${kpis}'      # another tenant, its own data
  curl -i '${kpis}'                                         # no token: 401
  curl -i -X PATCH -H "Authorization: Bearer $ACME" -H 'Content-Type: application/json' -d '{"amount_cents":4200}' ${invoice}
                                                            # a write through the edge: the next read has it
  curl -i -X PATCH -H "X-Origin-Secret: $ORIGIN_SECRET" -H 'X-Tenant-Id: acme' -H 'X-User-Id: ann' -d '{"amount_cents":77}' ${origin}/invoices/inv_0001
                                                            # a change behind the edge's back: its webhook purges
  curl -s -H "Authorization: Bearer $ADMIN_TOKEN" '${edge.url}/-/purges?limit=3'   # what became of purges, newest first
  npx stillfresh purge --tenant acme --tag invoice:inv_0001   # a purge by hand, watched until it is verified
${standIn ? deadLetters : ''}  curl -s ${origin}/stats                                   # what the origin had to do

Edits under routes/ and src/ are taken up as you save. Ctrl-C ends all of it.
ready ${edge.url}`);
}

const deadLetters = `  curl -s -H "Authorization: Bearer $QSTASH_TOKEN" $QSTASH_URL/v2/dlq   # what the queue has given up
`;

const tokenFor = (tenant: string, user: string) =>
  signDevToken(
    { tenant, user, roles: [roleAtStart(tenant, user)].filter((role) => role !== undefined) },
    { nowMs: Date.now(), expiresInMs: 86_400_000 },
  );

/**
 * A save in an editor is several events: one bundle for them all. One reload at a time; `stop` waits for the one under
 * way, because miniflare hangs when it is ended in the midst of it.
 */
function reloadOnChange({ edge }: Stack): { stop(): Promise<void> } {
  let waiting: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();
  const reload = async () => {
    try {
      await edge.replace(await bundle());
      console.log('… reloaded');
    } catch (error) {
      console.error(`… not reloaded: ${(error as Error).message}`);
    }
  };
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      reloading = reloading.then(reload);
    }, 100);
  };
  const watchers = foldersUnder('routes', 'src').map((folder) => watch(folder, changed));
  return {
    async stop() {
      for (const watcher of watchers) watcher.close();
      clearTimeout(waiting);
      await reloading;
    },
  };
}

/** Each by itself: a recursive watch follows a file that an editor has replaced, and misses the one in its place. */
function foldersUnder(...tops: string[]): string[] {
  return tops.flatMap((top) => {
    const entries = readdirSync(`${root}/${top}`, { recursive: true, withFileTypes: true });
    const inside = entries.filter((it) => it.isDirectory()).map((it) => `${it.parentPath}/${it.name}`);
    return [`${root}/${top}`, ...inside];
  });
}

runCommand(main);
