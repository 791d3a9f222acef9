import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { QueueError } from '../../src/queue/port.ts';
import { StoreError } from '../../src/store/port.ts';
import type { AlertDefinition } from '../../src/strategy/alert-types.ts';
import { defaultAlerts } from '../../src/strategy/default-alerts.ts';
import { histogramParts } from '../../src/telemetry/flush.ts';
import { bucketOf, newHistogram, observe } from '../../src/telemetry/histogram.ts';
import { reasons } from '../../src/telemetry/outcome.ts';
import {
  alertSecret,
  alertUrl,
  type Counted,
  inShort,
  noAlerts,
  slackUrl,
  watchedWorld,
  webhook,
} from '../alerts/support/watched-world.ts';

afterEach(() => void vi.useRealTimers());

const observed = (id: string, ms: number, n = 10): Counted => {
  const histogram = newHistogram();
  observe(histogram, bucketOf(ms), n);
  return { histograms: { [id]: histogramParts(histogram) } };
};
const requests = (counts: Readonly<Record<string, number>>): Counted => ({
  counts: Object.fromEntries(Object.entries(counts).map(([outcome, n]) => [`requests|report|${outcome}`, n])),
});

type World = Awaited<ReturnType<typeof watchedWorld>>;
interface Story {
  /** What makes it fire, in so many minutes; and what ends it, in as many. */
  readonly fault: Counted | ((it: World) => void);
  readonly good: Counted | ((it: World) => void);
  readonly fires: number;
  readonly ends: number;
}

/** Each default alert, from nothing to firing and back. */
const stories: Readonly<Record<keyof typeof defaultAlerts, Story>> = {
  'hit-rate': {
    fault: requests({ hit: 30, miss: 70 }),
    good: requests({ hit: 90, miss: 10 }),
    fires: 25,
    ends: 16,
  },
  'redis-memory': {
    fault: ({ memory }) => void Object.assign(memory, { usedBytes: 81 }),
    good: ({ memory }) => void Object.assign(memory, { usedBytes: 80 }),
    fires: 12,
    ends: 16,
  },
  'purge-delay': {
    fault: observed('purge_applied', 60_000),
    good: observed('purge_applied', 100),
    fires: 22,
    ends: 26,
  },
  'dead-purges': {
    fault: { counts: { 'purges|dead': 1 } },
    good: { counts: { 'purges|applied': 1 } },
    fires: 22,
    ends: 26,
  },
  'breaker-open': { fault: { counts: { 'breaker_changes|open': 1 } }, good: {}, fires: 12, ends: 21 },
  'stale-beyond-bound': {
    fault: { counts: { 'comparisons|report|stale': 1 } },
    good: { counts: { 'comparisons|report|equal': 1 } },
    fires: 62,
    ends: 71,
  },
  'missed-changes': {
    fault: { counts: { 'comparisons|report|differs': 1, 'comparisons|report|equal': 9 } },
    good: { counts: { 'comparisons|report|equal': 100 } },
    fires: 62,
    ends: 71,
  },
  'key-mismatch': {
    fault: { counts: { 'entry_faults|report|of-another-tenant': 1 } },
    good: { counts: { 'entry_faults|report|corrupt': 1 } },
    fires: 62,
    ends: 71,
  },
  // However much is refused or passed by beside it.
  'error-rate': {
    fault: requests({ error: 10, hit: 90, refused: 400, bypass: 900 }),
    good: requests({ hit: 100, refused: 400, bypass: 900 }),
    fires: 12,
    ends: 16,
  },
  'cost-per-hour': {
    fault: { counts: { redis_price: 0.05 } },
    good: { counts: { redis_price: 0.01 } },
    fires: 62,
    ends: 71,
  },
  canary: {
    fault: observed('purge_visible', 120_000),
    good: observed('purge_visible', 2_000),
    fires: 22,
    ends: 26,
  },
};

const hook = 'POST /hook?key=only-we-know';
const camel = (name: string) =>
  `Stillfresh${name.replace(/(?:^|-)(\w)/g, (_, c: string) => c.toUpperCase())}`;

