import { createHash, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { startEdge } from '../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../dev/keys.ts';
import { startGateway } from '../../dev/redis/gateway.ts';
import { describeWithRedis, type TestRedis } from '../support/redis.ts';
import { startScriptedOrigin } from './support/scripted-origin.ts';

const ADMIN_TOKEN = 'only-for-this-scenario';
const BEYOND_L1 = 1_500;

/** Two isolates before one origin and one Redis; what they count they tell soon. */
async function measured({ redisUrl }: Pick<TestRedis, 'redisUrl'>) {
  const origin = await startScriptedOrigin();
  const gateway = await startGateway({ redisUrl });
  const sha256 = createHash('sha256').update(ADMIN_TOKEN).digest('hex');
  const bindings = {
    ENVIRONMENT: 'development',
    ORIGIN_URL: origin.url,
    ORIGIN_SECRET: 'only-for-this-scenario',
    JWKS_URL: `${origin.url}/.well-known/jwks.json`,
    JWT_ISSUER: DEV_ISSUER,
    JWT_AUDIENCE: DEV_AUDIENCE,
    ADMIN_TOKENS: JSON.stringify({ scenario: { sha256, scopes: ['read'] } }),
    NAMESPACE: `canary-${randomUUID()}`,
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: gateway.token,
  };
  const script = await bundle('test/scenarios/support/measured-entry.ts', []);
  const lines: Record<string, unknown>[] = [];
  const log = (line: string) => void (line.includes('"comparison"') && lines.push(JSON.parse(line)));
  const edges = await Promise.all([1, 2].map(() => startEdge({ script, bindings, log })));
  const who = { tenant: 'acme', user: 'ann', roles: [] };
  const token = await signDevToken(who, { nowMs: Date.now(), expiresInMs: 86_400_000 });
  const get = (edge: number, path: string, bearer = token) =>
    fetch(edges[edge]!.url + path, { headers: { Authorization: `Bearer ${bearer}` } });
  return {
    origin,
    gateway,
    lines,
    get,
    both: (path: string) => Promise.all([get(0, path), get(1, path)]),
    cron: () => edges[0]!.scheduled(),
    async figures() {
      const text = await (await get(0, '/-/metrics', ADMIN_TOKEN)).text();
      return new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
    },
    async stop() {
      await Promise.all(edges.map((edge) => edge.stop()));
      await gateway.close();
      await origin.close();
    },
  };
}

describeWithRedis('freshness, measured at Redis', (redis) => {
  it('the canary rides in lookups that are made anyway: once in 10 s and isolate, and no command more', async () => {
    const world = await measured(redis);
    try {
      world.origin.set('/docs/a', 'value');
      await world.both('/doc/a');
      await world.both('/__settled');
      const lookups: string[][] = [];
      const others: string[] = [];
      world.gateway.onRequest = (commands) => {
        for (const [verb = '', ...names] of commands) {
          if (verb.toUpperCase() === 'MGET') lookups.push(names);
          else if (verb.toUpperCase() !== 'XADD') others.push(verb);
        }
      };
      const steps = 20; // 30 s
      for (let step = 0; step < steps; step += 1) {
        await world.both(`/__advance?ms=${BEYOND_L1}`);
        await world.both('/doc/a');
        // Trusted isolate memory: nothing is asked.
        await world.get(0, '/doc/a');
      }
      await world.both('/__settled');
      world.gateway.onRequest = undefined;
      expect(others).toEqual([]);
      // On a busy machine isolate memory may not be trusted any more by then.
      expect(lookups.length).toBeGreaterThanOrEqual(2 * steps);
      expect(lookups.length).toBeLessThanOrEqual(3 * steps);
      const looks = lookups.filter((names) => names.some((name) => name.endsWith(':gen:@canary')));
      // The first of each isolate was before; the machine's own time adds to the test's.
      expect(looks.length).toBeGreaterThanOrEqual(2 * 2);
      expect(looks.length).toBeLessThanOrEqual(2 * 5);
      expect(looks.every((names) => names.length > 1)).toBe(true);
    } finally {
      await world.stop();
    }
  });

  it('from a purge in one isolate to what Prometheus is shown of the others, and of hits that differ', async () => {
    const world = await measured(redis);
    try {
      world.origin.set('/docs/a', 'old');
      for (let minute = 0; minute < 5; minute += 1) {
        for (let n = 0; n < 6; n += 1) {
          await world.both('/__advance?ms=10000');
          await world.both('/compared/a');
        }
        await world.both('/__settled');
        await world.cron();
        if (minute === 2) world.origin.set('/docs/a', 'new');
      }
      const figures = await world.figures();
      const of = (name: string) => Number(figures.get(name) ?? Number.NaN);
      expect(of('stillfresh_purge_visible_seconds_count')).toBeGreaterThanOrEqual(2);
      expect(of('stillfresh_canary_purges_total{result="within"}')).toBeGreaterThanOrEqual(2);
      expect(of('stillfresh_comparisons_total{class="compared",result="equal"}')).toBeGreaterThan(10);
      expect(of('stillfresh_comparisons_total{class="compared",result="differs"}')).toBeGreaterThan(5);
      expect(world.lines[0]).toMatchObject({ class: 'compared', result: 'differs', at: ['*'] });
      expect(world.lines[0]!['request_id']).toMatch(/^[0-9a-f-]{36}$/);
    } finally {
      await world.stop();
    }
  });
});
