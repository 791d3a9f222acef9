import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { StoreError, type StoreFailure } from '../../src/store/port.ts';
import {
  alertmanagerV4,
  alertSecret,
  badMinute as bad,
  fineMinute as fine,
  inShort,
  noAlerts,
  hitRateAlone as only,
  slackUrl,
  watchedWorld,
  webhook,
} from '../alerts/support/watched-world.ts';
import type { TestEdge } from '../support/worker/world.ts';

/** Alerts are kept in Redis: that it is gone is told by what the cron posts itself. */

afterEach(() => void vi.useRealTimers());

const hook = 'POST /hook?key=only-we-know';
const slack = 'POST /services/T0/B0/only-we-know';
const firing = 'StillfreshNotRolledUp firing';
const resolved = 'StillfreshNotRolledUp resolved';

const macrotask = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A deployment that has run for five minutes. `took`: what receivers were posted directly, and took. */
async function scene(more: Parameters<typeof watchedWorld>[0] = {}) {
  const it = await watchedWorld({ alerts: only, ...more });
  const took: { id: string | null; atMs: number; said: string; body: string }[] = [];
  const isDown = { webhook: false };
  it.origin.on(hook, async (request) => {
    if (isDown.webhook) return new Response(null, { status: 503 });
    const body = await request.text();
    const id = request.headers.get('webhook-id');
    took.push({ id, atMs: it.clock.now(), said: inShort(body), body });
    return new Response(null, { status: 204 });
  });
  const { metrics } = it.store;
  const [told, settle] = [metrics.told, metrics.settle];
  await it.minutes(5, fine);
  return {
    ...{ it, took, isDown },
    said: () => took.map(({ said }) => said),
    /** Redis does not answer, or refuses what is written. */
    gone(kind: StoreFailure = 'unreachable') {
      const fails = () => Promise.reject(new StoreError(kind));
      Object.assign(metrics, kind === 'no-room' ? { settle: fails } : { told: fails });
    },
    back: () => void Object.assign(metrics, { told, settle }),
    /** Ticks a minute apart, of which each ends before the next. */
    async ticks(count: number, edge: TestEdge = it.edge) {
      for (let i = 0; i < count; i += 1) {
        it.clock.advance(60_000);
        await it.cron(edge);
      }
    },
  };
}

