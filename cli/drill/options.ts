import { hookSecretName } from '../../src/invalidation/hook-secrets.ts';
import { schemes } from '../../src/invalidation/signature/schemes.ts';
import { defineCommand, type Values } from '../args/definition.ts';
import { durationMs } from '../args/values.ts';
import { edgeForHooks } from '../edge.ts';
import type { Environment } from '../environment.ts';
import { UsageError } from '../failure.ts';
import { sign } from '../sign.ts';
import { bounds } from './bounds.ts';
import type { Drill, Hook } from './drill.ts';
import { drills } from './list.ts';

const names = drills.map(({ name }) => name);
const disturbing = drills.filter(({ disturbs }) => disturbs !== undefined);

export const drillCommand = defineCommand({
  name: 'drill',
  typed: 'npm run drill --',
  description: 'Tries a running deployment: stale reads, races, leaks, stampedes, webhooks',
  args: {
    url: {
      type: 'string',
      valueHint: 'URL',
      description: 'of the edge (default: STILLFRESH_URL, else http://127.0.0.1:8787)',
    },
    token: {
      type: 'string',
      valueHint: 'JWT',
      description: 'of a user of your own, such as one made for drills (or DRILL_TOKEN)',
    },
    'other-token': {
      type: 'string',
      valueHint: 'JWT',
      description: 'of another user, best of another tenant (or DRILL_OTHER_TOKEN)',
    },
    'admin-token': {
      type: 'string',
      valueHint: 'TOKEN',
      description:
        'with the scopes purge and read; rollout for kill-switch (or STILLFRESH_TOKEN, ADMIN_TOKEN)',
    },
    canary: {
      type: 'string',
      valueHint: 'PATH',
      default: '/v1/canary',
      description: 'where routes/canary.ts is mounted',
    },
    source: {
      type: 'string',
      valueHint: 'NAME',
      default: 'app',
      description: 'who signs the webhook, as Standard Webhooks; its secret is HOOK_SECRET_<SOURCE>',
    },
    only: {
      type: 'string',
      valueHint: 'NAME',
      multiple: true,
      description: 'this drill, and none else that is not named',
    },
    allow: {
      type: 'string',
      valueHint: 'NAME',
      multiple: true,
      description: `too, though it disturbs others: ${disturbing.map(({ name }) => name).join(', ')}`,
    },
    'redis-faults': {
      type: 'string',
      valueHint: 'URL',
      description:
        'for degraded-redis: the gateway of Redis that can fail; npm run dev has one at its port + 2',
    },
    patience: {
      type: 'string',
      valueHint: 'DURATION',
      default: '30s',
      description: 'how long a purge, or the kill switch, may take',
    },
    list: { type: 'boolean', description: 'print the drills, and run none' },
    junit: { type: 'string', valueHint: 'FILE', description: 'write the outcome as JUnit’s XML too' },
    json: { type: 'boolean', description: 'one JSON object on stdout, errors as one on stderr' },
  },
  examples: [
    'npm run drill -- --token "$ACME" --other-token "$GLOBEX" --admin-token "$ADMIN_TOKEN"',
    'npm run drill -- --url https://edge.example.com --junit drill.xml --allow kill-switch',
  ],
  stray: 'it takes flags only; a drill is named by --only',
  notes: `Safe by default: it reads and purges the canary class alone (docs/drill.md), with at most ${bounds.safeRequests} requests or so.
Whoever lists the machine's processes sees flags: tokens are better in the environment.
Exit codes: 0 all passed; 1 one has failed; 2 the command is not well typed; 3 the edge does not answer; 130 Ctrl-C.`,
});

export interface DrillOptions {
  readonly url: string;
  readonly adminToken: string;
  readonly token: string;
  readonly otherToken: string;
  readonly canary: string;
  readonly patienceMs: number;
  readonly drills: readonly Drill[];
  readonly hook: Hook | null;
  readonly redisFaults: string | null;
}

/** Throws `UsageError`. */
export function drillOptions(
  flags: Values<typeof drillCommand.args>,
  { env, now }: Pick<Environment, 'env' | 'now'>,
): DrillOptions {
  const admin = flags['admin-token'] === undefined ? env : { ...env, STILLFRESH_TOKEN: flags['admin-token'] };
  const { url, token: adminToken } = edgeForHooks(flags.url, admin);
  const tokenOf = (flag: 'token' | 'other-token', variable: string) => {
    const given = (flags[flag] ?? env[variable])?.trim();
    if (!given)
      throw new UsageError(
        `--${flag} is missing: give the token of a user, or set ${variable}; npm run dev prints one, npm run token makes one`,
      );
    if (!/^[\x21-\x7e]+$/.test(given))
      throw new UsageError(`--${flag} holds what no token has, such as a space`);
    return given;
  };
  if (adminToken === null)
    throw new UsageError(
      '--admin-token is missing: give an admin token with the scopes purge and read, or set STILLFRESH_TOKEN',
    );
  const { canary } = flags;
  if (!/^(\/[\w.~-]+)+$/.test(canary)) throw new UsageError('--canary: give a path such as /v1/canary');
  return {
    ...{ url, adminToken, canary },
    patienceMs: durationMs('--patience', flags.patience, { most: '10m', example: '30s or 2m' }),
    token: tokenOf('token', 'DRILL_TOKEN'),
    otherToken: tokenOf('other-token', 'DRILL_OTHER_TOKEN'),
    drills: chosen(flags.only, flags.allow),
    hook: hookOf(flags.source, env, now),
    redisFaults: flags['redis-faults'] === undefined ? null : faultsUrl(flags['redis-faults']),
  };
}

function chosen(only: readonly string[] | undefined, allow: readonly string[] = []): readonly Drill[] {
  for (const [flag, all] of [
    ['--only', only ?? []],
    ['--allow', allow],
  ] as const)
    for (const name of all)
      if (!names.includes(name))
        throw new UsageError(`${flag} ${name}: there is no such drill; there are ${names.join(', ')}`);
  const found = drills.filter(
    ({ name, disturbs }) =>
      (disturbs === undefined ? true : allow.includes(name)) &&
      (only === undefined || only.includes(name) || allow.includes(name)),
  );
  const barred = (only ?? []).find((name) => !found.some((it) => it.name === name));
  if (barred !== undefined)
    throw new UsageError(
      `--only ${barred}: it disturbs others (${drills.find(({ name }) => name === barred)!.disturbs}); say --allow ${barred} too`,
    );
  return found;
}

function faultsUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError('--redis-faults: give a URL, such as http://127.0.0.1:8789');
  return url.href;
}

function hookOf(source: string, env: Environment['env'], now: () => number): Hook | null {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(source))
    throw new UsageError('--source: give the name of a source, such as app');
  const secret = env[hookSecretName(source)]?.split(',')[0]?.trim();
  if (!secret) return null;
  return {
    source,
    sign: (body) =>
      sign({
        scheme: schemes.standard,
        secret,
        body: new TextEncoder().encode(body),
        id: `msg_${crypto.randomUUID()}`,
        type: undefined,
        nowMs: now(),
      }),
  };
}