describe('from nothing to firing and back, through the whole tick', () => {
  test.for(Object.entries(stories))('%s', async ([name, { fault, good, fires, ends }]) => {
    const others = Object.keys(defaultAlerts).filter((it) => it !== name);
    const it = await watchedWorld({ alerts: Object.fromEntries(others.map((other) => [other, false])) });
    const states: string[] = [];
    const pass = async (what: Story['fault'], count: number) => {
      if (typeof what === 'function') what(it);
      for (let i = 0; i < count; i += 1) {
        await it.minutes(1, typeof what === 'function' ? {} : what);
        const [row] = await it.rows();
        if (states.at(-1) !== row!.state) states.push(row!.state);
      }
    };
    await pass(fault, fires);
    expect(it.told()).toEqual([`${camel(name)} firing`]);
    await pass(good, ends);
    await pass(good, 3);
    expect(it.told()).toEqual([`${camel(name)} firing`, `${camel(name)} resolved`]);
    const isGauge = name === 'redis-memory';
    const hasFor = 'for' in defaultAlerts[name as keyof typeof defaultAlerts];
    expect(states).toEqual([
      ...(isGauge ? [] : ['no-data']),
      ...(hasFor ? ['pending'] : []),
      'firing',
      'inactive',
    ]);
    expect(it.queue.handedOver).toHaveLength(2);
    expect(it.logs).toContainEqual(
      expect.objectContaining({
        event: 'cron',
        figures: expect.objectContaining({ alerts: [expect.objectContaining({ name, is: 'firing' })] }),
      }),
    );
  });
});

const bad = requests({ hit: 30, miss: 70 });
const fine = requests({ hit: 90, miss: 10 });
const only = {
  ...noAlerts,
  'hit-rate': { noData: '20m' as const, keepFiring: 'none' as const },
};
const hitRate = (more: Partial<Parameters<typeof watchedWorld>[0]> = {}) =>
  watchedWorld({ alerts: only, ...more });

describe('what receivers get', () => {
  test('is what Alertmanager posts, signed as Standard Webhooks says: the official library verifies it', async () => {
    const it = await hitRate({ settings: { NAMESPACE: 'staging', PUBLIC_URL: 'https://edge.test' } });
    await it.minutes(25, bad);
    const [post] = [...it.queue.posts.values()];
    expect(post!.url).toBe(alertUrl);
    expect(post!.headers['webhook-id']).toBe(post!.id);
    vi.useFakeTimers({ now: it.clock.now(), toFake: ['Date'] });
    const verified = new Webhook(alertSecret).verify(post!.body, { ...post!.headers });
    expect(verified).toMatchObject({
      version: '4',
      status: 'firing',
      groupLabels: { alertname: 'StillfreshHitRate' },
      commonLabels: { alertname: 'StillfreshHitRate', severity: 'warning', namespace: 'staging' },
      commonAnnotations: { summary: 'hit-rate: 0.3 is below 0.65', see: 'docs/operations.md#hit-rate' },
      externalURL: 'https://edge.test',
    });
    expect(() => new Webhook(alertSecret).verify(`${post!.body} `, { ...post!.headers })).toThrow();
    await it.minutes(6, fine);
    const [first, second] = [...it.queue.posts.values()].map(({ body }) => JSON.parse(body).alerts[0]);
    expect(second).toMatchObject({
      status: 'resolved',
      startsAt: first.startsAt,
      fingerprint: first.fingerprint,
    });
    expect(first.endsAt).toBe('0001-01-01T00:00:00Z');
  });

  test('at Slack is Block Kit, in which nothing that was named is markup', async () => {
    const says = '<!channel> & <https://evil.test|click> *bold* `code`';
    const it = await hitRate({
      alerts: { ...only, 'hit-rate': { says, for: '1m' } },
      settings: { ALERT_SLACK_URL: slackUrl, NAMESPACE: '<!here>&' },
    });
    await it.minutes(8, bad);
    const [post] = [...it.queue.posts.values()];
    expect(post!.url).toBe(slackUrl);
    const { text, blocks } = JSON.parse(post!.body) as {
      text: string;
      blocks: { type: string; text: { type: string; text: string } }[];
    };
    expect(text).toContain('Firing: hit-rate: 0.3 is below 0.65');
    expect(post!.body).not.toMatch(/[<>]/);
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context']);
    expect(blocks[1]!.text).toMatchObject({
      type: 'plain_text',
      text: expect.stringContaining('&lt;!channel&gt; &amp; &lt;https'),
    });
    expect(blocks[0]!.text.text.length).toBeLessThanOrEqual(150);
  });

  test('goes to both where both are set, and one that fails does not send the other again', async () => {
    const it = await hitRate({ hasQueue: false, settings: { ALERT_SLACK_URL: slackUrl, ...webhook } });
    it.origin.on(hook, () => new Response('', { status: 500 }));
    it.origin.on('POST /services/T0/B0/only-we-know', () => new Response('ok'));
    await it.minutes(27, bad);
    expect(it.origin.count('POST /services/T0/B0/only-we-know')).toBe(1);
    expect(it.origin.count(hook)).toBeGreaterThan(2);
  });

  test('a receiver that takes it and then breaks its answer off has taken it, and so has the other', async () => {
    const it = await hitRate({ hasQueue: false, settings: { ALERT_SLACK_URL: slackUrl, ...webhook } });
    // As fetch gives a body whose connection has gone: neither read nor cancelled can it be.
    const broken = () => {
      const body = new ReadableStream({ start: (end) => end.error(new TypeError('connection lost')) });
      return new Response(body, { status: 200 });
    };
    it.origin.on(hook, broken);
    it.origin.on('POST /services/T0/B0/only-we-know', () => new Response('ok'));
    await it.minutes(27, bad);
    expect(it.origin.count(hook)).toBe(1);
    expect(it.origin.count('POST /services/T0/B0/only-we-know')).toBe(1);
  });
});

