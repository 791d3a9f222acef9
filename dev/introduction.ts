import { exportLines } from './command.ts';
import { signDevToken } from './keys.ts';
import { demoBodies, demoExamples } from './origin/examples.ts';
import { roleAtStart } from './origin/people.ts';
import type { Stack } from './stack.ts';
import { type Suggestion, suggestionsFor } from './suggestions.ts';

/** What a person needs who has just started the stack: where it is, what to paste, what to try. */
export async function introductionTo(stack: Stack): Promise<string> {
  const { edge, origin, store, queue } = stack;
  return `
origin   ${origin}
redis    ${store}
qstash   ${queue}
console  ${edge.url}/-/console, where the ADMIN_TOKEN below logs in

${exportLines(await exportsOf(stack))}

Worth trying, after the lines above:
${linesOf([...routesOf(stack), ...aroundThem(stack)])}

Edits under routes/ and src/ are taken up as you save. Ctrl-C ends all of it.
ready ${edge.url}`;
}

/** What has come with an edit: routes, and secrets of new senders. */
export async function newsAfter(stack: Stack, edit: () => Promise<void>): Promise<string> {
  const [routesBefore, secretsBefore] = [routesOf(stack).map(({ command }) => command), stack.hookSecrets];
  await edit();
  const routes = routesOf(stack).filter(({ command }) => command && !routesBefore.includes(command));
  const secrets = Object.entries(stack.hookSecrets).filter(([name]) => !Object.hasOwn(secretsBefore, name));
  return [exportLines(Object.fromEntries(secrets)), linesOf(routes)].filter((it) => it !== '').join('\n');
}

async function exportsOf(stack: Stack): Promise<Readonly<Record<string, string>>> {
  const { edge, originSecret, adminToken, hookSecrets, standIn } = stack;
  const [acme, globex] = await Promise.all(
    ['acme', 'globex'].map((tenant) => tokenFor(stack, tenant, 'ann')),
  );
  return {
    ACME: acme!,
    GLOBEX: globex!,
    ORIGIN_SECRET: originSecret,
    STILLFRESH_URL: edge.url,
    ADMIN_TOKEN: adminToken,
    ...hookSecrets,
    ...(standIn && { QSTASH_URL: standIn.url, QSTASH_TOKEN: standIn.token }),
  };
}

const tokenFor = ({ issuer, audience, description: { claims } }: Stack, tenant: string, user: string) =>
  signDevToken(
    { tenant, user, roles: [roleAtStart(tenant, user)].filter((role) => role !== undefined) },
    { nowMs: Date.now(), expiresInMs: 86_400_000, issuer, audience, claims },
  );

const routesOf = ({ description, edge, isDemo }: Stack): Suggestion[] =>
  suggestionsFor(description, edge.url, {
    values: isDemo ? demoExamples : {},
    bodies: isDemo ? demoBodies : {},
  });

/** What is there whatever the routes are. */
function aroundThem({ edge, origin, isDemo, gateway, standIn }: Stack): Suggestion[] {
  const change = `curl -i -X PATCH -H "X-Origin-Secret: $ORIGIN_SECRET" -H 'X-Tenant-Id: acme' -H 'X-User-Id: ann' -d '{"amount_cents":77}' ${origin}/invoices/inv_0001`;
  const purges = `curl -s -H "Authorization: Bearer $ADMIN_TOKEN" '${edge.url}/-/purges?limit=3'`;
  const dead = 'curl -s -H "Authorization: Bearer $QSTASH_TOKEN" $QSTASH_URL/v2/dlq';
  return [
    ...when(isDemo, demoTraffic(edge.url), 'users, webhooks and mishaps, for the console to show'),
    { command: 'npx stillfresh top', does: 'how requests are answered, by class, live' },
    ...when(isDemo, change, "a change behind the edge's back: its webhook purges"),
    { command: purges, does: 'what became of purges, newest first' },
    ...when(standIn !== null, dead, 'what the queue has given up'),
    ...when(isDemo, `curl -s ${origin}/stats`, 'what the origin had to do'),
    ...when(
      isDemo,
      faultAt(origin, '{"status":503}'),
      `the origin fails until -d '{}'; docs/development.md has more faults`,
    ),
    ...when(gateway !== null, faultAt(gateway, '{"latency_ms":400}'), "Redis is slow, until -d '{}'"),
    ...when(standIn !== null, faultAt(standIn?.url, '{"down":true}'), "QStash is down, until -d '{}'"),
  ];
}

/** Its own default is the port of ours. */
const demoTraffic = (url: string) =>
  `npm run demo:traffic${new URL(url).port === '8787' ? '' : ` -- --url ${url}`}`;

const when = (is: boolean, command: string, does: string): Suggestion[] => (is ? [{ command, does }] : []);

const faultAt = (url: string | null | undefined, fault: string) => `curl -s -d '${fault}' ${url}/faults`;

/** Longer commands have their remark below. */
const COLUMN = 60;

const linesOf = (suggestions: readonly Suggestion[]): string =>
  suggestions
    .map(({ command, does }) => {
      const line = `  ${command}`;
      return line.length < COLUMN ? `${line.padEnd(COLUMN)}# ${does}` : `${line}   # ${does}`;
    })
    .join('\n');
