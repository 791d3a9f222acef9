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
    edge = await startEdge({ script: await bundle('test/scenarios/support/told-entry.ts', []), bindings });
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

  it('are, when nothing happens, those that docs/operations.md adds up: in each of ten minutes', async () => {
    const runs = [];
    for (let minute = 0; minute < 24; minute += 1) {
      await fetch(`${edge.url}/__advance?ms=60000`);
      gateway.resetCounts();
      await command(gateway, 'CONFIG', 'RESETSTAT');
      await edge.scheduled();
      const { CONFIG, INFO = 0, ...others } = gateway.counts().byCommand;
      expect(CONFIG).toBe(1);
      const sent = Object.values(others).reduce((sum, n) => sum + n, 0);
      runs.push({ sent: sent + INFO, inside: (await commandsInside()) - sent });
    }
    expect(runs.every(({ sent }) => sent <= 6)).toBe(true);
    // From here on canary purges are judged, and their counts written now and then.
    const tenMinutes = runs.slice(-10);
    const sumOf = (of: 'sent' | 'inside') => tenMinutes.reduce((sum, it) => sum + it[of], 0);
    expect([sumOf('sent'), sumOf('inside')]).toEqual([42, 54]);
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
      c: { requests: { kpi: { hit: 2_000 } }, redis_price: expect.closeTo(500, 2) },
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