describe('no data', () => {
  test('is told once, when it has lasted, and so is its end', async () => {
    const it = await hitRate();
    await it.minutes(10, fine);
    await it.minutes(60);
    expect(it.told()).toEqual(['StillfreshHitRateNoData firing']);
    expect(await it.rows()).toMatchObject([{ name: 'hit-rate', state: 'no-data', value: null }]);
    await it.minutes(10, fine);
    expect(it.told()).toEqual(['StillfreshHitRateNoData firing', 'StillfreshHitRateNoData resolved']);
  });

  test('does not end what fires: that is told only when it is known', async () => {
    const it = await hitRate();
    await it.minutes(25, bad);
    await it.minutes(40);
    await it.minutes(6, fine);
    expect(it.told()).toEqual([
      'StillfreshHitRate firing',
      'StillfreshHitRateNoData firing',
      'StillfreshHitRate resolved, StillfreshHitRateNoData resolved',
    ]);
  });

  test('of an hour’s window is not told of a deployment that has just begun', async () => {
    const it = await watchedWorld({ alerts: { ...only, 'hit-rate': false, 'cost-per-hour': {} } });
    await it.minutes(80, { counts: { redis_price: 0.01 } });
    expect(it.told()).toEqual([]);
  });

  test('of Redis’ memory says what to set, and a setting mends it', async () => {
    const alerts = { ...only, 'hit-rate': false as const, 'redis-memory': {} };
    const it = await watchedWorld({ alerts });
    it.memory.limitBytes = null;
    await it.minutes(65);
    expect(it.told()).toEqual(['StillfreshRedisMemoryNoData firing']);
    const set = await watchedWorld({ alerts, settings: { REDIS_MEMORY_BYTES: '12' } });
    Object.assign(set.memory, { usedBytes: 10, limitBytes: null });
    await set.minutes(8);
    expect(await set.rows()).toMatchObject([{ state: 'firing', value: 10 / 12 }]);
  });
});

describe('none is lost', () => {
  test('while QStash is down: it stays, is seen at /-/alerts, and goes out when QStash is back', async () => {
    const it = await hitRate();
    it.queue.down = true;
    await it.minutes(25, bad);
    await it.minutes(6, fine);
    expect(it.told()).toEqual([]);
    expect(await it.rows()).toMatchObject([{ state: 'inactive', unsent: 2 }]);
    expect((await it.cron())['notes']).toEqual([]); // tried a moment ago
    await it.minutes(1, fine);
    expect(it.logs.at(-1)).toMatchObject({ level: 'warn', notes: ['alert-unsent'] });
    it.queue.down = false;
    await it.minutes(1, fine);
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
    await it.minutes(2, fine);
    expect(it.told()).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
    expect(await it.rows()).toMatchObject([{ unsent: 0 }]);
    const handedOver = it.queue.handedOver.length;
    await it.minutes(3, fine);
    expect(it.queue.handedOver.length).toBe(handedOver);
  });

  test('but is dropped, with a note, when it is a day old', async () => {
    const it = await hitRate();
    it.queue.down = true;
    await it.minutes(25, bad);
    it.clock.advance(bounds.alertUnsentMs);
    await it.minutes(1, bad);
    expect(it.logs.at(-1)).toMatchObject({
      // That nothing was rolled up for a day is over, and waits too.
      notes: ['alert-dropped', 'alert-unsent'],
    });
    expect(await it.rows()).toMatchObject([{ unsent: 0 }]);
  });

  test('nor sent without end where a receiver never answers: each try has a deadline', async () => {
    const it = await hitRate({ hasQueue: false });
    await it.minutes(20, bad);
    const held = it.origin.hold(hook);
    it.clock.advance(60_000);
    await it.tell(bad);
    const ticking = it.cron();
    await held.arrived();
    await it.clock.asleep(1, bounds.alertMs);
    it.clock.advance(bounds.alertMs);
    expect((await ticking)['notes']).toContain('alert-unsent');
  });
});

