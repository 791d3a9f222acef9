import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { Breaker } from '../../src/engine/breaker.ts';
import { Flusher } from '../../src/engine/flusher.ts';
import { meteredStore } from '../../src/engine/metered-store.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { Names } from '../../src/store/names.ts';
import { StoreError } from '../../src/store/port.ts';
import type { DataPoint } from '../../src/telemetry/data-points.ts';
import { type Flush, flushShape } from '../../src/telemetry/flush.ts';
import { Meter } from '../../src/telemetry/meter.ts';
import { outcomeNames } from '../../src/telemetry/outcome.ts';
import { Tally } from '../../src/telemetry/tally.ts';
import { FakeClock } from '../support/worker/clock.ts';

interface Scene {
  readonly tellsRedis?: boolean;
  readonly write?: (point: DataPoint) => void;
  /** Whether the platform keeps what outlives an answer. */
  readonly waits?: boolean;
}

/** One isolate, whose requests each count one; a cancelled one's work is never gone on with. */
function scene({ tellsRedis = true, write, waits = true }: Scene = {}) {
  const clock = new FakeClock();
  const names = new Names('');
  const meter = new Meter(bounds);
  const breaker = new Breaker(bounds, clock.now, () => {});
  const memory = createMemoryStore({ now: clock.now });
  const fate = { next: [] as ('fails' | 'is lost' | 'hangs')[] };
  const sent: Flush[] = [];
  const store = {
    ...memory,
    metrics: {
      ...memory.metrics,
      async tell(document: Parameters<typeof memory.metrics.tell>[0]) {
        sent.push(flushShape.parse(JSON.parse(document.text)));
        const how = fate.next.shift();
        if (how === 'fails') throw new StoreError('unreachable');
        await memory.metrics.tell(document);
        if (how === 'hangs') await new Promise(() => {});
        if (how !== undefined) throw new StoreError('timeout');
      },
    },
  };
  const parts = {
    store: meteredStore(store, meter, clock, 2e-6),
    names,
    meter,
    tally: new Tally(),
    breaker,
    clock,
    bounds,
  };
  const flusher = new Flusher({ ...parts, nonce: () => 'isolate-1' }, { tellsRedis, write: write ?? null });
  const background: Promise<unknown>[] = [];
  const platform = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
  return {
    ...{ clock, meter, breaker, fate, sent, background, tally: parts.tally },
    requests(count: number) {
      for (let i = 0; i < count; i += 1) {
        meter.add('requests', 1, 'report', 'hit');
        flusher.counted(waits ? platform : undefined, clock.now());
      }
    },
    /** Lets go on whatever waits for nothing but its turn. */
    async turns() {
      for (let i = 0; i < 50; i += 1) await Promise.resolve();
    },
    async passes(ms: number) {
      clock.advance(ms);
      for (let i = 0; i < 50; i += 1) await Promise.resolve();
    },
    /** As the cron counts them: in order, each once. */
    async counted() {
      let last = 0;
      let requests = 0;
      for (const { text } of await memory.metrics.told({
        stream: names.metrics.told(),
        after: '0',
        most: 1_000,
      })) {
        const flush = flushShape.parse(JSON.parse(text));
        if (flush.seq <= last) continue;
        last = flush.seq;
        requests += flush.counts['requests|report|hit'] ?? 0;
      }
      return requests;
    },
  };
}

test('busy: one document for a hundred requests, but not before 5 s have passed', async () => {
  const { requests, turns, passes, sent, counted } = scene();
  await passes(5_000);
  requests(99);
  await turns();
  expect(sent).toEqual([]);
  requests(1);
  await turns();
  expect(sent).toHaveLength(1);
  requests(10_000);
  await turns();
  expect(sent).toHaveLength(1);
  for (let i = 0; i < 40; i += 1) {
    await passes(1_000);
    requests(25);
    await turns();
  }
  expect(sent).toHaveLength(9);
  expect(sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await passes(20_000);
  expect(await counted()).toBe(11_100);
});

test('quiet: the first request of those that nobody took tells them after 20 s, and no other waits', async () => {
  const { requests, passes, sent, background, counted } = scene();
  requests(1);
  await passes(5_000);
  requests(3);
  expect(background).toHaveLength(1);
  await passes(14_999);
  expect(sent).toEqual([]);
  await passes(1);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ seq: 1, fromMs: sent[0]!.toMs - 20_000 });
  expect(await counted()).toBe(4);
  await Promise.all(background);
});

test('idle: nothing is told, whatever a flush counts of itself', async () => {
  const { requests, passes, sent, background } = scene();
  requests(1);
  await passes(20_000);
  for (let i = 0; i < 100; i += 1) await passes(60_000);
  expect(sent).toHaveLength(1);
  await Promise.all(background);
  requests(1);
  await passes(20_000);
  expect(sent[1]!.counts).toMatchObject({ 'redis_commands|tell': 1, redis_requests: 1 });
});

