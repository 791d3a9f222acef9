import { beforeEach, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { readKept } from '../../src/figures/kept.ts';
import { type Metrics, StoreError } from '../../src/store/port.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { aClass, type TestEdge, world } from '../support/worker/world.ts';

type Verb = keyof Metrics;
type Call = (ask: never) => Promise<unknown>;

/** What becomes of the next call of a verb, instead. */
const fates: Record<string, (call: () => Promise<unknown>) => Promise<unknown>> = {
  'its reply is lost': async (call) => {
    await call();
    throw new StoreError('timeout');
  },
  'Redis is not reached': async () => {
    throw new StoreError('unreachable');
  },
  'another cron has settled': async () => false,
};

/** An isolate that answers, and others that run nothing but the cron; all tell what they count. */
async function scene() {
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const made = world([aClass()], { settings, bounds: { flushRequests: bounds.flushRequests } });
  const turns = async () => {
    for (let turn = 0; turn < 25; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return {
    ...made,
    /** With what it has asked of figures since it began. */
    newCron() {
      const edge = made.anotherEdge();
      const calls: Verb[] = [];
      const fate: { verb?: Verb; how?: keyof typeof fates } = {};
      const { metrics } = edge.redis;
      const watched = new Proxy(metrics, {
        get: (of, verb: Verb) => (ask: never) => {
          calls.push(verb);
          const call = () => (of[verb] as Call)(ask);
          if (fate.verb !== verb) return call();
          delete fate.verb;
          return fates[fate.how!]!(call);
        },
      });
      Object.assign(edge.redis, { metrics: watched });
      const crons = worker(edge.app);
      const run = async () => {
        made.clock.advance(60_000);
        const running = edge.cron(crons);
        await turns();
        await running;
      };
      return { edge, calls, fate, run };
    },
    /** One request of the isolate that answers, and its counts told. */
    async told() {
      await made.edge.ask('/-/health', { as: null });
      made.clock.advance(bounds.flushAfterMs);
      await turns();
    },
    async purge() {
      const body = JSON.stringify({ tenant: 'acme', tags: ['report:r1'] });
      const answer = await made.edge.ask('/-/purge', asAdmin('purge', { method: 'POST', body }));
      expect(answer.status).toBeLessThan(300);
    },
    totals: async () => (await readKept(made.anotherEdge().context, [])).totals.figures.counts,
  };
}

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
});

/** What is in the totals, and what the isolate has yet to tell. */
async function settledOf({ edge }: { edge: TestEdge }, key: string): Promise<number> {
  const { counts } = edge.isolate.meter.take();
  return ((await it.totals()).get(key) ?? 0) + (counts.get(key) ?? 0);
}

test.each(['idle', 'told by others'])(
  '%s: what the cron asks of Redis is in the figures, by no command more',
  async (what) => {
    const cron = it.newCron();
    for (let minute = 0; minute < 11; minute += 1) {
      if (what !== 'idle') await it.told();
      await cron.run();
      // Once it looks whether totals were lost: nobody has settled before.
      const asked = minute === 0 ? ['told', 'read', 'read', 'settle'] : ['told', 'read', 'settle'];
      expect(cron.calls.splice(0).filter((verb) => verb !== 'memory')).toEqual(asked);
    }
    const totals = await it.totals();
    expect(totals.get('redis_commands|told')).toBeGreaterThanOrEqual(10);
    expect(totals.get('redis_commands|due')).toBeGreaterThanOrEqual(10);
    expect(totals.get('redis_price')).toBeGreaterThan(0);
    expect(await settledOf(cron, 'redis_commands|told')).toBe(11);
  },
);

test.each(Object.keys(fates))('once, when of a step that settles %s', async (how) => {
  const cron = it.newCron();
  for (let minute = 1; minute <= 9; minute += 1) {
    await it.told();
    if (minute === 4 || minute === 5 || minute === 8) Object.assign(cron.fate, { verb: 'settle', how });
    await cron.run();
  }
  const { length } = cron.calls.filter((verb) => verb === 'told');
  expect((await it.totals()).get('requests|-|bypass')).toBe(9);
  expect(await settledOf(cron, 'redis_commands|told')).toBe(length);
});

test('once, when the document before it is not among what Redis shows', async () => {
  const cron = it.newCron();
  await it.told();
  await cron.run();
  // As a replica that lags behind: it was told, and is not seen.
  for (let i = 0; i < 3; i += 1) await cron.edge.ask('/-/health', { as: null });
  it.clock.advance(bounds.flushAfterMs);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
  const { told } = it.store.metrics;
  Object.assign(it.store.metrics, { told: async () => [] });
  for (let minute = 0; minute < 6; minute += 1) await cron.run();
  Object.assign(it.store.metrics, { told });
  for (let minute = 0; minute < 6; minute += 1) await cron.run();
  expect((await it.totals()).get('requests|-|bypass')).toBe(4);
});

test('what a sweep has done, and what was noted, is told though the isolate does not live on', async () => {
  await it.purge();
  it.clock.advance(bounds.stuckMs);
  const gone = it.newCron();
  await gone.run();
  expect(gone.edge.log.at(-1)).toMatchObject({ event: 'cron', purges: { looked: 1, verified: 1 } });
  await it.newCron().run();
  expect((await it.totals()).get('purges|verified')).toBe(1);
});

test('notes of the cron are counted as those of requests', async () => {
  const gone = it.newCron();
  Object.assign(gone.fate, { verb: 'told', how: 'Redis is not reached' });
  await gone.run();
  expect(gone.edge.notes).toEqual(['redis-unreachable']);
  await it.newCron().run();
  expect((await it.totals()).get('notes|redis-unreachable')).toBe(1);
});