/** Between which two steps of a tick it is killed, and what must then happen again. */
describe('none comes twice after a restart', () => {
  const refuseSecondSettle = (it: World) => {
    const { metrics } = it.store;
    const settle = metrics.settle.bind(metrics);
    let n = 0;
    Object.assign(metrics, {
      settle: async (settlement: Parameters<typeof settle>[0]) => {
        n += 1;
        if (n === 2) throw new StoreError('unreachable');
        return settle(settlement);
      },
    });
    return () => void Object.assign(metrics, { settle });
  };
  /** One minute before it fires. */
  const brink = async () => {
    const it = await hitRate();
    await it.minutes(20, bad);
    expect(await it.rows()).toMatchObject([{ state: 'pending' }]);
    return it;
  };

  test('killed before the tick was settled: the next one finds it anew, and sends it once', async () => {
    const it = await brink();
    const { metrics } = it.store;
    const settle = metrics.settle.bind(metrics);
    const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
    Object.assign(metrics, {
      settle: () => {
        kill();
        return new Promise(() => {});
      },
    });
    it.clock.advance(60_000);
    await it.tell(bad);
    void it.cron();
    await killed;
    expect(it.queue.handedOver).toEqual([]);
    Object.assign(metrics, { settle });
    await it.minutes(2, bad, it.again(only));
    expect(it.queue.handedOver).toHaveLength(1);
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
  });

  test('killed after it was settled, before it was sent: it is sent by the next one', async () => {
    const it = await brink();
    const { post } = it.queue;
    it.queue.post = () => Promise.reject(new Error('killed'));
    await it.minutes(1, bad);
    it.queue.post = post;
    expect(it.told()).toEqual([]);
    await it.minutes(2, bad, it.again(only));
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
  });

  test('killed after it was sent, before that was settled: it is sent again under the same id, which QStash knows', async () => {
    const it = await brink();
    const mend = refuseSecondSettle(it);
    await it.minutes(1, bad);
    mend();
    expect(it.queue.handedOver).toHaveLength(1);
    await it.minutes(2, bad, it.again(only));
    expect(it.queue.handedOver).toHaveLength(2);
    expect(new Set(it.queue.handedOver).size).toBe(1);
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
  });

  test('a reply of QStash that is lost: the same', async () => {
    const it = await brink();
    const { post } = it.queue;
    it.queue.post = async (posts) => {
      await post.call(it.queue, posts);
      throw new QueueError('timeout');
    };
    await it.minutes(1, bad);
    it.queue.post = post;
    await it.minutes(2, bad, it.again(only));
    expect(it.queue.handedOver).toHaveLength(2);
    expect(new Set(it.queue.handedOver).size).toBe(1);
  });

  test('without a queue the receiver knows it by its webhook-id, each time signed anew', async () => {
    const it = await hitRate({ hasQueue: false });
    it.origin.on(hook, () => new Response(null, { status: 503 }));
    await it.minutes(22, bad);
    it.origin.on(hook, () => new Response(null, { status: 204 }));
    await it.minutes(2, bad, it.again(only));
    const sent = it.origin.requests.filter(({ url }) => url === alertUrl);
    expect(sent.map(({ headers }) => headers.get('webhook-id')).every((id, _, [first]) => id === first)).toBe(
      true,
    );
    expect(sent.length).toBe(3);
    expect(new Set(sent.map(({ headers }) => headers.get('webhook-signature'))).size).toBe(3);
    expect(inShort(await sent[0]!.text())).toBe('StillfreshHitRate firing');
  });

  test('two crons at once send it once', async () => {
    const it = await brink();
    it.clock.advance(60_000);
    await it.tell(bad);
    await Promise.all([it.cron(), it.cron(it.again(only))]);
    await it.cron();
    expect(it.queue.handedOver).toHaveLength(1);
  });

  test('a second cron, while the first is still sending, leaves it alone', async () => {
    const it = await brink();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const { promise: handedOver, resolve: handOver } = Promise.withResolvers<void>();
    const { post } = it.queue;
    it.queue.post = async (posts) => {
      handOver();
      await answered;
      return post.call(it.queue, posts);
    };
    it.clock.advance(60_000);
    await it.tell(bad);
    const first = it.cron();
    await handedOver;
    it.queue.post = post;
    it.clock.advance(bounds.alertAgainMs - 1);
    await it.cron(it.again(only));
    answer();
    await first;
    expect(it.queue.handedOver).toHaveLength(1);
  });

  test('ticks that come twice, late or not at all change nothing that was told', async () => {
    const it = await hitRate();
    for (let i = 0; i < 18; i += 1) {
      it.clock.advance(i % 3 === 0 ? 140_000 : 61_000);
      await it.tell(requests({ hit: 90, miss: 210 }));
      await it.cron();
      if (i % 2 === 0) await it.cron();
    }
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
  });
});

