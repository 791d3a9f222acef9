import { beforeEach, expect, test } from 'vitest';
import { readKept } from '../../src/figures/kept.ts';
import { readState } from '../../src/figures/read.ts';
import { rollUp } from '../../src/jobs/roll-up.ts';
import {
  type AlertsPart,
  type CanaryPart,
  noParts,
  type RolloutPart,
  type TickParts,
} from '../../src/jobs/tick-parts.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { Names } from '../../src/store/names.ts';
import { cronContext, flushed } from '../support/worker/told.ts';

const names = new Names('').metrics;
const counted = (n: number) => ({ counts: new Map([['canary', n]]), histograms: new Map() });
const none = { counts: new Map(), histograms: new Map() };

function scene() {
  const clock = { nowMs: Date.UTC(2026, 2, 1) };
  const { metrics } = createMemoryStore({ now: () => clock.nowMs });
  const context = (bounds = {}) => cronContext({ metrics, now: () => clock.nowMs, bounds });
  const delivered: string[] = [];
  /** Each counts its runs in its state. */
  const canary: CanaryPart = {
    purge: (state) => ({
      state: { ...(state as object), purged: true },
      values: [{ keys: ['gen:canary'], value: 'x', lifeMs: 60_000 }],
    }),
    step: (state, { told }) => ({
      state: { ...(state as object), told: told.length },
      counted: counted(told.length),
    }),
  };
  const alerts: AlertsPart = {
    step: (state, { totals, gauges }) => ({
      state: { runs: ((state as { runs?: number } | undefined)?.runs ?? 0) + 1 },
      logged: { sum: totals.counts.get('redis_requests') ?? 0, memory: gauges.redis_memory_limit },
      deliver: async () => {
        delivered.push('sent');
        return { runs: 'sent' };
      },
    }),
  };
  return {
    ...{ clock, metrics, context, delivered, canary, alerts },
    async tell(n: number) {
      for (let i = 0; i < n; i += 1) {
        clock.nowMs += 1;
        const told = flushed({
          isolate: `${clock.nowMs}`,
          seq: 1,
          toMs: clock.nowMs,
          counts: { redis_requests: 1 },
        });
        await metrics.tell({ stream: names.told(), text: JSON.stringify(told), most: 1_000 });
      }
    },
    async cron(parts: Partial<TickParts>, bounds = {}) {
      const it = context(bounds);
      const done = await rollUp(it, { ...noParts, ...parts });
      return { ...done, requests: it.notes.redisRequests, notes: [...it.notes.noted] };
    },
    state: async () => readState(context()),
    totals: async () => Object.fromEntries((await readKept(context(), [])).totals.figures.counts),
  };
}

let it: ReturnType<typeof scene>;
beforeEach(() => {
  it = scene();
});

test('What the canary counts is in the figures, what it purges and keeps in the step that settles them', async () => {
  await it.tell(2);
  await it.cron({ canary: it.canary });
  expect(await it.totals()).toEqual({ redis_requests: 2, canary: 2 });
  expect((await it.state())?.canary).toEqual({ purged: true, told: 2 });
  expect(await it.metrics.read(['gen:canary'])).toEqual(['x']);
});

test('The canary purges once a run, in however many rounds; alerts see the totals at the end of it', async () => {
  let purges = 0;
  const canary: CanaryPart = {
    ...it.canary,
    purge: (state, nowMs) => {
      purges += 1;
      return it.canary.purge(state, nowMs);
    },
  };
  await it.tell(7);
  const { alerts } = await it.cron({ canary, alerts: it.alerts, memoryLimitBytes: 42 }, { toldAtOnce: 3 });
  expect(purges).toBe(1);
  expect(alerts).toEqual({ sum: 7, memory: 42 });
  expect(it.delivered).toEqual(['sent']);
});

