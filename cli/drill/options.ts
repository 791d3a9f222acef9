import { randomUUID } from 'node:crypto';
import { hookSecretName } from '../../src/invalidation/hook-secrets.ts';
import { schemes } from '../../src/invalidation/signature/schemes.ts';
import { shown } from '../args/check.ts';
import { defineCommand, type Values } from '../args/definition.ts';
import { durationMs } from '../args/values.ts';
import { edgeOf } from '../edge.ts';
import type { Environment } from '../environment.ts';
import { UsageError } from '../failure.ts';
import { secretOf } from '../hook-sources.ts';
import { sign } from '../sign.ts';
import type { AdminOptions, Hook } from './admin.ts';
import { bounds } from './bounds.ts';
import type { Drill } from './drill.ts';
import { degradedRedis } from './drills/outages.ts';
import { drills } from './list.ts';
import type { Given } from './stage.ts';

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
      multiple: true,
      description:
        'of another user; best two: of another tenant, and of another user of the tenant (or DRILL_OTHER_TOKEN, with a comma between them)',
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
    path: {
      type: 'string',
      valueHint: 'PATH',
      description:
        'where there is no canary: a GET path of yours that the user may read, for the drills that can do with it',
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
  notes: `Safe by default: it reads and purges the canary alone (docs/drill.md) and what is kept for the user of --token, about 500
requests, ${bounds.stampede} of them at once; never more than ${bounds.requests} in all, and none for longer than ${bounds.requestMs / 1000} s. What disturbs others needs --allow.
Whoever lists the machine's processes sees flags: tokens are better in the environment.
Exit codes: 0 all passed, or were skipped and say why; 1 one has failed; 2 it could not be run: badly typed, a token that the
edge does not know, nothing to drill; 3 the edge does not answer; 130 Ctrl-C.`,
});

export interface DrillOptions
  extends Given,
    Pick<AdminOptions, 'at' | 'patienceMs' | 'hook' | 'redisFaults'> {
  readonly drills: readonly Drill[];
}

/** Throws `UsageError`. */
export function drillOptions(
  flags: Values<typeof drillCommand.args>,
  { env, now }: Pick<Environment, 'env' | 'now'>,
): DrillOptions {
  const admin = flags['admin-token'];
  const at = admin
    ? { ...edgeOf(flags.url, { ...env, STILLFRESH_TOKEN: admin }), tokenFrom: '--admin-token' }
    : edgeOf(flags.url, env);
  const drills = chosen(flags.only, flags.allow);
  const redisFaults = flags['redis-faults'] === undefined ? null : faultsUrl(flags['redis-faults']);
  if (redisFaults === null && drills.includes(degradedRedis))
    throw new UsageError(
      '--redis-faults is missing: degraded-redis needs a gateway of Redis that can fail; npm run dev has one at its port + 2',
    );
  return {
    ...{ at, drills, redisFaults },
    canary: pathOf('--canary', flags.canary),
    path: flags.path === undefined ? null : pathOf('--path', flags.path),
    patienceMs: durationMs('--patience', flags.patience, { most: '10m', example: '30s or 2m' }),
    token: tokensOf('token', flags.token && [flags.token], env['DRILL_TOKEN'])[0],
    otherTokens: tokensOf('other-token', flags['other-token'], env['DRILL_OTHER_TOKEN']),
    hook: hookOf(flags.source, env, now),
  };
}

const MOST_TOKENS = 4;

function tokensOf(
  flag: 'token' | 'other-token',
  typed: readonly string[] | undefined | '',
  inEnvironment = '',
): readonly [string, ...string[]] {
  const variable = `DRILL_${flag.toUpperCase().replace('-', '_')}`;
  const [first, ...more] = (typed || inEnvironment.split(','))
    .map((it) => it.trim())
    .filter((it) => it !== '');
  if (first === undefined)
    throw new UsageError(
      `--${flag} is missing: give the token of a user, or set ${variable}; npm run dev prints some, npm run token makes one`,
    );
  for (const it of [first, ...more])
    if (!/^[\x21-\x7e]+$/.test(it))
      throw new UsageError(`--${flag} holds what no token has, such as a space`);
  if (more.length >= MOST_TOKENS) throw new UsageError(`--${flag}: give at most ${MOST_TOKENS}`);
  return [first, ...more];
}

/** With a query, where there is one; nothing else that a URL may have. */
function pathOf(flag: '--canary' | '--path', text: string): string {
  const isPath =
    flag === '--canary' ? /^(\/[\w.~-]+)+$/ : /^(\/[\w.~!$&'()*+,;=:@%-]*)+(\?[\x21\x24-\x7e]*)?$/;
  if (isPath.test(text)) return text;
  throw new UsageError(
    `${flag} ${shown(text)}: give a path such as ${flag === '--canary' ? '/v1/canary' : "'/v1/invoices/inv_0001'"}`,
  );
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
    throw new UsageError(`--source ${shown(source)}: give the name of a source, such as app`);
  if (!env[hookSecretName(source)]?.trim()) return null;
  const scheme = schemes.standard;
  const [secretFrom, secret] = secretOf(source, scheme, undefined, { env });
  return {
    ...{ source, secretFrom },
    sign: (text) => {
      const body = new TextEncoder().encode(text);
      return sign({ scheme, secret, body, id: `msg_${randomUUID()}`, type: undefined, nowMs: now() });
    },
  };
}