/** What receivers take is what they hold: `resolved` for what they never saw, or before it, would leave it open. */
describe('each alert and channel gets its messages in order, one at a time', () => {
  test('without a queue: an end waits until its beginning was taken', async () => {
    const it = await hitRate({ hasQueue: false });
    const took: string[] = [];
    it.origin.on(hook, async (request) => {
      const said = inShort(await request.text());
      if (it.clock.now() < openMs) return new Response(null, { status: 503 });
      took.push(said);
      return new Response(null, { status: 204 });
    });
    const openMs = it.clock.now() + 34 * 60_000;
    await it.minutes(25, bad);
    await it.minutes(12, fine);
    expect(took).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
  });

  test('with one: until QStash has delivered it, or given it up, after all its tries', async () => {
    const it = await hitRate();
    const at: number[] = [];
    const { post } = it.queue;
    it.queue.post = (posts) => {
      at.push(...posts.map(() => it.clock.now()));
      return post.call(it.queue, posts);
    };
    it.queue.down = true;
    await it.minutes(25, bad);
    await it.minutes(6, fine);
    it.queue.down = false;
    at.length = 0;
    await it.minutes(4, fine);
    expect(it.told()).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(bounds.alertUnderWayMs);
  });

  test('others do not wait, nor the same one at another channel', async () => {
    const it = await hitRate({
      hasQueue: false,
      alerts: { ...only, 'error-rate': { for: '1m' } },
      settings: { ALERT_SLACK_URL: slackUrl, ...webhook },
    });
    it.origin.on(
      hook,
      async (request) =>
        new Response(null, { status: /HitRate/.test(await request.clone().text()) ? 500 : 204 }),
    );
    it.origin.on('POST /services/T0/B0/only-we-know', () => new Response('ok'));
    await it.minutes(25, bad);
    await it.minutes(7, fine);
    await it.minutes(9, requests({ error: 90 }));
    expect(it.origin.count('POST /services/T0/B0/only-we-know')).toBeGreaterThanOrEqual(3);
    const rows = await it.rows();
    expect(rows.find(({ name }) => name === 'error-rate')!.unsent).toBe(0);
    expect(rows.find(({ name }) => name === 'hit-rate')!.unsent).toBeGreaterThan(0);
  });
});