describe('while Redis is gone', () => {
  test('one message is posted, as an alert is, and says what it means and what to do', async () => {
    const { it, took, said, gone, ticks } = await scene({ settings: { ...webhook, NAMESPACE: 'staging' } });
    gone();
    await ticks(7);
    expect(said()).toEqual([firing]);
    expect(it.queue.handedOver).toEqual([]);
    const payload = alertmanagerV4.parse(JSON.parse(took[0]!.body));
    expect(payload).toMatchObject({
      status: 'firing',
      groupLabels: { alertname: 'StillfreshNotRolledUp' },
      commonLabels: { severity: 'critical', namespace: 'staging' },
      commonAnnotations: {
        summary: 'not-rolled-up: the cron cannot settle anything',
        see: 'docs/operations.md#not-rolled-up',
      },
    });
    expect(payload.commonAnnotations['description']).toMatch(/Look at Redis \(redis-unreachable\): .*\?$/);
    expect(it.logs).toContainEqual(
      expect.objectContaining({
        event: 'cron',
        level: 'error',
        notes: expect.arrayContaining(['alert-direct']),
      }),
    );
    const { headers, body } = { headers: it.origin.requests.at(-1)!.headers, body: took[0]!.body };
    vi.useFakeTimers({ now: it.clock.now(), toFake: ['Date'] });
    expect(() => new Webhook(alertSecret).verify(body, Object.fromEntries(headers))).toThrow(/old/);
    vi.setSystemTime(Number(headers.get('webhook-timestamp')) * 1000);
    expect(new Webhook(alertSecret).verify(body, Object.fromEntries(headers))).toEqual(payload);
  });

  test('for less than 3 min nobody is told', async () => {
    const { it, said, gone, back } = await scene();
    gone();
    it.clock.advance(60_000);
    const ticking = it.edge.cron(worker(it.edge.app));
    for (let ms = bounds.outageLookMs; ms <= bounds.outageMs; ms += bounds.outageLookMs) {
      await it.clock.asleep(1, bounds.outageLookMs);
      if (ms === bounds.outageMs) back();
      it.clock.advance(bounds.outageLookMs);
    }
    await ticking;
    expect(it.edge.log.at(-1)).toMatchObject({
      figures: { told: 0 },
      redis_ms: 0,
      notes: ['redis-unreachable'],
    });
    expect(said()).toEqual([]);
  });

  test('it is told anew each quarter of an hour, under another id', async () => {
    const { took, said, gone, ticks } = await scene();
    gone();
    await ticks(46);
    expect(said().length).toBeGreaterThanOrEqual(3);
    const apart = took.map(({ atMs }, i) => atMs - (took[i - 1]?.atMs ?? Number.NEGATIVE_INFINITY));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(bounds.outageAgainMs);
    expect(Math.max(...apart.slice(1))).toBeLessThan(bounds.outageAgainMs + bounds.outageMs + 120_000);
    expect(new Set(took.map(({ id }) => id)).size).toBe(took.length);
  });

  test('two isolates, or one after a restart, say it under one id, by which a receiver drops the second', async () => {
    const { it, took, gone } = await scene();
    it.clock.advance(bounds.outageAgainMs - (it.clock.now() % bounds.outageAgainMs));
    gone();
    await it.cron(it.again(only));
    await it.cron(it.again(only));
    expect(took).toHaveLength(2);
    expect(new Set(took.map(({ id }) => id)).size).toBe(1);
  });

  test('a receiver that is down is tried again, and told once when it is up', async () => {
    const { it, said, isDown, gone, ticks } = await scene();
    gone();
    isDown.webhook = true;
    await ticks(1);
    expect(it.logs.at(-1)).toMatchObject({ notes: expect.arrayContaining(['alert-unsent']) });
    await ticks(2);
    // By each run once, however many there are at a time.
    expect(it.origin.count(hook)).toBe(3);
    isDown.webhook = false;
    await ticks(3);
    expect(said()).toEqual([firing]);
  });

  test('a receiver that never answers holds the cron no longer than one of an alert', async () => {
    const { it, gone } = await scene();
    gone();
    const held = it.origin.hold(hook);
    const ticking = it.cron();
    await held.arrived();
    await it.clock.asleep(1, bounds.alertMs);
    it.clock.advance(bounds.alertMs);
    await ticking;
    expect(it.edge.log.at(-1)).toMatchObject({ notes: expect.arrayContaining(['alert-unsent']) });
  });

  test('two runs at once in one isolate tell it once', async () => {
    const { it, gone } = await scene();
    gone();
    const held = it.origin.hold(hook);
    const ticking = [it.edge.cron(worker(it.edge.app)), it.edge.cron(worker(it.edge.app))];
    for (let ms = 0; ms < bounds.outageMs; ms += bounds.outageLookMs) {
      await it.clock.asleep(2, bounds.outageLookMs);
      it.clock.advance(bounds.outageLookMs);
    }
    await held.arrived();
    await macrotask();
    held.answer(() => new Response(null, { status: 204 }));
    await Promise.all(ticking);
    expect(it.origin.count(hook)).toBe(1);
  });

  test('Slack is told too, and of the two only the one that was down is tried again', async () => {
    const { it, said, isDown, gone, ticks } = await scene({
      settings: { ...webhook, ALERT_SLACK_URL: slackUrl },
    });
    it.origin.on(slack, () => new Response('ok'));
    gone();
    isDown.webhook = true;
    await ticks(1);
    isDown.webhook = false;
    await ticks(2);
    expect(it.origin.count(slack)).toBe(1);
    expect(said()).toEqual([firing]);
    const posted = await it.origin.requests.find(({ url }) => url === slackUrl)!.text();
    expect(JSON.parse(posted).text).toBe('🔴 Firing: not-rolled-up: the cron cannot settle anything');
    for (const secret of ['only-we-know', alertSecret.slice(6)])
      expect(JSON.stringify(it.logs)).not.toContain(secret);
  });

  test('where nobody is to be told the cron does not look again', async () => {
    const { it, gone } = await scene({ hasReceivers: false });
    gone();
    await it.edge.cron(worker(it.edge.app));
    expect(it.edge.log.at(-1)).toMatchObject({ event: 'cron', level: 'error' });
  });
});

