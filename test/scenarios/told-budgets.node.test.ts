import { expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { type Demo, startDemo } from './support/demo.ts';

const ann = { tenant: 'acme', user: 'ann' };
const LIST = 'GET /v1/invoices';

/** By which commands an isolate tells what it counted, and the cron adds it up: of the Worker that is deployed, counted at the gateway. */
describeWithRedis('what figures cost at Redis', (redis) => {
  async function inDemo(scenario: (demo: Demo) => Promise<void>): Promise<void> {
    const demo = await startDemo(redis, {
      isolates: 1,
      entry: 'told-entry.ts',
      bindings: { METRICS_FLUSH: 'on' },
    });
    try {
      await scenario(demo);
    } finally {
      await demo.stop();
    }
  }

  const tells = ({ gateway }: Demo) => gateway.counts().byCommand['XADD'] ?? 0;

  /** So many one after the other, `everyMs` apart by the isolate's clock. */
  async function asks(demo: Demo, count: number, everyMs = 0): Promise<void> {
    for (let i = 0; i < count; i++) {
      const { status } = await demo.ask(0, ann, LIST);
      expect(status).toBe(200);
      if (everyMs > 0) await passes(demo, everyMs);
    }
  }

  /** Never while a call is under way. */
  async function passes(demo: Demo, ms: number): Promise<void> {
    await demo.settled();
    await demo.advance(ms);
    await demo.settled();
  }

  it('an isolate that is busy tells at most once in 100 requests', () =>
    inDemo(async (demo) => {
      await asks(demo, 500);
      await passes(demo, 20_000);
      expect(tells(demo)).toBeLessThanOrEqual(5);
      expect(tells(demo)).toBeGreaterThan(0);
    }));

  it.each([
    ['a request in 2 s', 2_000, 60],
    ['one in 19 s', 19_000, 12],
    ['one in a minute', 60_000, 6],
  ])('one that is quiet, with %s, tells at most once in 20 s', (_, everyMs, count) =>
    inDemo(async (demo) => {
      await asks(demo, count, everyMs);
      await passes(demo, 60_000);
      expect(tells(demo)).toBeLessThanOrEqual(Math.ceil((count * everyMs) / 20_000));
      expect(tells(demo)).toBeLessThanOrEqual(count);
      expect(tells(demo)).toBeGreaterThan(0);
    }),
  );

  it('one that is idle sends nothing at all', () =>
    inDemo(async (demo) => {
      await asks(demo, 3);
      await passes(demo, 60_000);
      expect(tells(demo)).toBe(1);
      demo.gateway.resetCounts();
      for (let minute = 0; minute < 60; minute++) await passes(demo, 60_000);
      expect(demo.gateway.counts()).toMatchObject({ requests: 0, commands: 0 });
    }));

  it('a tick of the cron with nothing to do is at most 6 commands, in each of ten minutes', () =>
    inDemo(async (demo) => {
      await asks(demo, 3);
      await passes(demo, 60_000);
      for (const _ of ['what was told', 'what follows it']) await ticks(demo);
      for (let minute = 0; minute < 10; minute++) {
        await passes(demo, 60_000);
        const { commands, byCommand } = await ticks(demo);
        expect(commands, JSON.stringify(byCommand)).toBeLessThanOrEqual(6);
        expect(byCommand['XRANGE']).toBe(1);
      }
      expect(await demo.keys('*canary*'), 'the canary took part').not.toEqual([]);
    }));

  async function ticks(demo: Demo) {
    demo.gateway.resetCounts();
    await demo.cron(0);
    return demo.gateway.counts();
  }
});