describe('a strategy that changes', () => {
  test('ends what it no longer has, and begins what is new to it', async () => {
    const it = await hitRate();
    await it.minutes(25, bad);
    const renamed = { ...only, 'hit-rate': false as const, 'hits-low': defaultAlerts['hit-rate'] };
    await it.minutes(25, bad, it.again(renamed));
    expect(it.told()).toEqual([
      'StillfreshHitRate firing',
      'StillfreshHitRate resolved',
      'StillfreshHitsLow firing',
    ]);
    const summaries = [...it.queue.posts.values()].map(
      ({ body }) => JSON.parse(body).commonAnnotations.summary,
    );
    // Of what is measured no longer nobody knows whether it is above or below.
    expect(summaries).toEqual([
      'hit-rate: 0.3 is below 0.65',
      'hit-rate: is watched no longer, or not as it was',
      'hits-low: 0.3 is below 0.65',
    ]);
  });

  test.each<[string, Partial<AlertDefinition>, string[]]>([
    ['its bound', { below: 0.2 }, ['StillfreshHitRate resolved']],
    [
      'its bound, and fires all the same',
      { below: 0.6 },
      ['StillfreshHitRate resolved', 'StillfreshHitRate firing'],
    ],
    ['its severity', { severity: 'critical' }, ['StillfreshHitRate resolved', 'StillfreshHitRate firing']],
    ['its class', { class: 'report' }, ['StillfreshHitRate resolved', 'StillfreshHitRate firing']],
    ['how long it must last', { for: '10m' }, ['StillfreshHitRate resolved', 'StillfreshHitRate firing']],
    ['its sentence alone', { says: 'Ours.' }, []],
    ['how long no data may last', { noData: '30m' }, []],
  ])('what fires ends, and begins anew, where the strategy changes %s', async (_, changed, told) => {
    const it = await hitRate();
    await it.minutes(25, bad);
    const later = it.again({ ...only, 'hit-rate': { ...only['hit-rate'], ...changed } });
    await it.minutes(1, bad, later);
    const [row] = await it.rows();
    if (told.length === 0) expect(row!.state).toBe('firing');
    else expect(row!.state).not.toBe('firing');
    await it.minutes(25, bad, later);
    expect(it.told()).toEqual(['StillfreshHitRate firing', ...told]);
    if (told.length === 0) return;
    const [opened, ended] = [...it.queue.posts.values()].map(({ body }) => JSON.parse(body).alerts[0]);
    expect(ended.fingerprint).toBe(opened.fingerprint);
  });

  /** The next read of what the cron keeps gives what `change` makes of it. */
  const keptOnce = (it: World, change: (state: Record<string, unknown>) => unknown) => {
    const key = it.edge.isolate.names.metrics.state();
    const read = it.store.metrics.read.bind(it.store.metrics);
    Object.assign(it.store.metrics, {
      read: async (keys: readonly string[]) => {
        Object.assign(it.store.metrics, { read });
        return (await read(keys)).map((value, i) => {
          if (keys[i] !== key) return value;
          const changed = change(JSON.parse(value!));
          return changed === null ? null : JSON.stringify(changed);
        });
      },
    });
  };
  type Kept = { alerts: { history: unknown; alerts: Record<string, object>; outbox: object[] } };
  const withPart = (part: (kept: Kept['alerts']) => object) => (state: unknown) => ({
    ...(state as object),
    alerts: { ...(state as Kept).alerts, ...part((state as Kept).alerts) },
  });
  /** That nothing could be measured may have been told too, and is over. */
  const about = (it: World) =>
    it.told().flatMap((said) => said.split(', ').filter((one) => !/NoData resolved/.test(one)));
  const unreadable: [string, (state: Record<string, unknown>) => unknown][] = [
    ['its history', withPart(() => ({ history: 'none' }))],
    ['a standing', withPart(() => ({ alerts: { 'hit-rate': { state: 'of-a-later-version' } } }))],
    ['all standings', withPart(() => ({ alerts: 7 }))],
    ['one item of the outbox', withPart(({ outbox }) => ({ outbox: [...outbox, { id: 'of-later' }] }))],
    ['the outbox', withPart(() => ({ outbox: 'none' }))],
    ['its part', (state) => ({ ...state, alerts: 'none' })],
    ['all of it', () => ({})],
    ['all of it, evicted', () => null],
  ];

  test.each(unreadable)('of what cannot be read (%s) receivers hold nothing open', async (_, change) => {
    const it = await hitRate();
    await it.minutes(25, bad);
    keptOnce(it, change);
    await it.minutes(1, fine);
    await it.minutes(12, fine);
    expect(about(it)).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
  });

  test.each(unreadable)('nor is what fires then left untold (%s)', async (_, change) => {
    const it = await hitRate();
    await it.minutes(20, bad);
    keptOnce(it, change);
    await it.minutes(1, bad);
    expect(it.logs.at(-1)).toMatchObject({ notes: expect.arrayContaining(['alerts-unreadable']) });
    await it.minutes(25, bad);
    expect(about(it)).toEqual(['StillfreshHitRate firing']);
  });

  test('what waits to be sent is sent though another part cannot be read', async () => {
    const it = await hitRate();
    it.queue.down = true;
    await it.minutes(25, bad);
    it.queue.down = false;
    keptOnce(
      it,
      withPart(() => ({ history: 'none' })),
    );
    await it.minutes(1, bad);
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
  });

  test('without a canary its alert is not there', async () => {
    const it = await watchedWorld({ settings: { CANARY: 'off' } });
    expect((await it.rows()).map(({ name }) => name)).not.toContain('canary');
  });
});