test.each([
  ['one request in a second', 1_000, 1],
  ['one in 19 s', 19_000, 1],
  ['six in a second', 1_000, 6],
  ['forty in a second', 1_000, 40],
])('over an hour, %s: at most one command for 100 requests, or in 20 s', async (_, everyMs, each) => {
  const { requests, passes, sent } = scene();
  let asked = 0;
  for (let atMs = 0; atMs < 3_600_000; atMs += everyMs) {
    requests(each);
    asked += each;
    await passes(everyMs);
  }
  const seconds = 3_600;
  expect(sent.length).toBeGreaterThan(10);
  // A rate of five in a second is where the one becomes the other.
  expect(sent.length).toBeLessThanOrEqual(Math.max(asked / 100, seconds / 20) + 1);
});

test('one whose effect is not known is sent again as it was, before the next', async () => {
  const { requests, passes, turns, fate, sent, counted } = scene();
  fate.next = ['is lost', 'fails', 'is lost'];
  await passes(5_000);
  for (let i = 0; i < 6; i += 1) {
    requests(100);
    await turns();
    await passes(5_000);
  }
  await passes(20_000);
  expect(sent.map(({ seq }) => seq)).toEqual([1, 1, 1, 1, 2, 3, 4]);
  expect(new Set(sent.slice(0, 4).map((it) => JSON.stringify(it))).size).toBe(1);
  expect(await counted()).toBe(600);
});

test('after a failure it waits, however many requests come', async () => {
  const { requests, turns, passes, fate, sent } = scene();
  fate.next = ['fails', 'fails'];
  for (let i = 1; i <= 2; i += 1) {
    await passes(5_000);
    requests(1_000);
    await turns();
    requests(1_000);
    await turns();
    expect(sent).toHaveLength(i);
  }
});

test('a quiet isolate tries once more by itself, and then leaves it to the next request', async () => {
  const { requests, passes, fate, sent, background, counted } = scene();
  fate.next = ['fails', 'fails', 'fails'];
  requests(1);
  await passes(20_000);
  await passes(5_000);
  await Promise.all(background);
  await passes(600_000);
  expect(sent).toHaveLength(2);
  requests(1);
  await passes(20_000);
  await passes(5_000);
  expect(sent.map(({ seq }) => seq)).toEqual([1, 1, 1, 1, 2]);
  expect(await counted()).toBe(2);
});

test.each(['waits', 'sends'] as const)(
  'one whose platform ends it while it %s does not stop the others forever',
  async (when) => {
    const { requests, passes, turns, fate, sent, clock, counted } = scene();
    if (when === 'sends') fate.next = ['hangs'];
    await passes(5_000);
    const { sleep } = clock;
    // The platform has ended its request: nothing wakes it.
    if (when === 'waits') Object.assign(clock, { sleep: () => new Promise<void>(() => {}) });
    requests(when === 'waits' ? 1 : 100);
    await turns();
    Object.assign(clock, { sleep });
    const before = when === 'waits' ? 1 : 100;
    requests(1);
    await passes(30_001);
    requests(100);
    await turns();
    await passes(20_000);
    await passes(5_000);
    expect(await counted()).toBe(before + 101);
    // What nobody has acknowledged comes again.
    expect(sent.map(({ seq }) => seq)).toEqual(when === 'sends' ? [1, 1, 2, 3] : [1, 2]);
  },
);

test('while the breaker is open nothing is sent, no probe is taken, and what comes of it is not told the breaker', async () => {
  const { requests, turns, passes, fate, sent, breaker, counted } = scene();
  for (let i = 0; i < bounds.breakerCalls; i += 1) breaker.failed(breaker.ticket, 'redis-timeout');
  expect(breaker.isOpen).toBe(true);
  requests(200);
  await turns();
  await passes(bounds.breakerOpenMs);
  requests(1);
  await turns();
  expect(sent).toEqual([]);
  // A request has the probe's place.
  expect(breaker.admits()).toBe(true);
  breaker.succeeded(breaker.ticket);
  fate.next = Array.from({ length: 30 }, () => 'fails' as const);
  for (let i = 0; i < 30; i += 1) {
    await passes(5_000);
    requests(1);
    await turns();
  }
  expect(breaker.isOpen).toBe(false);
  fate.next = [];
  await passes(bounds.flushSeldomMs);
  requests(1);
  await passes(20_000);
  await passes(5_000);
  expect(await counted()).toBe(232);
});

test('of a platform that keeps nothing, and where it is switched off, nothing is told or waits', async () => {
  const without = scene({ waits: false });
  const off = scene({ tellsRedis: false });
  for (const { requests, passes, sent, background } of [without, off]) {
    requests(500);
    await passes(60_000);
    expect([sent, background]).toEqual([[], []]);
  }
});

test('Of more classes on trial than one document has room for, the next one follows at once with the others', async () => {
  const { requests, passes, sent, tally } = scene();
  for (let i = 0; i < bounds.trialRowsTold + 1; i += 1)
    tally.compared({ className: `c${i}`, step: 'aa@1', arm: 'shadow', unit: 'acme' }, 'equal');
  requests(1);
  await passes(20_000);
  expect(sent.map(({ trials }) => trials.length)).toEqual([bounds.trialRowsTold, 1]);
});

