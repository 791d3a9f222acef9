import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import { type RunningRedis, startRedis } from '../../dev/redis/find.ts';
import { type Gateway, startGateway } from '../../dev/redis/gateway.ts';
import { Names } from '../../src/store/names.ts';
import { command } from '../store/support/beds.ts';
import { describeWithRedis } from '../support/redis.ts';

/** What the cron costs, counted where Upstash counts it: each command that is sent; and what Redis itself counts inside scripts too. */
describeWithRedis('Redis commands of the cron', () => {
  let redis: RunningRedis;
  let gateway: Gateway;
  let edge: RunningEdge;
  beforeAll(async () => {
    redis = await startRedis(); // of its own: its counts are nobody else's
    gateway = await startGateway({ redisUrl: redis.url });
    const bindings = {
      ...{
        ENVIRONMENT: 'development',
        ORIGIN_URL: 'http://127.0.0.1:9',
        ORIGIN_SECRET: 'only-for-this-scenario',
      },
      ...{ JWKS_URL: 'http://127.0.0.1:9/jwks', JWT_ISSUER: 'https://id.test', JWT_AUDIENCE: 'scenario' },
      ...{ UPSTASH_REDIS_REST_URL: gateway.url, UPSTASH_REDIS_REST_TOKEN: gateway.token },
    };
    edge = await startEdge({ script: await bundle('routes/index.ts'), bindings });
  });
  afterAll(async () => {
    await edge?.stop();
    await gateway?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    await edge.scheduled(); // Redis has the scripts from here on
    gateway.resetCounts();
  });

  const commandsInside = async () => {
    const stats = String(await command(gateway, 'INFO', 'commandstats'));
    const calls = [...stats.matchAll(/^cmdstat_(?!info|config|ping|hello|client)[^:]+:calls=(\d+)/gm)];
    return calls.reduce((sum, [, n]) => sum + Number(n), 0);
  };

  it('are at most 6 in a run when nothing happens, and half a dozen more inside of scripts', async () => {
    for (let run = 0; run < 6; run += 1) {
      gateway.resetCounts();
      await command(gateway, 'CONFIG', 'RESETSTAT');
      await edge.scheduled();
      const { CONFIG, ...sent } = gateway.counts().byCommand;
      expect(CONFIG).toBe(1);
      const all = Object.values(sent).reduce((sum, n) => sum + n, 0);
      expect(all).toBeLessThanOrEqual(6);
      expect((await commandsInside()) - all).toBeLessThanOrEqual(6);
    }
  });

  it('are as many when a thousand isolates told, but for some for each 100 of them', async () => {
    const { metrics } = new Names('');
    const quiet = await run();
    const toMs = Date.now();
    for (let i = 0; i < 1_000; i += 1) {
      const told = {
        ...{ isolate: `isolate-${i}`, seq: 1, fromMs: toMs - 20_000, toMs: toMs - (i % 90) * 1_000 },
        ...{
          counts: { 'requests|kpi|hit': 2, redis_price: 0.5 },
          histograms: { 'origin_duration|kpi': [3, 2, 1] },
        },
        ...{ tops: { tags: [['acme:t', 1, 1, 0, 0]], tenants: [], missed: [] }, seen: [] },
      };
      await command(gateway, 'XADD', metrics.told(), '*', 'd', JSON.stringify(told));
    }
    const busy = await run();
    expect(busy - quiet).toBeLessThanOrEqual(10 * 3);
    const [totals] = (await command(gateway, 'MGET', metrics.totals())) as [string];
    expect(JSON.parse(totals)).toMatchObject({
      c: { requests: { kpi: { hit: 2_000 } }, redis_price: 500 },
      h: { origin_duration: { kpi: [3_000, 2, 1_000] } },
    });
    expect(await command(gateway, 'XLEN', metrics.told())).toBe(0);
  });

  async function run(): Promise<number> {
    gateway.resetCounts();
    await edge.scheduled();
    return gateway.counts().commands;
  }
});
