import { createHash, randomUUID } from 'node:crypto';
import { bundle } from '../../../dev/bundle.ts';
import { startEdge } from '../../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../../dev/keys.ts';
import { startGateway } from '../../../dev/redis/gateway.ts';
import { bucketOf } from '../../../src/rollout/bucket.ts';
import { type ClassFlags, readFlags } from '../../../src/rollout/flags.ts';
import { Names } from '../../../src/store/names.ts';
import type { TestRedis } from '../../support/redis.ts';
import { startChangingOrigin } from './changing-origin.ts';

const ADMIN_TOKEN = 'only-for-this-scenario';

/** What a client was told. */
export interface Told {
  readonly cacheStatus: string;
  readonly value: { readonly version: number; readonly of?: string; readonly language?: string };
}

/** Two isolates before one origin and one Redis, whose classes the cron switches on by itself. */
export async function rolloutWorld({ redisUrl }: Pick<TestRedis, 'redisUrl'>) {
  const origin = await startChangingOrigin();
  const gateway = await startGateway({ redisUrl });
  const sha256 = createHash('sha256').update(ADMIN_TOKEN).digest('hex');
  const namespace = `rollout-${randomUUID()}`;
  const bindings = {
    ...{ ENVIRONMENT: 'development', ORIGIN_URL: origin.url, ORIGIN_SECRET: 'only-for-this-scenario' },
    JWKS_URL: `${origin.url}/.well-known/jwks.json`,
    ...{ JWT_ISSUER: DEV_ISSUER, JWT_AUDIENCE: DEV_AUDIENCE, NAMESPACE: namespace },
    ADMIN_TOKENS: JSON.stringify({ scenario: { sha256, scopes: ['read'] } }),
    ...{ UPSTASH_REDIS_REST_URL: gateway.url, UPSTASH_REDIS_REST_TOKEN: gateway.token },
  };
  const script = await bundle('test/scenarios/support/rollout-entry.ts', []);
  const edges = await Promise.all([1, 2].map(() => startEdge({ script, bindings })));
  const names = new Names(namespace);
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (who: string) => {
    const [user = '', tenant = ''] = who.split('@');
    const signed = signDevToken({ tenant, user, roles: [] }, { nowMs: Date.now(), expiresInMs: 864e5 });
    const known = tokens.get(who) ?? signed;
    tokens.set(who, known);
    return known;
  };
  const both = (path: string) => Promise.all(edges.map(({ url }) => fetch(url + path)));
  const asAdmin = async (path: string) => {
    const answer = await fetch(edges[0]!.url + path, { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } });
    return answer.json();
  };
  let asked = 0;

  return {
    origin,
    /** Isolates in turn, three requests each, so that whoever comes in turn meets both. `who`: `ann@acme`; null: nobody. */
    async get(path: string, who: string | null, headers: Record<string, string> = {}): Promise<Told> {
      asked += 1;
      const { url } = edges[Math.floor(asked / 3) % edges.length]!;
      const authorization = who === null ? {} : { Authorization: `Bearer ${await tokenOf(who)}` };
      const answer = await fetch(url + path, { headers: { ...headers, ...authorization } });
      const value = (await answer.json()) as Told['value'];
      return { cacheStatus: answer.headers.get('Cache-Status') ?? '', value };
    },
    later: (ms: number) => both(`/__advance?ms=${ms}`),
    /** The minute is over: what was counted is told, and the cron runs. */
    async minute(): Promise<void> {
      await both('/__settled');
      await both('/__advance?ms=60000');
      await edges[0]!.scheduled();
      await both('/__settled');
    },
    /** How a class is switched. */
    async flagsOf(className: string): Promise<ClassFlags> {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { Authorization: `Bearer ${gateway.token}` },
        body: JSON.stringify(['GET', names.rollout()]),
      });
      const { result } = (await response.json()) as { result: string | null };
      const [own] = Object.values(readFlags(result)?.classes[className] ?? {});
      if (!own) throw new Error(`nothing is said of ${className}: ${result}`);
      return own;
    },
    alertOf: async (className: string) => {
      const rows = (await asAdmin('/-/alerts')) as { name: string; state: string; says: string }[];
      return rows.find(({ name }) => name === `rollout-${className}`);
    },
    purgesOf: async (className: string) => {
      const { purges } = (await asAdmin('/-/purges')) as { purges: { source: string; classes: string[] }[] };
      return purges.filter(({ classes }) => classes?.includes(className)).map(({ source }) => source);
    },
    async stop() {
      await Promise.all(edges.map((edge) => edge.stop()));
      await gateway.close();
      await origin.close();
    },
  };
}

/** Units, tenants unless it is said, of whom so many are among the first 5 % of a class, and so many are not. */
export function unitsOf(className: string, few: number, others: number, prefix = 'tenant-') {
  const all = Array.from({ length: 1_000 }, (_, i) => `${prefix}${i}`);
  const isFew = (unit: string) => bucketOf(className, unit) < 5;
  return {
    few: all.filter(isFew).slice(0, few),
    others: all.filter((it) => !isFew(it)).slice(0, others),
  };
}