test('Analytics Engine has a point for each series of a document, once, and at most 250; without Redis too', async () => {
  const points: DataPoint[] = [];
  const { requests, turns, passes, fate, meter } = scene({ write: (point) => void points.push(point) });
  fate.next = ['fails'];
  await passes(5_000);
  meter.observe('lease_wait', 12, 'report');
  requests(100);
  await turns();
  await passes(5_000);
  requests(1);
  await turns();
  expect(points).toEqual([
    { indexes: ['lease_wait'], blobs: ['lease_wait', 'report'], doubles: [1, 12] },
    { indexes: ['requests'], blobs: ['requests', 'report', 'hit'], doubles: [100] },
  ]);

  const alone: DataPoint[] = [];
  const off = scene({ tellsRedis: false, write: (point) => void alone.push(point) });
  for (let i = 0; i < 400; i += 1) off.meter.add('collapsed', 1, `class-${i}`);
  await off.passes(5_000);
  off.requests(100);
  await off.turns();
  expect([alone.length, off.sent]).toEqual([250, []]);
});

test('Analytics Engine is written while Redis is down, each count once, and what had no place the next time', async () => {
  const points: DataPoint[] = [];
  const perTurn: number[] = [];
  const { requests, passes, turns, fate, sent, meter } = scene({ write: (point) => void points.push(point) });
  fate.next = Array.from({ length: 500 }, () => 'fails' as const);
  for (let i = 0; i < 400; i += 1) meter.add('collapsed', 1, `class-${i}`);
  meter.observe('purge_applied', 7);
  for (let i = 0; i < 600; i += 1) {
    const before = points.length;
    if (i < 560) requests(25);
    await turns();
    await passes(1_000);
    perTurn.push(points.length - before);
  }
  expect(Math.max(...perTurn)).toBe(250);
  const sumOf = (id: string) =>
    points.filter(({ indexes }) => indexes[0] === id).reduce((all, { doubles }) => all + doubles[0]!, 0);
  expect([sumOf('requests'), sumOf('collapsed'), sumOf('purge_applied')]).toEqual([14_000, 400, 1]);
  expect(sent.length).toBeLessThan(20);
  // What Redis is told meanwhile, and afterwards, has no second point.
  fate.next = [];
  await passes(300_000);
  requests(1);
  for (let i = 0; i < 4; i += 1) await passes(20_000);
  expect([sumOf('requests'), sumOf('collapsed'), sumOf('purge_applied')]).toEqual([14_001, 400, 1]);
});

test('while Redis refuses it is tried ever more seldom, and at once as often again when it is well', async () => {
  const { requests, passes, fate, sent, counted } = scene();
  fate.next = Array.from({ length: 500 }, () => 'fails' as const);
  const triedAt: number[] = [];
  for (let second = 0; second < 900; second += 1) {
    requests(3);
    const before = sent.length;
    await passes(1_000);
    if (sent.length > before) triedAt.push(second);
  }
  expect(triedAt.length).toBeLessThan(12);
  const pauses = triedAt.slice(1).map((at, i) => at - triedAt[i]!);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(bounds.flushSeldomMs / 1_000 + 25);
  fate.next = [];
  await passes(bounds.flushSeldomMs);
  requests(1);
  await passes(20_000);
  expect(await counted()).toBe(2_701);
  // One failure after that is the first again.
  fate.next = ['fails'];
  requests(1);
  await passes(20_000);
  await passes(bounds.flushAgainMs);
  expect(await counted()).toBe(2_702);
});

test('what one document does not hold is told in the next ones by the same request', async () => {
  const { requests, passes, sent, meter } = scene();
  const classes = Array.from({ length: 30 }, (_, i) => `class-of-dashboards-${i}`);
  for (const name of classes)
    for (const outcome of outcomeNames) {
      meter.add('requests', 1, name, outcome);
      meter.add('request_reasons', 1, name, outcome, 'fresh');
      meter.add('reads', 1, name, outcome);
      meter.observe('request_duration', 5, name, outcome, 'l1');
    }
  requests(1);
  await passes(20_000);
  expect(sent.length).toBeGreaterThan(1);
  const told = sent
    .flatMap(({ counts }) => Object.entries(counts))
    .filter(([key]) => key.startsWith('requests|'));
  expect(told.reduce((all, [, n]) => all + n, 0)).toBe(181);
  // What a command counts of itself is worth none.
  const { length } = sent;
  for (let i = 0; i < 10; i += 1) await passes(60_000);
  expect(sent).toHaveLength(length);
});

test('an Analytics Engine that refuses costs no figures', async () => {
  const { requests, turns, passes, counted } = scene({
    write: () => {
      throw new Error('quota');
    },
  });
  await passes(5_000);
  requests(100);
  await turns();
  expect(await counted()).toBe(100);
});
