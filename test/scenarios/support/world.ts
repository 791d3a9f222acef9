import { createHash, randomUUID } from 'node:crypto';
import { bundle } from '../../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../../dev/keys.ts';
import { type Gateway, startGateway } from '../../../dev/redis/gateway.ts';
import type { Flags } from '../../../src/rollout/flags.ts';
import { Names } from '../../../src/store/names.ts';
import { fillScript, leaseScript, purgeScript, releaseScript } from '../../../src/store/scripts.ts';
import { createUpstashStore } from '../../../src/store/upstash.ts';
import { purgeAsk } from '../../support/purge.ts';
import type { TestRedis } from '../../support/redis.ts';
import { type Guard, without, withoutGuard } from './guards.ts';
import { type Barrier, barrier, type ScriptedOrigin, startScriptedOrigin } from './scripted-origin.ts';

/** Several isolates before one origin, over one store. */
export interface World {
  readonly origin: ScriptedOrigin;
  /** What an isolate answers, in short; to somebody with a token, unless said otherwise. */
  get(edge: number, path: string, as?: 'nobody'): Promise<Said>;
  /** Bytes of an answer, `0-4`; what they are does not matter. */
  range(edge: number, path: string, bytes: string): Promise<Pick<Said, 'status' | 'cacheStatus'>>;
  patch(edge: number, path: string, value: string): Promise<Said>;
  /** Leaves the document's headers as they are. */
  post(edge: number, path: string, value: string): Promise<Said>;
  /** Applied when this settles. `tenant` null: of public data. */
  purge(tag: string, mode?: 'hard' | 'soft', tenant?: string | null): Promise<void>;
  /** Settles when this isolate, or none of them, has work in `waitUntil` any more. */
  settled(edge?: number): Promise<void>;
  /** Moves every isolate's clock, so that no trust window is open any more. */
  advance(ms: number): Promise<void>;
  kill(edge: number): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisWorld extends World {
  readonly gateway: Gateway;
  /** What every name of this world begins with. */
  readonly namespace: string;
  /** Holds the next command of this kind before Redis sees it, or after Redis has answered. */
  hold(when: 'before' | 'after', what: Verb): Barrier;
  /** By an isolate's own purge API, which applies it before it answers. */
  purgeBy(edge: number, tag: string, mode: 'hard' | 'soft'): Promise<void>;
  /** Past the gateway's counts and barriers. */
  command(...command: string[]): Promise<unknown>;
  /** Names in this world's namespace. */
  keys(pattern: string): Promise<string[]>;
  /** Past all isolates, as another one would write them. */
  setFlags(flags: Flags): Promise<void>;
}

export interface Said {
  readonly status: number;
  readonly value: unknown;
  readonly cacheStatus: string;
}

export type Verb = 'lookup' | 'lease' | 'fill' | 'release' | 'purge';

const scripts: Record<Exclude<Verb, 'lookup'>, string> = {
  lease: leaseScript,
  fill: fillScript,
  release: releaseScript,
  purge: purgeScript,
};

/** Which verb of the store a command is, also where a guard was taken out of its script. */
export function verbOf([command = '', script = '']: readonly string[], guards: Guards = []): string {
  if (command.toUpperCase() === 'MGET') return 'lookup';
  const forms = (source: string) => [source, createHash('sha1').update(source).digest('hex')];
  const found = Object.entries(scripts).find(([, source]) =>
    [source, ...[guards].flat().map((guard) => withoutGuard(guard, source))].flatMap(forms).includes(script),
  );
  return found?.[0] ?? command;
}

/** One, or several, each in a file of its own. */
type Guards = Guard | readonly Guard[];

export const TENANT = 'acme';
const ADMIN_TOKEN = 'only-for-these-scenarios';
const entry = 'test/scenarios/support/entry.ts';
const scriptOf = (guards: Guards) => bundle(entry, [guards].flat().map(without));

const settings = (origin: ScriptedOrigin) => ({
  ENVIRONMENT: 'development',
  ORIGIN_URL: origin.url,
  ORIGIN_SECRET: 'only-for-this-scenario',
  JWKS_URL: `${origin.url}/.well-known/jwks.json`,
  JWT_ISSUER: DEV_ISSUER,
  JWT_AUDIENCE: DEV_AUDIENCE,
  // Nothing waits for 20 s that is not the subject.
  METRICS_FLUSH: 'off',
});

export interface RedisWorldOptions {
  readonly edges: number;
  /** What is taken out. */
  readonly without?: Guards | undefined;
  /** Code of the first edges, if it is not this version's. */
  readonly scripts?: readonly string[];
  /** `real`: Redis' deadlines as deployed. Default: so long that a busy machine does not matter. */
  readonly patience?: 'long' | 'real';
  /** Settings that differ. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Each edge is a workerd of its own; what separates them is what separates isolates in production. */
export async function redisWorld(
  { redisUrl }: Pick<TestRedis, 'redisUrl'>,
  {
    edges: count,
    without: guards = [],
    scripts = [],
    patience = 'long',
    settings: own = {},
  }: RedisWorldOptions,
): Promise<RedisWorld> {
  const origin = await startScriptedOrigin();
  const gateway = await startGateway({ redisUrl });
  // As a queue's delivery would come: from elsewhere, past whatever an isolate knows, and past counts and barriers.
  const past = await startGateway({ redisUrl });
  const namespace = `race-${randomUUID()}`;
  const bindings = {
    ...settings(origin),
    PATIENCE: patience,
    ADMIN_TOKENS: JSON.stringify({
      scenario: { sha256: createHash('sha256').update(ADMIN_TOKEN).digest('hex'), scopes: ['purge'] },
    }),
    NAMESPACE: namespace,
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: gateway.token,
    ...own,
  };
  const script = await scriptOf(guards);
  const edges = await Promise.all(
    Array.from({ length: count }, (_, i) => startEdge({ script: scripts[i] ?? script, bindings })),
  );
  const store = createUpstashStore({ url: past.url, token: past.token, readMs: 5_000, writeMs: 5_000 });
  const names = new Names(namespace);

  async function command(...words: string[]): Promise<unknown> {
    const headers = { Authorization: `Bearer ${past.token}` };
    const answer = await fetch(past.url, { method: 'POST', headers, body: JSON.stringify(words) });
    return ((await answer.json()) as { result: unknown }).result;
  }

  const holding: Record<'before' | 'after', { what: Verb; at: ReturnType<typeof barrier> }[]> = {
    before: [],
    after: [],
  };
  const holdAt = (when: 'before' | 'after') => async (commands: string[][]) => {
    const place = holding[when].findIndex(({ what }) =>
      commands.some((command) => verbOf(command, guards) === what),
    );
    if (place >= 0) await holding[when].splice(place, 1)[0]!.at.arrive();
  };
  gateway.onRequest = holdAt('before');
  gateway.afterRequest = holdAt('after');

  return {
    ...(await clients(edges, origin)),
    gateway,
    namespace,
    hold(when, what) {
      const at = barrier();
      holding[when].push({ what, at });
      return at;
    },
    async purge(tag, mode = 'hard', tenant = TENANT) {
      await store.purge(await purgeAsk(names, Date.now(), { tenant, tags: [tag], mode }));
    },
    async purgeBy(edge, tag, mode) {
      const response = await fetch(`${edges[edge]!.url}/-/purge`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
        body: JSON.stringify({ tenant: TENANT, tags: [tag], mode }),
      });
      if (response.status !== 202) throw new Error(`purge: ${response.status} ${await response.text()}`);
    },
    command,
    async setFlags(flags) {
      await command('SET', names.rollout(), JSON.stringify(flags));
    },
    keys: async (pattern) => (await command('KEYS', `${namespace}:${pattern}`)) as string[],
    async stop() {
      for (const { at } of [...holding.before, ...holding.after]) at.release();
      await Promise.all(edges.map((edge) => edge.stop()));
      await gateway.close();
      await past.close();
      await origin.close();
    },
  };
}

/** One workerd with three edges over one memory store: each has its own L1, flights and epoch. */
export async function memoryWorld({
  without: guards = [],
}: Pick<RedisWorldOptions, 'without'> = {}): Promise<World> {
  const origin = await startScriptedOrigin();
  const edge = await startEdge({
    script: await scriptOf(guards),
    bindings: { ...settings(origin), STORE: 'memory' },
  });
  const world = await clients([edge], origin, (number) => ({ 'X-Edge': String(number) }));
  return {
    ...world,
    async purge(tag, mode = 'hard', tenant = TENANT) {
      const whose = tenant === null ? {} : { tenant };
      await fetch(`${edge.url}/__purge?${new URLSearchParams({ ...whose, tag, mode })}`);
    },
    async stop() {
      await edge.stop();
      await origin.close();
    },
  };
}

async function clients(
  edges: readonly RunningEdge[],
  origin: ScriptedOrigin,
  headersFor: (edge: number) => Record<string, string> = () => ({}),
) {
  const token = await signDevToken(
    { tenant: TENANT, user: 'ann', roles: [] },
    { nowMs: Date.now(), expiresInMs: 86_400_000 },
  );
  const killed = new Set<number>();
  const said = ({ status, headers }: Response) => ({
    status,
    cacheStatus: headers.get('Cache-Status') ?? '',
  });
  type Init = RequestInit & { readonly as?: 'nobody' | undefined };
  function send(number: number, path: string, { as, ...init }: Init = {}): Promise<Response> {
    const edge = edges[number] ?? edges[0]!;
    return fetch(edge.url + path, {
      ...init,
      headers: {
        ...(as !== 'nobody' && { Authorization: `Bearer ${token}` }),
        ...headersFor(number),
        ...init.headers,
      },
    });
  }
  async function ask(number: number, path: string, init: Init = {}): Promise<Said> {
    const response = await send(number, path, init);
    const body = (await response.json()) as { value?: unknown };
    return { ...said(response), value: body.value };
  }
  return {
    origin,
    get: (edge: number, path: string, as?: 'nobody') => ask(edge, path, { as }),
    async range(edge: number, path: string, bytes: string) {
      const response = await send(edge, path, { headers: { Range: `bytes=${bytes}` } });
      await response.arrayBuffer();
      return said(response);
    },
    patch: (edge: number, path: string, value: string) => ask(edge, path, { method: 'PATCH', body: value }),
    post: (edge: number, path: string, value: string) => ask(edge, path, { method: 'POST', body: value }),
    async advance(ms: number) {
      await Promise.all(edges.map((edge, i) => killed.has(i) || fetch(`${edge.url}/__advance?ms=${ms}`)));
    },
    async settled(only?: number) {
      const asked = edges.filter((_, i) => !killed.has(i) && (only === undefined || only === i));
      await Promise.all(asked.map((edge) => fetch(`${edge.url}/__settled`)));
    },
    async kill(edge: number) {
      killed.add(edge);
      await edges[edge]!.stop();
    },
  };
}