describe('what comes and goes', () => {
  test.each(['error-rate', 'purge-delay', 'hit-rate'] as const)(
    'around the bound of %s is told once',
    async (name) => {
      const it = await watchedWorld({ alerts: { ...only, 'hit-rate': false, [name]: {} } });
      const counted = {
        'error-rate': (i: number) => requests({ error: i % 8 < 6 ? 20 : 0, hit: 80 }),
        'purge-delay': (i: number) => observed('purge_applied', i % 8 === 0 ? 60_000 : 100),
        'hit-rate': (i: number) => requests(i < 30 || i % 8 < 6 ? { hit: 30, miss: 70 } : { hit: 100 }),
      }[name];
      for (let i = 0; i < 120; i += 1) await it.minutes(1, counted(i));
      expect(it.told().length).toBeLessThanOrEqual(1);
      await it.minutes(40, name === 'purge-delay' ? observed('purge_applied', 100) : requests({ hit: 100 }));
      expect(it.told().length % 2).toBe(0);
    },
  );
});

describe('a small site', () => {
  test('is told of its errors, and of nothing else', async () => {
    const it = await watchedWorld();
    await it.minutes(60, requests({ hit: 9 }));
    await it.minutes(20, requests({ error: 9 }));
    expect(it.told()).toEqual(['StillfreshErrorRate firing']);
  });

  test('that is asked little, and not at night, is told nothing', async () => {
    const it = await watchedWorld();
    for (let hour = 0; hour < 10; hour += 1) {
      await it.minutes(30, { ...requests({ hit: 5, miss: 1 }), ...observed('purge_visible', 2_000, 1) });
      await it.minutes(30);
    }
    expect(it.told()).toEqual([]);
  });

  test('one late canary of an hour is told to nobody', async () => {
    const it = await watchedWorld();
    for (let i = 0; i < 60; i += 1)
      await it.minutes(1, observed('purge_visible', i === 30 ? 200_000 : 2_000, 1));
    expect(it.told()).toEqual([]);
  });
});

test('what no class answers is no user’s: it neither fires nor hides anything', async () => {
  const it = await watchedWorld({
    alerts: { ...only, 'hit-rate': { for: '1m' }, 'error-rate': { for: '1m' } },
  });
  await it.minutes(15, {
    counts: { 'requests|report|hit': 100, 'requests|-|error': 400, 'requests|-|miss': 400 },
  });
  expect(it.told()).toEqual([]);
  await it.minutes(15, { counts: { 'requests|report|error': 30, 'requests|-|bypass': 4000 } });
  expect(it.told().toSorted()).toEqual(['StillfreshErrorRate firing', 'StillfreshHitRate firing']);
});

test('a window is as long as it says: after hours without a cron there are no data', async () => {
  const it = await watchedWorld({ alerts: { ...only, 'hit-rate': false, 'cost-per-hour': {} } });
  await it.minutes(70, { counts: { redis_price: 0.01 } });
  it.clock.advance(5 * 3_600_000);
  await it.minutes(1, { counts: { redis_price: 3 } });
  // That nothing was rolled up may have been told.
  expect(it.told()).toEqual(['StillfreshNotRolledUp resolved']);
  expect(await it.rows()).toMatchObject([{ state: 'no-data', value: null }]);
});

test('a term’s name of any length is read back: a long one silences nothing', async () => {
  const long = {
    measure: {
      increase: { counter: 'request_reasons', where: { reason: [...reasons(), ...reasons()] } },
      window: '5m',
    },
    above: 1_000_000,
    says: 'x',
  } as const;
  const it = await watchedWorld({ alerts: { ...only, long } });
  await it.minutes(25, bad);
  expect(it.told()).toEqual(['StillfreshHitRate firing']);
});

test('no secret is in the log', async () => {
  const it = await hitRate({ hasQueue: false, settings: { ALERT_SLACK_URL: slackUrl, ...webhook } });
  await it.minutes(26, bad);
  expect(JSON.stringify(it.logs)).toContain('alert-unsent');
  for (const secret of ['only-we-know', alertSecret, alertSecret.slice(6)])
    expect(JSON.stringify(it.logs)).not.toContain(secret);
});