describe('once Redis is back', () => {
  test('the end is told once, by the queue, and closes what was opened', async () => {
    const { it, took, gone, back, ticks } = await scene();
    gone();
    await ticks(1);
    back();
    await it.minutes(20, fine);
    expect(it.told()).toEqual([resolved]);
    const [opened] = JSON.parse(took[0]!.body).alerts;
    const [ended] = JSON.parse([...it.queue.posts.values()][0]!.body).alerts;
    for (const field of ['labels', 'fingerprint', 'startsAt']) expect(ended[field]).toEqual(opened[field]);
    expect(Date.parse(ended.endsAt)).toBeGreaterThan(Date.parse(ended.startsAt));
  });

  test('by another isolate than the one that told, which is gone: it sees the gap', async () => {
    const { it, said, gone, back, ticks } = await scene();
    gone();
    await ticks(3, it.again(only));
    back();
    await it.minutes(5, fine, it.again(only));
    await it.minutes(10, fine);
    expect([...said(), ...it.told()]).toEqual([firing, resolved]);
  });

  test.each([1, 2, 5])(
    'where the cron runs each %i minutes, and the run that told was killed at once',
    async (minutes) => {
      const { it, said, gone, back } = await scene();
      const every = async (edge: TestEdge) => {
        it.clock.advance(minutes * 60_000);
        await it.cron(edge);
      };
      for (let i = 0; i < 6; i += 1) await every(it.edge);
      const before = it.told().length;
      const { sleep } = it.clock;
      let isKilled = false;
      Object.assign(it.clock, {
        sleep: (ms: number, signal?: AbortSignal) => {
          isKilled ||= ms === bounds.outageLookMs && said().length > 0;
          return isKilled ? new Promise(() => {}) : sleep(ms, signal);
        },
      });
      gone();
      const killed = it.again(only);
      it.clock.advance(minutes * 60_000);
      const began = it.clock.now();
      void killed.cron(worker(killed.app));
      while (said().length === 0) {
        await Promise.race([it.clock.asleep(1, bounds.outageLookMs), macrotask()]);
        if (said().length === 0) it.clock.advance(bounds.outageLookMs);
      }
      await macrotask();
      Object.assign(it.clock, { sleep });
      back();
      const next = minutes * 60_000 * Math.ceil((it.clock.now() - began + 1) / (minutes * 60_000));
      it.clock.advance(began + next - it.clock.now());
      await it.cron(it.again(only));
      await every(it.again(only));
      expect(it.told().slice(before)).toEqual([resolved]);
    },
  );

  test('of what was posted while another told the end already, which may have come first', async () => {
    const { it, gone, back, ticks } = await scene();
    const other = it.again(only);
    gone();
    const held = it.origin.hold(hook);
    const ticking = it.cron();
    await held.arrived();
    back();
    it.clock.advance(1_000);
    await other.cron(worker(other.app));
    const before = it.told().length;
    it.clock.advance(1_000);
    held.answer(() => new Response(null, { status: 204 }));
    await ticking;
    await ticks(4);
    expect(it.told().slice(before)).toEqual([resolved]);
  });

  test('of a later one too, which this isolate met before it knew that the first was over', async () => {
    const { it, said, gone, back, ticks } = await scene();
    const other = it.again(only);
    gone();
    await ticks(1);
    back();
    await it.minutes(20, fine, other);
    gone();
    it.clock.advance(60_000);
    const ticking = it.edge.cron(worker(it.edge.app));
    await it.clock.asleep(1, bounds.outageLookMs);
    back();
    // Too short to be told, since other isolates will see no gap.
    it.clock.advance(bounds.outageLookMs);
    await ticking;
    expect(said()).toEqual([firing]);
  });

  test('though a clock that was a day ahead has told the end of an earlier one', async () => {
    const { it, gone, back, ticks } = await scene();
    const { names } = it.edge.isolate;
    const keys = [names.metrics.version(), names.metrics.state()];
    const [expected = null, text] = await it.store.metrics.read(keys);
    const kept = JSON.parse(text!);
    kept.alerts.outageEndedMs = it.clock.now() + 24 * 3_600_000;
    // Nothing that shows a gap.
    kept.alerts.history = { atMs: [], sums: {} };
    await it.store.metrics.settle({
      version: { key: keys[0]!, expected, next: 'by a wrong clock' },
      values: [{ keys: [keys[1]!], value: JSON.stringify(kept), lifeMs: null }],
      told: null,
    });
    gone();
    await ticks(1);
    back();
    await it.minutes(5, fine);
    expect(it.told()).toEqual([resolved]);
  });

  test('of one that this isolate alone has seen, by it: there is no gap', async () => {
    const { it, said, gone, back, ticks } = await scene();
    const alone = it.again(only);
    const { told } = it.store.metrics;
    gone();
    const ticking = alone.cron(worker(alone.app));
    for (let ms = 0; ms < bounds.outageMs; ms += bounds.outageLookMs) {
      await it.clock.asleep(1, bounds.outageLookMs);
      // Between two of its looks.
      back();
      it.clock.advance(bounds.outageLookMs / 2);
      await it.edge.cron(worker(it.edge.app));
      gone();
      it.clock.advance(bounds.outageLookMs / 2);
    }
    await ticking;
    expect(said()).toEqual([firing]);
    back();
    expect(it.store.metrics.told).toBe(told);
    await it.minutes(2, fine);
    expect(it.told()).toEqual([]);
    await ticks(2, alone);
    await it.minutes(5, fine);
    expect(it.told()).toEqual([resolved]);
  });

  test('is not forgotten by a tick that was already under way when it was told', async () => {
    const { it, gone, back, ticks } = await scene();
    const { metrics } = it.store;
    const settle = metrics.settle.bind(metrics);
    Object.assign(metrics, {
      // Read before the outage, and settled after it.
      settle: async (settlement: Parameters<typeof settle>[0]) => {
        Object.assign(metrics, { settle });
        gone();
        await it.cron();
        return settle(settlement);
      },
    });
    await it.edge.cron(worker(it.edge.app));
    back();
    await ticks(3);
    expect(it.told()).toEqual([resolved]);
  });

  test('both that told, and both that see the gap, tell its end once', async () => {
    const { it, gone, back, ticks } = await scene();
    const other = it.again(only);
    gone();
    await ticks(2);
    await ticks(2, other);
    back();
    it.clock.advance(60_000);
    await Promise.all([it.cron(), it.cron(other)]);
    await it.minutes(3, fine);
    await it.minutes(3, fine, other);
    expect(it.told()).toEqual([resolved]);
  });

  test('an end that cannot be settled at once, since the reply is lost, is told once', async () => {
    const { it, gone, back, ticks } = await scene();
    gone();
    await ticks(1);
    back();
    const { metrics } = it.store;
    const settle = metrics.settle.bind(metrics);
    Object.assign(metrics, {
      settle: async (settlement: Parameters<typeof settle>[0]) => {
        Object.assign(metrics, { settle });
        await settle(settlement);
        throw new StoreError('timeout');
      },
    });
    await it.minutes(10, fine);
    expect(it.told()).toEqual([resolved]);
  });

  test('what comes and goes is told once in a quarter of an hour', async () => {
    const { it, said, gone, back, ticks } = await scene();
    for (let i = 0; i < 2; i += 1) {
      gone();
      await ticks(1);
      back();
      await it.minutes(1, fine);
    }
    expect(said()).toEqual([firing]);
    expect(it.told()[0]).toBe(resolved);
  });

  test.each([
    ['each 5 minutes', Array.from({ length: 20 }, () => 300_000)],
    ['each minute, but for one now and then', [1, 1, 1, 2, 1, 2, 2, 1, 2, 1].map((n) => n * 60_000)],
    ['that has just begun', [600_000]],
  ])('a cron that runs %s ends nothing that nobody was told', async (_, waits) => {
    const it = await watchedWorld({ alerts: only });
    await it.cron();
    for (const ms of waits) {
      it.clock.advance(ms);
      await it.cron();
    }
    expect(it.told()).toEqual([]);
  });
});