test('Alerts are sent once they are settled; what was taken is kept, with one command more', async () => {
  await it.cron({ alerts: it.alerts });
  expect((await it.state())?.alerts).toEqual({ runs: 'sent' });
  const quiet: AlertsPart = {
    step: (state, input) => ({ ...it.alerts.step(state, input), deliver: async () => null }),
  };
  const first = (await it.cron({ alerts: it.alerts })).requests;
  expect((await it.cron({ alerts: quiet })).requests).toBe(first - 1);
});

test('Whoever was overtaken sends nothing', async () => {
  const { settle } = it.metrics;
  const late = { ...it.metrics };
  Object.assign(late, {
    settle: async (settlement: Parameters<typeof settle>[0]) => {
      await it.cron({});
      return settle(settlement);
    },
  });
  const context = cronContext({ metrics: late, now: () => it.clock.nowMs });
  await rollUp(context, { ...noParts, alerts: it.alerts });
  expect(it.delivered).toEqual([]);
  expect((await it.state())?.alerts).toBeUndefined();
});

/** Keeps how much it was told. */
const counting: RolloutPart = {
  count: (state, { told }) => ({
    state: { told: ((state as { told?: number } | undefined)?.told ?? 0) + told.length },
    isUnreadable: false,
  }),
  act: async (_, state) => ({ state: { ...(state as object), acted: true } }),
};

test('A roll-out is told of each document once, and acts once a run, in however many rounds, before alerts look', async () => {
  await it.tell(7);
  let looked: unknown;
  const alerts: AlertsPart = {
    step: (state, input) => {
      looked = input.rollout;
      return it.alerts.step(state, input);
    },
  };
  let acts = 0;
  const rollout: RolloutPart = {
    ...counting,
    act: (...given) => {
      acts += 1;
      return counting.act(...given);
    },
  };
  await it.cron({ rollout, alerts }, { toldAtOnce: 3 });
  expect(acts).toBe(1);
  expect(looked).toEqual({ told: 7, acted: true });
  expect((await it.state())?.rollout).toEqual({ told: 7, acted: true });
});

const fault = () => {
  throw new Error('a fault');
};
test.each<[string, (of: ReturnType<typeof scene>) => Partial<TickParts>, object]>([
  [
    'the canary’s purge',
    ({ canary, alerts }) => ({ canary: { ...canary, purge: fault }, alerts }),
    { alerts: { runs: 'sent' } },
  ],
  [
    'the canary’s step',
    ({ canary, alerts }) => ({ canary: { ...canary, step: fault }, alerts }),
    { alerts: { runs: 'sent' } },
  ],
  [
    'the alerts’ step',
    ({ canary }) => ({ canary, alerts: { step: fault } }),
    { canary: { purged: true, told: 1 } },
  ],
  [
    'their delivery',
    ({ canary, alerts }) => ({
      canary,
      alerts: { step: (state, input) => ({ ...alerts.step(state, input), deliver: async () => fault() }) },
    }),
    { canary: { purged: true, told: 1 }, alerts: { runs: 1 } },
  ],
  [
    'the roll-out’s count',
    ({ canary, alerts }) => ({ canary, alerts, rollout: { ...counting, count: fault } }),
    { canary: { purged: true, told: 1 }, alerts: { runs: 'sent' } },
  ],
  [
    'what it does',
    ({ canary, alerts }) => ({ canary, alerts, rollout: { ...counting, act: fault } }),
    { canary: { purged: true, told: 1 }, alerts: { runs: 'sent' }, rollout: { told: 1 } },
  ],
])('Where %s fails, all else goes on', async (_, parts, kept) => {
  await it.tell(1);
  expect(await it.cron(parts(it))).toMatchObject({ told: 1, notes: ['internal'] });
  expect((await it.totals())['redis_requests']).toBe(1);
  expect(await it.state()).toMatchObject(kept);
});

test('A canary that counts nothing writes no figures', async () => {
  const canary: CanaryPart = { ...it.canary, step: (state) => ({ state, counted: none }) };
  await it.cron({ canary });
  it.clock.nowMs += 60_000;
  await it.cron({ canary });
  const minute = it.clock.nowMs - (it.clock.nowMs % 60_000);
  expect(await it.metrics.read([names.minute(minute)])).toEqual([null]);
});
