import { expect, it } from 'vitest';
import * as z from 'zod';
import { startGateway } from '../../dev/redis/gateway.ts';
import { bounds } from '../../src/bounds.ts';
import { cached, dataClass, defineStrategy, edge, path } from '../../src/index.ts';
import { describeWithRedis, freshNamespace, type TestRedis } from '../support/redis.ts';

// workerd has it, and Node will.
Object.assign(Uint8Array.prototype, {
  toBase64(this: Uint8Array) {
    return Buffer.from(this).toString('base64url');
  },
});

const page = dataClass({
  name: 'page',
  version: 1,
  scope: 'public',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'public',
  tags: ['page:{id}'],
  read: 'read-through',
  origin: '/page/{id}',
  cacheControl: 'no-cache',
  ttl: '1h',
  rationale: 'told',
});

/** One isolate over Redis, on a clock that stands still until the test moves it. */
async function isolateOver({ redisUrl }: Pick<TestRedis, 'redisUrl'>, METRICS_FLUSH = 'on') {
  const gateway = await startGateway({ redisUrl });
  let nowMs = 1_800_000_000_000;
  const asleep = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  const clock = {
    now: () => nowMs,
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const sleeper = { dueMs: nowMs + ms, wake: resolve };
      asleep.add(sleeper);
      signal?.addEventListener('abort', resolve as () => void);
      await promise;
      asleep.delete(sleeper);
    },
  };
  const app = edge(defineStrategy({ classes: [page] }), {
    clock,
    // The time that a busy machine takes is not the subject.
    bounds: { ...bounds, redisReadMs: 10_000, redisWriteMs: 10_000 },
    fetch: async () => new Response('a page'),
    log: () => {},
  });
  app.get('/page/:id', cached(page, { params: { id: path('id') } }));
  const env = {
    ORIGIN_URL: 'https://origin.test',
    ORIGIN_SECRET: 'only-for-these-scenarios',
    API_KEYS: '{}',
    NAMESPACE: freshNamespace(),
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: gateway.token,
    METRICS_FLUSH,
  };
  const background = new Set<Promise<unknown>>();
  let asleepAtMost = 0;
  const context = {
    waitUntil(work: Promise<unknown>) {
      const watched: Promise<unknown> = work.finally(() => background.delete(watched));
      background.add(watched);
    },
    passThroughOnException() {},
    props: {},
  };
  /** Whoever does not sleep has ended. */
  async function settled(): Promise<void> {
    do await new Promise((done) => setTimeout(done, 2));
    while (background.size > asleep.size);
  }
  return {
    async asks(count: number) {
      for (let i = 0; i < count; i += 1) {
        const request = new Request('https://edge.test/page/a');
        const answer = await app.fetch(request, env, context as never);
        expect(await answer.text()).toBe('a page');
      }
      asleepAtMost = Math.max(asleepAtMost, asleep.size);
    },
    /** Time passes, and whatever is sent then has its answer. */
    async passes(ms: number) {
      nowMs += ms;
      for (const sleeper of asleep) if (sleeper.dueMs <= nowMs) sleeper.wake();
      await settled();
    },
    settled,
    told: () => gateway.counts().byCommand['XADD'] ?? 0,
    commands: () => gateway.counts().commands,
    waiting: () => asleepAtMost,
    stop: () => gateway.close(),
  };
}

describeWithRedis('what telling costs, as Redis sees it', (redis) => {
  async function told(
    scenario: (isolate: Awaited<ReturnType<typeof isolateOver>>) => Promise<void>,
    flush?: string,
  ): Promise<void> {
    const isolate = await isolateOver(redis, flush);
    try {
      await scenario(isolate);
    } finally {
      await isolate.stop();
    }
  }

  it('busy: one command for 100 requests', () =>
    told(async ({ asks, passes, settled, told }) => {
      for (let second = 0; second < 50; second += 1) {
        await asks(40);
        await settled();
        // So that those who wait have their turn too: 40 in a second.
        await passes(1_000);
      }
      expect(told()).toBeLessThanOrEqual(20);
      expect(told()).toBeGreaterThanOrEqual(19);
    }));

  it('quiet: one in 20 s, and one request waits at a time', () =>
    told(async ({ asks, passes, told, waiting }) => {
      for (let second = 0; second < 200; second += 1) {
        await asks(1);
        await passes(1_000);
      }
      expect(told()).toBeLessThanOrEqual(10);
      expect(told()).toBeGreaterThanOrEqual(9);
      expect(waiting()).toBe(1);
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

  it('switched off: none', () =>
    told(async ({ asks, passes, told, waiting }) => {
      await asks(300);
      await passes(60_000);
      expect([told(), waiting()]).toEqual([0, 0]);
    }, 'off'));
});
