import { readdirSync, watch } from 'node:fs';
import { runProcess } from '../cli/args/process.ts';
import { bundle, root } from './bundle.ts';
import { endOnSignals, exportLines } from './command.ts';
import { signDevToken } from './keys.ts';
import { type DevOptions, devCommand, devOptions } from './options.ts';
import { roleAtStart } from './origin/people.ts';
import { type Stack, startStack } from './stack.ts';

async function main(options: DevOptions): Promise<void> {
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

await runProcess(devCommand, (values) => main(devOptions(values)));