describe('while Redis has no room', () => {
  test('what begins to fire is named, and is told as ever once there is room', async () => {
    const { it, took, gone, back } = await scene({
      alerts: { ...noAlerts, 'dead-purges': { keepFiring: 'none', noData: 'never' } },
    });
    await it.minutes(15);
    gone('no-room');
    await it.minutes(1, { counts: { 'purges|dead': 1 } });
    expect(took.map(({ said }) => said)).toEqual([firing]);
    const { description } = JSON.parse(took[0]!.body).commonAnnotations;
    expect(description).toMatch(/\(redis-no-room\): .* Firing besides: dead-purges\.$/);
    back();
    await it.minutes(3);
    expect(it.told()).toEqual([resolved, 'StillfreshDeadPurges firing']);
    await it.minutes(16);
    expect(it.told().at(-1)).toBe('StillfreshDeadPurges resolved');
  });

  test('what begins to fire later is told at once too, under another id, and once', async () => {
    const { it, took, gone } = await scene();
    await it.minutes(10, bad);
    gone('no-room');
    await it.minutes(9, bad);
    const named = took.map(({ body }) => /Firing besides: ([\w-]+)\./.exec(body)?.[1] ?? null);
    expect(named).toEqual([null, 'hit-rate']);
    expect(new Set(took.map(({ id }) => id)).size).toBe(2);
  });
});
