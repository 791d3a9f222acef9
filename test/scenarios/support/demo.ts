import { randomUUID } from 'node:crypto';
import { bundle } from '../../../dev/bundle.ts';
import { startEdge } from '../../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../../dev/keys.ts';
import { startOrigin } from '../../../dev/origin/server.ts';
import { type Gateway, startGateway } from '../../../dev/redis/gateway.ts';
import { Names } from '../../../src/store/names.ts';
import { createUpstashStore } from '../../../src/store/upstash.ts';
import { purgeAsk } from '../../support/purge.ts';
import type { TestRedis } from '../../support/redis.ts';
import { type Guard, without } from './guards.ts';
import { type Answer, type Sent, send } from './http.ts';
import { patience } from './patience.ts';
import { type Barrier, barrier } from './scripted-origin.ts';

export interface Person {
  readonly tenant: string;
  readonly user: string;
}

/** The Worker that is deployed, in several isolates, before the demo origin and over one real Redis. */
export interface Demo {
  readonly edges: readonly string[];
  readonly gateway: Gateway;
  /** Asks an isolate as this person; null: without a token. */
  ask(edge: number, who: Person | null, route: string, sent?: Sent): Promise<Answer>;
  /** What the origin itself says to this person. */
  atOrigin(who: Person, route: string, body?: unknown): Promise<Answer>;
  /** Data requests that the origin had, by route. */
  stats(): Promise<Record<string, number>>;
  faults(fault: object): Promise<unknown>;
  /** The next answer with a fault of any latency waits here, its data read. */
  hold(): Barrier;
  /** As the delivery of `role_updated` purges: everything of this user. Applied when it settles. */
  purgeUser(who: Person): Promise<void>;
  /** Changes a role as the product would, and purges it as its webhook does. */
  setRole(who: Person, role: string): Promise<void>;
  settled(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Names in this demo's namespace, and a command past the gateway's counts. */
  keys(pattern: string): Promise<string[]>;
  command(...words: string[]): Promise<unknown>;
  /** Runs the cron trigger of an isolate. */
  cron(edge: number): Promise<void>;
  /** Ends an isolate, and what runs in its background. */
  kill(edge: number): Promise<void>;
  /** Every line that the isolates logged. */
  readonly logs: readonly string[];
  stop(): Promise<void>;
}

const SECRET = 'only-the-edge-and-its-origin-know';

export interface DemoOptions {
  readonly isolates?: number;
  readonly without?: Guard;
  /** Of the first isolate. Default: a free one. */
  readonly port?: number;
  /** In this folder. Default: the Worker that is deployed. */
  readonly entry?: string;
  /** Vars and secrets beside those that the demo needs. */
  readonly bindings?: Readonly<Record<string, string>>;
}

export async function startDemo(
  { redisUrl }: Pick<TestRedis, 'redisUrl'>,
  { isolates = 2, without: guard, port = 0, bindings = {}, entry = 'demo-entry.ts' }: DemoOptions = {},
): Promise<Demo> {
  const held: ReturnType<typeof barrier>[] = [];
  const origin = await startOrigin({
    port: 0,
    secret: SECRET,
    sleep: () => held.shift()?.arrive() ?? Promise.resolve(),
  });
  const gateway = await startGateway({ redisUrl });
  // As a queue's delivery would come: from elsewhere, past whatever an isolate knows, and past counts.
  const past = await startGateway({ redisUrl });
  const namespace = `demo-${randomUUID()}`;
  const script = await bundle(`test/scenarios/support/${entry}`, [
    patience,
    ...(guard ? [without(guard)] : []),
  ]);
  const logs: string[] = [];
  const starting = Array.from({ length: isolates }, (_, i) =>
    startEdge({
      script,
      port: i === 0 ? port : 0,
      log: (line) => void logs.push(line),
      bindings: {
        ENVIRONMENT: 'development',
        ORIGIN_URL: origin.url,
        ORIGIN_SECRET: SECRET,
        JWKS_URL: `${origin.url}/.well-known/jwks.json`,
        JWT_ISSUER: DEV_ISSUER,
        JWT_AUDIENCE: DEV_AUDIENCE,
        STORE: 'redis',
        UPSTASH_REDIS_REST_URL: gateway.url,
        UPSTASH_REDIS_REST_TOKEN: gateway.token,
        NAMESPACE: namespace,
        // Nothing waits for 20 s that is not the subject.
        METRICS_FLUSH: 'off',
        ...bindings,
      },
    }),
  );
  const edges = await Promise.all(starting);
  const store = createUpstashStore({ url: past.url, token: past.token, readMs: 5_000, writeMs: 5_000 });
  const names = new Names(namespace);
  const tokens = new Map<string, Promise<string>>();
  const asEdge = ({ tenant, user }: Person) => ({
    'X-Origin-Secret': SECRET,
    'X-Tenant-Id': tenant,
    'X-User-Id': user,
  });

  const killed = new Set<number>();
  const living = () => edges.filter((_, i) => !killed.has(i));

  const demo: Demo = {
    edges: edges.map(({ url }) => url),
    gateway,
    logs,
    async ask(edge, who, route, { headers = {}, ...sent } = {}) {
      const shown = who === null ? {} : { Authorization: `Bearer ${await tokenOf(tokens, who)}` };
      return send(edges[edge]!.url, route, { ...sent, headers: { ...shown, ...headers } });
    },
    atOrigin: (who, route, body) =>
      send(origin.url, route, {
        headers: asEdge(who),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async stats() {
      return ((await send(origin.url, 'GET /stats')).json() as { requests: Record<string, number> }).requests;
    },
    faults: (fault) => send(origin.url, 'POST /faults', { body: JSON.stringify(fault) }),
    hold() {
      const at = barrier();
      held.push(at);
      return at;
    },
    async purgeUser(who) {
      await store.purge(await purgeAsk(names, Date.now(), { tenant: who.tenant, users: [who.user] }));
    },
    async setRole(who, role) {
      const boss = { ...who, user: who.user === 'dan' ? 'ann' : 'dan' };
      const changed = await demo.atOrigin(boss, `PATCH /users/${who.user}?silent=1`, { role });
      if (changed.status !== 200) throw new Error(`the role did not change: ${changed.text}`);
      await demo.purgeUser(who);
    },
    async settled() {
      await Promise.all(living().map(({ url }) => send(url, 'GET /__settled')));
    },
    async advance(ms) {
      await Promise.all(living().map(({ url }) => send(url, `GET /__advance?ms=${ms}`)));
    },
    cron: (edge) => edges[edge]!.scheduled(),
    async kill(edge) {
      killed.add(edge);
      await edges[edge]!.stop();
    },
    keys: async (pattern) => (await demo.command('KEYS', `${namespace}:${pattern}`)) as string[],
    async command(...words) {
      const headers = { Authorization: `Bearer ${past.token}` };
      const answer = await send(past.url, 'POST /', { headers, body: JSON.stringify(words) });
      return (answer.json() as { result: unknown }).result;
    },
    async stop() {
      for (const at of held) at.release();
      await Promise.all(living().map((edge) => edge.stop()));
      await gateway.close();
      await past.close();
      await origin.close();
    },
  };
  return demo;
}

function tokenOf(tokens: Map<string, Promise<string>>, { tenant, user }: Person): Promise<string> {
  const name = `${tenant}/${user}`;
  const made =
    tokens.get(name) ??
    signDevToken({ tenant, user, roles: [] }, { nowMs: Date.now(), expiresInMs: 86_400_000 });
  tokens.set(name, made);
  return made;
}
