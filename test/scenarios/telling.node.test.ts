import { expect, it } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { startEdge } from '../../dev/edge.ts';
import { startGateway } from '../../dev/redis/gateway.ts';
import { describeWithRedis, freshNamespace } from '../support/redis.ts';
import { startScriptedOrigin } from './support/scripted-origin.ts';

interface Isolate {
  asks(count: number): Promise<void>;
  /** Time passes, and whatever is sent then has its answer. Gives how many requests ever waited at once to tell what was counted. */
  passes(ms: number): Promise<number>;
  /** As the gateway has seen them. */
  told(): number;
  commands(): number;
}

describeWithRedis('what telling costs, as Redis sees it', (redis) => {
  async function told(scenario: (isolate: Isolate) => Promise<void>, METRICS_FLUSH = 'on'): Promise<void> {
    const gateway = await startGateway({ redisUrl: redis.redisUrl });
    const origin = await startScriptedOrigin();
    origin.set('/page/a', 'a page');
    const edge = await startEdge({
      script: await bundle('test/scenarios/support/telling-entry.ts', []),
      bindings: {
        ORIGIN_URL: origin.url,
        ORIGIN_SECRET: 'only-for-these-scenarios',
        API_KEYS: '{}',
        NAMESPACE: freshNamespace(),
        UPSTASH_REDIS_REST_URL: gateway.url,
        UPSTASH_REDIS_REST_TOKEN: gateway.token,
        METRICS_FLUSH,
      },
    });
    try {
      await scenario({
        async asks(count) {
          for (let i = 0; i < count; i += 1) {
            const answer = await fetch(`${edge.url}/page/a`);
            expect(await answer.json()).toEqual({ value: 'a page' });
          }
        },
        passes: async (ms) => (await fetch(`${edge.url}/__passes?ms=${ms}`)).json() as Promise<number>,
        told: () => gateway.counts().byCommand['XADD'] ?? 0,
        commands: () => gateway.counts().commands,
      });
    } finally {
      await edge.stop();
      await gateway.close();
      await origin.close();
    }
  }

  it('busy: one command for 100 requests at most, and one in 5 s', () =>
    told(async ({ asks, passes, told }) => {
      for (let second = 0; second < 25; second += 1) {
        await asks(40);
        await passes(1_000);
      }
      expect(told()).toBeLessThanOrEqual(6);
      expect(told()).toBeGreaterThanOrEqual(4);
    }));

  it('quiet: one in 20 s, and one request waits at a time', () =>
    told(async ({ asks, passes, told }) => {
      let waiting = 0;
      for (let second = 0; second < 200; second += 1) {
        await asks(1);
        waiting = await passes(1_000);
      }
      expect(told()).toBeLessThanOrEqual(10);
      expect(told()).toBeGreaterThanOrEqual(9);
      expect(waiting).toBe(1);
    }));

  it('idle: none', () =>
    told(async ({ asks, passes, commands, told }) => {
      await asks(1);
      await passes(20_000);
      expect(told()).toBe(1);
      const before = commands();
      for (let minute = 0; minute < 60; minute += 1) await passes(60_000);
      expect(commands()).toBe(before);
    }));

  it('switched off: none, and nobody waits', () =>
    told(async ({ asks, passes, told }) => {
      await asks(300);
      expect(await passes(60_000)).toBe(0);
      expect(told()).toBe(0);
    }, 'off'));
});
