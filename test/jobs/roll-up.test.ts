import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Bounds, bounds } from '../../src/bounds.ts';
import { readKept } from '../../src/figures/kept.ts';
import { readBuckets, readTops } from '../../src/figures/read.ts';
import { DAY, HOUR, MINUTE } from '../../src/figures/steps.ts';
import type { Figures } from '../../src/figures/types.ts';
import { rollUp } from '../../src/jobs/roll-up.ts';
import { noParts } from '../../src/jobs/tick-parts.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { Names } from '../../src/store/names.ts';
import { type Metrics, StoreError } from '../../src/store/port.ts';
import type { Flush } from '../../src/telemetry/flush.ts';
import { countOf } from '../../src/telemetry/histogram.ts';
import { cronContext, flushed } from '../support/worker/told.ts';

const start = Date.UTC(2026, 2, 1, 12, 0, 30);
const names = new Names('').metrics;

function scene() {
  const clock = { nowMs: start };
  const now = () => clock.nowMs;
  const { metrics, ...store } = createMemoryStore({ now });
  const context = (bounds?: Partial<Bounds>, by: Metrics = metrics) =>
    cronContext({ metrics: by, now, ...(bounds && { bounds }) });
  const tellText = (text: string) => metrics.tell({ stream: names.told(), text, most: 10_000 });
  return {
    ...{ clock, metrics, context, tellText },
    tell: (over: Parameters<typeof flushed>[0]) => tellText(JSON.stringify(flushed(over))),
    /** One run of the cron: what it did, and what it noted. */
    async cron(bounds?: Partial<Bounds>, by?: Metrics) {
      const it = context(bounds, by);
      const done = await rollUp(it, noParts);
      return { ...done, notes: [...it.notes.noted], requests: it.notes.redisRequests };
    },
    totals: async () => plain((await readKept(context(), [])).totals.figures),
    buckets: async (spanMs: number, stepMs: number) => {
      const span = { fromMs: clock.nowMs - spanMs, toMs: clock.nowMs, stepMs };
      const { buckets } = await readBuckets(context(), span);
      return buckets.filter(({ counts, histograms }) => counts.size + histograms.size > 0);
    },
    write: async (key: string, value: string) => {
      const [version = null] = await metrics.read([names.version()]);
      const values = [{ keys: [key], value, lifeMs: null }];
      await metrics.settle({
        version: { key: names.version(), expected: version, next: version ?? 'v0' },
        ...{ values, told: null },
      });
    },
    lose: (key: string) => store.evict(key),
  };
}

const plain = ({ counts, histograms }: Figures) => ({
  ...Object.fromEntries(counts),
  ...Object.fromEntries([...histograms].map(([key, it]) => [key, [it.sumMs, countOf(it)]])),
});

let it: ReturnType<typeof scene>;
beforeEach(() => {
  it = scene();
});

describe('What isolates told', () => {
  test('is in the running totals, and in the minute, hour and day in which it was told', async () => {
    const counts = { 'requests|kpi|hit': 3, redis_requests: 2 };
    await it.tell({
      isolate: 'a',
      seq: 1,
      toMs: start - 90_000,
      counts,
      histograms: { 'origin_duration|kpi': [7, 4, 2] },
    });
    await it.tell({ isolate: 'b', seq: 1, toMs: start, counts: { 'requests|kpi|hit': 4 } });
    expect(await it.cron()).toMatchObject({ told: 2, repeats: 0, dropped: 0, notes: [] });
    const all = { 'requests|kpi|hit': 7, redis_requests: 2, 'origin_duration|kpi': [7, 2] };
    expect(await it.totals()).toEqual(all);
    const minutes = await it.buckets(10 * MINUTE, MINUTE);
    expect(minutes.map((bucket) => [bucket.startMs, plain(bucket)])).toEqual([
      [Date.UTC(2026, 2, 1, 11, 59), { ...all, 'requests|kpi|hit': 3 }],
      [Date.UTC(2026, 2, 1, 12, 0), { 'requests|kpi|hit': 4 }],
    ]);
    const hours = await it.buckets(3 * HOUR, HOUR);
    expect(hours.map((bucket) => [bucket.startMs, bucket.counts.get('requests|kpi|hit')])).toEqual([
      [Date.UTC(2026, 2, 1, 11), 3],
      [Date.UTC(2026, 2, 1, 12), 4],
    ]);
    const days = await it.buckets(2 * DAY, DAY);
    expect(days.map((bucket) => [bucket.startMs, plain(bucket)])).toEqual([[Date.UTC(2026, 2, 1), all]]);
    expect(await it.metrics.told({ stream: names.told(), after: '0', most: 9 })).toEqual([]);
  });

  test('counts once, however often, late and out of order it comes', async () => {
    const count = (seq: number) => ({
      isolate: 'a',
      seq,
      toMs: start,
      counts: { redis_requests: 10 ** seq },
    });
    for (const seq of [1, 1, 2]) await it.tell(count(seq));
    expect(await it.cron()).toMatchObject({ told: 2, repeats: 1 });
    for (const seq of [2, 1, 3, 2]) await it.tell(count(seq));
    expect(await it.cron()).toMatchObject({ told: 1, repeats: 3, notes: [] });
    expect(await it.totals()).toEqual({ redis_requests: 1110 });
  });

  test('of an isolate that is long forgotten does not count, for it may have been counted', async () => {
    const bounds = { isolateKeptMs: 10 * MINUTE, isolateClockMs: 1_000 };
    const old = { isolate: 'a', seq: 1, toMs: start - 5_000, counts: { redis_requests: 1 } };
    await it.tell(old);
    await it.cron(bounds);
    for (let seq = 1; seq <= 11; seq += 1) {
      it.clock.nowMs += MINUTE;
      await it.tell({
        isolate: 'b',
        seq,
        toMs: it.clock.nowMs,
        counts: { redis_requests: seq === 1 ? 10 : 0 },
      });
    }
    await it.cron(bounds);
    await it.tell(old);
    // One that told nothing until then is none of those.
    await it.tell({ isolate: 'c', seq: 1, toMs: start + 5 * MINUTE, counts: { redis_requests: 100 } });
    expect(await it.cron(bounds)).toMatchObject({ told: 1, dropped: 1, notes: ['figures-dropped'] });
    expect(await it.totals()).toEqual({ redis_requests: 111 });
  });

  test.each([
    ['the cron stood still', true],
    ['each of its runs came too', false],
  ])('but is not forgotten while nobody could tell, for however long, where %s', async (_, isPaused) => {
    const isolates = Array.from({ length: 20 }, (_, i) => `i${i}`);
    const told = (isolate: string, seq: number, toMs: number) => ({
      ...{ isolate, seq, toMs, fromMs: toMs - 1_000 },
      counts: { redis_requests: 1 },
    });
    for (const isolate of isolates) await it.tell(told(isolate, 1, it.clock.nowMs));
    await it.cron();
    // Made when Redis went away, told one after the other when it is back.
    const madeMs = it.clock.nowMs + 20_000;
    it.clock.nowMs += 5 * HOUR;
    for (const isolate of isolates) {
      await it.tell(told(isolate, 2, madeMs));
      await it.tell(told(isolate, 2, madeMs));
      it.clock.nowMs += 5 * MINUTE;
      if (!isPaused) expect(await it.cron()).toMatchObject({ told: 1, repeats: 1, notes: [] });
    }
    await it.cron();
    expect(await it.totals()).toEqual({ redis_requests: 40 });
  });

  test.each<[string, number, readonly (readonly [string, number])[], number]>([
    [
      'of one isolate',
      0,
      [
        ['a', 2],
        ['a', 5],
        ['a', 6],
      ],
      2,
    ],
    ['of one that told nothing yet', 0, [['b', 4]], 3],
    [
      'of several, some again',
      0,
      [
        ['a', 2],
        ['a', 4],
        ['a', 4],
        ['b', 1],
        ['b', 3],
        ['b', 2],
      ],
      2,
    ],
    ['and none where one may have been forgotten', 60_000, [['b', 4]], 0],
  ])('that Redis has lost is dropped, and noted: %s', async (_, agoMs, documents, dropped) => {
    const told = ([isolate, seq]: readonly [string, number]) =>
      it.tell({ isolate, seq, toMs: it.clock.nowMs, fromMs: it.clock.nowMs - agoMs });
    await told(['a', 1]);
    // It forgets whoever told before.
    if (agoMs > 0) await told(['c', 1]);
    expect(await it.cron(agoMs > 0 ? { isolatesKept: 1, isolateClockMs: 0 } : {})).toMatchObject({
      dropped: 0,
    });
    it.clock.nowMs += 1_000;
    for (const one of documents) await told(one);
    expect(await it.cron()).toMatchObject({ dropped, notes: dropped > 0 ? ['figures-dropped'] : [] });
  });

  test('nor where isolates were forgotten because there are too many', async () => {
    const bounds = { isolatesKept: 3, isolateClockMs: 1_000 };
    const by = (isolate: string) => ({
      isolate,
      seq: 1,
      toMs: it.clock.nowMs - 1,
      counts: { redis_requests: 1 },
    });
    const first = by('0');
    for (let i = 0; i < 6; i += 1) {
      await it.tell(by(String(i)));
      it.clock.nowMs += 5_000;
    }
    await it.cron(bounds);
    await it.tell(first);
    expect(await it.cron(bounds)).toMatchObject({ told: 0, dropped: 1 });
    await it.tell(by('new'));
    expect(await it.cron(bounds)).toMatchObject({ told: 1, dropped: 0 });
    expect(await it.totals()).toEqual({ redis_requests: 7 });
  });

  test.each([
    ['no JSON', '{"isolate":'],
    ['a number', '42'],
    ['null', 'null'],
    ['nothing', ''],
    ['a list', '[]'],
    ['without a sequence', JSON.stringify({ ...flushed({ isolate: 'x', seq: 1, toMs: 1 }), seq: 0 })],
    ['a negative count', JSON.stringify(flushed({ isolate: 'x', seq: 1, toMs: 1, counts: { a: -1 } }))],
    [
      'a count that is text',
      JSON.stringify({ ...flushed({ isolate: 'x', seq: 1, toMs: 1 }), counts: { a: '1' } }),
    ],
    [
      'a count beyond all bounds',
      JSON.stringify(flushed({ isolate: 'x', seq: 1, toMs: 1, counts: { a: 1e300 } })),
    ],
    ['no name of an isolate', JSON.stringify(flushed({ isolate: '', seq: 1, toMs: 1 }))],
    [
      'a histogram without a sum',
      JSON.stringify(flushed({ isolate: 'x', seq: 1, toMs: 1, histograms: { a: [] } })),
    ],
  ])('is dropped, noted and gone where it is not valid: %s', async (_, text) => {
    await it.tellText(text);
    await it.tell({ isolate: 'a', seq: 1, toMs: start, counts: { redis_requests: 1 } });
    expect(await it.cron()).toMatchObject({ told: 1, dropped: 1, notes: ['figures-dropped'] });
    expect(await it.totals()).toEqual({ redis_requests: 1 });
    expect(await it.cron()).toMatchObject({ told: 0, dropped: 0, notes: [] });
  });

  test.each([
    ['too long', `requests|${'x'.repeat(600)}|hit`],
    ['without a metric', '|x'],
    ['empty', ''],
  ])('counts but for a series whose name is %s, which is counted as dropped', async (_, name) => {
    await it.tell({
      ...{ isolate: 'a', seq: 1, toMs: start },
      counts: { redis_requests: 3, [name]: 5, series_dropped: 1 },
      histograms: { 'origin_duration|kpi': [7, 4, 2], [name]: [7, 4, 2, 5, 1] },
    });
    expect(await it.cron()).toMatchObject({ told: 1, dropped: 0, notes: [] });
    expect(await it.totals()).toEqual({
      redis_requests: 3,
      series_dropped: 9,
      'origin_duration|kpi': [7, 2],
    });
  });

  test('of the longest name of a class counts', async () => {
    const name = 'x'.repeat(bounds.classNameChars);
    const counts = { [`request_reasons|${name}|refused|${'y'.repeat(100)}`]: 1 };
    await it.tell({ isolate: 'a', seq: 1, toMs: start, counts });
    await it.cron();
    expect(await it.totals()).toEqual(counts);
  });

  test('may have any names', async () => {
    const counts = '{"constructor":1,"toString|__proto__":2,"requests|__proto__|hit":3,"hasOwnProperty|":4}';
    const told = JSON.stringify(flushed({ isolate: 'constructor', seq: 1, toMs: start }));
    await it.tellText(told.replace('"counts":{}', `"counts":${counts}`));
    await it.tellText(told);
    expect(await it.cron()).toMatchObject({ told: 1, repeats: 1, notes: [] });
    await it.tellText(told);
    expect(await it.cron()).toMatchObject({ told: 0, repeats: 1, notes: [] });
    expect(await it.totals()).toEqual(JSON.parse(counts));
  });

  test('of another version keeps what this one does not know', async () => {
    const told = { ...flushed({ isolate: 'a', seq: 1, toMs: start, counts: { of_tomorrow: 3 } }), more: 'x' };
    await it.tellText(JSON.stringify(told));
    await it.cron();
    await it.tell({ isolate: 'a', seq: 2, toMs: start, counts: { of_tomorrow: 4 } });
    await it.cron();
    expect(await it.totals()).toEqual({ of_tomorrow: 7 });
  });

  test.each([
    ['lists', { tops: { tags: [{ name: 'x' }] } }],
    ['no lists', { tops: undefined }],
    ['canaries', { seen: [['c', 1, 2, 'x']] }],
  ])('of another version with %s of another form counts', async (_, other) => {
    const told = flushed({ isolate: 'a', seq: 1, toMs: start, counts: { redis_requests: 1 } });
    await it.tellText(JSON.stringify({ ...told, ...other }));
    expect(await it.cron()).toMatchObject({ told: 1, dropped: 0 });
  });

  test.each([
    ['the future', HOUR],
    ['long ago', -3 * DAY],
    ['the beginning of time', -start],
  ])('counts now where it says that it is from %s', async (_, offMs) => {
    await it.tell({ isolate: 'a', seq: 1, toMs: start + offMs, counts: { redis_requests: 1 } });
    await it.cron();
    const [minute] = await it.buckets(2 * MINUTE, MINUTE);
    expect(minute && [minute.startMs, plain(minute)]).toEqual([start - 30_000, { redis_requests: 1 }]);
  });
});

describe('A run of the cron', () => {
  test('is three commands when nothing was told, and one more in five minutes', async () => {
    // The first one asks whether there is a copy of totals that were lost.
    expect((await it.cron()).requests).toBe(5);
    for (const requests of [3, 3, 3, 3, 4, 3]) {
      it.clock.nowMs += MINUTE;
      expect((await it.cron()).requests).toBe(requests);
    }
  });

  test('takes as many commands however many isolates told, up to what it takes at once', async () => {
    await it.cron();
    for (let i = 0; i < 99; i += 1)
      await it.tell({
        isolate: `i${i}`,
        seq: 1,
        toMs: start - (i % 4) * MINUTE,
        counts: { redis_requests: 1 },
      });
    expect(await it.cron()).toMatchObject({ told: 99, requests: 3 });
    expect(await it.totals()).toEqual({ redis_requests: 99 });
  });

  test('goes on with the rest, at most so often; the next one takes what is left', async () => {
    for (let i = 0; i < 25; i += 1)
      await it.tell({ isolate: `i${i}`, seq: 1, toMs: start, counts: { redis_requests: 1 } });
    const bounds = { toldAtOnce: 4, roundsPerTick: 3 };
    expect(await it.cron(bounds)).toMatchObject({ told: 12, notes: ['figures-behind'] });
    expect(await it.cron(bounds)).toMatchObject({ told: 12 });
    expect(await it.cron(bounds)).toMatchObject({ told: 1, notes: [] });
    expect(await it.totals()).toEqual({ redis_requests: 25 });
  });

  test.each([
    ['after a pause', 40, (i: number) => start - (39 - i) * MINUTE],
    ['in whatever order', 40, (i: number) => start - ((i * 17) % 40) * MINUTE],
    ['among such as are not valid', 90, (i: number) => (i % 2 ? start - (i - 1) * 30_000 : null)],
  ])('writes few minutes at once, and each document in its own: %s', async (_, many, madeMs) => {
    for (let i = 0; i < many; i += 1) {
      const toMs = madeMs(i);
      if (toMs === null) await it.tellText('?');
      else await it.tell({ isolate: `i${i}`, seq: 1, toMs, counts: { redis_requests: 1 } });
    }
    const settled: number[] = [];
    const watched: Metrics = {
      ...it.metrics,
      settle(settlement) {
        settled.push(settlement.values.filter(({ keys }) => /metrics:minute:/.test(keys[0]!)).length);
        return it.metrics.settle(settlement);
      },
    };
    await it.cron({}, watched);
    expect(Math.max(...settled)).toBeOneOf([15, 16]);
    const minutes = await it.buckets(HOUR, MINUTE);
    const counts = minutes.map((bucket) => bucket.counts.get('redis_requests'));
    expect(counts).toEqual(new Array(many === 90 ? 45 : 40).fill(1));
  });
});

/** A replica: so many reads after each settlement, and at first, it has what was before. */
function lagging(metrics: Metrics, reads: number, before: Iterable<[string, string | null]> = []): Metrics {
  const old = new Map(before);
  let left = reads;
  return {
    ...metrics,
    async read(keys) {
      const values = await metrics.read(keys);
      left -= 1;
      return left < 0 ? values : values.map((value, i) => old.get(keys[i]!) ?? value);
    },
    async settle(settlement) {
      const { version, values } = settlement;
      const keys = [version.key, ...values.flatMap((value) => value.keys)];
      const present = await metrics.read(keys);
      const isSettled = await metrics.settle(settlement);
      if (isSettled) left = reads;
      if (isSettled) for (const [i, key] of keys.entries()) old.set(key, present[i]!);
      return isSettled;
    },
  };
}

describe('A run of the cron whose reads lag behind', () => {
  const some = { toldAtOnce: 4 };
  beforeEach(async () => {
    await it.tell({ isolate: 'first', seq: 1, toMs: start, counts: { redis_requests: 100 } });
    await it.cron();
    it.clock.nowMs += MINUTE;
    for (let i = 0; i < 25; i += 1)
      await it.tell({ isolate: `i${i}`, seq: 1, toMs: start, counts: { redis_requests: 1 } });
  });

  test.each([1, 2, 5])('by %i reads goes on until they do not', async (reads) => {
    expect(await it.cron(some, lagging(it.metrics, reads))).toMatchObject({ told: 25, notes: [] });
    expect(await it.totals()).toEqual({ redis_requests: 125 });
  });

  test('of a settlement before it, does so too', async () => {
    const keys = [names.version(), names.state(), names.totals(), names.isolates()];
    const old = await it.metrics.read(keys);
    it.clock.nowMs += MINUTE;
    await it.cron({ ...some, roundsPerTick: 1 });
    it.clock.nowMs += 1;
    const behind = lagging(
      it.metrics,
      3,
      keys.map((key, i) => [key, old[i]!] as [string, string | null]),
    );
    expect(await it.cron(some, behind)).toMatchObject({ told: 21, notes: [] });
    expect(await it.totals()).toEqual({ redis_requests: 125 });
  });

  test('for good notes it, and has counted what it could', async () => {
    expect(await it.cron(some, lagging(it.metrics, 1_000))).toMatchObject({
      told: 4,
      notes: ['figures-behind'],
    });
    expect(await it.cron(some)).toMatchObject({ told: 21, notes: [] });
    expect(await it.totals()).toEqual({ redis_requests: 125 });
  });

  test('is not one that another overtakes, which does the rest', async () => {
    const overtaken: Metrics = {
      ...it.metrics,
      async settle(settlement) {
        it.clock.nowMs += 10;
        await it.cron(some);
        return it.metrics.settle(settlement);
      },
    };
    expect(await it.cron(some, overtaken)).toMatchObject({ told: 0, notes: [], requests: 5 });
    expect(await it.totals()).toEqual({ redis_requests: 125 });
  });

  test('is not stopped by a state from the future', async () => {
    const [state] = await it.metrics.read([names.state()]);
    const { rollup } = JSON.parse(state!);
    await it.write(names.state(), JSON.stringify({ rollup: { ...rollup, rolledUpMs: start + DAY } }));
    expect(await it.cron(some)).toMatchObject({ told: 25, notes: [] });
  });
});

describe('Running totals do not fall', () => {
  const tellMore = async (seq: number) => {
    it.clock.nowMs += MINUTE;
    await it.tell({
      ...{ isolate: 'a', seq, toMs: it.clock.nowMs },
      ...{ counts: { 'requests|kpi|hit': 5 }, histograms: { 'origin_duration|kpi': [7, 4, 2] } },
    });
    return it.cron();
  };
  const twice = { 'requests|kpi|hit': 10, 'origin_duration|kpi': [14, 4] };

  const damages: [string, () => Promise<unknown>][] = [
    ['the state is no JSON', () => it.write(names.state(), '{')],
    ['the state is another’s', () => it.write(names.state(), '{"rollup":7}')],
    ['the state is gone', async () => it.lose(names.state())],
    ['the totals are no JSON', () => it.write(names.totals(), 'x')],
    ['the totals are a list', () => it.write(names.totals(), '[]')],
    ['the totals have no counts', () => it.write(names.totals(), '{"h":{}}')],
    ['the totals are gone', async () => it.lose(names.totals())],
    ['their copy is gone', async () => it.lose(names.totalsCopy())],
    ['the version is gone', async () => it.lose(names.version())],
    ['the version and the totals are gone', async () => [names.version(), names.totals()].map(it.lose)],
    [
      'only the copy of the totals is left',
      async () => [names.version(), names.state(), names.isolates(), names.totals()].map(it.lose),
    ],
    ['the isolates are no JSON', () => it.write(names.isolates(), '-')],
    ['the isolates are gone', async () => it.lose(names.isolates())],
    ['a bucket is no JSON', () => it.write(names.hour(start - (start % HOUR)), '?')],
    ['the lists are no JSON', () => it.write(names.tops(start - (start % HOUR)), '?')],
  ];
  test.each(damages)('where %s', async (_, damage) => {
    await tellMore(1);
    await damage();
    expect((await it.totals())['requests|kpi|hit']).toBe(5);
    await it.cron();
    await tellMore(2);
    expect(await it.totals()).toEqual(twice);
    expect((await tellMore(3)).notes).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['gone', async () => it.lose(names.isolates())],
    ['no JSON', () => it.write(names.isolates(), '-')],
    ['of another form', () => it.write(names.isolates(), '{}')],
    ['gone with the state', async () => [names.isolates(), names.state()].map(it.lose)],
    ['gone with the version', async () => [names.isolates(), names.version()].map(it.lose)],
  ])('nor grow by what comes again, where it is noted that the isolates are %s', async (_, damage) => {
    const first = { isolate: 'a', seq: 1, toMs: start - 1, counts: { redis_requests: 100 } };
    await it.tell(first);
    await it.cron();
    it.clock.nowMs += MINUTE;
    await damage();
    await it.tell(first);
    const cron = await it.cron();
    expect(cron).toMatchObject({ told: 0, dropped: 1 });
    expect(cron.notes).toEqual(['figures-dropped', 'figures-unreadable']);
    it.clock.nowMs += MINUTE;
    await it.tell({ ...first, seq: 2, toMs: it.clock.nowMs - 1 });
    expect(await it.cron()).toMatchObject({ told: 1, dropped: 0, notes: [] });
    expect(await it.totals()).toEqual({ redis_requests: 200 });
  });

  test('that nobody has told yet is no loss', async () => {
    expect((await it.cron()).notes).toEqual([]);
    expect((await it.cron()).notes).toEqual([]);
    await it.tell({ isolate: 'a', seq: 1, toMs: start - MINUTE, counts: { redis_requests: 1 } });
    expect(await it.cron()).toMatchObject({ told: 1, dropped: 0, notes: [] });
  });

  test.each(['7', '{"rolledUpMs":"x","memory":null}', '{"rolledUpMs":-1}', 'null'])(
    'nor are alerts and canary lost with another part of the state that reads %s',
    async (rollup) => {
      await tellMore(1);
      await it.write(names.state(), `{"rollup":${rollup},"alerts":{"a":1},"canary":{"b":1}}`);
      expect((await it.cron()).notes).toEqual(['figures-unreadable']);
      expect((await it.cron()).notes).toEqual([]);
      const [state] = await it.metrics.read([names.state()]);
      expect(JSON.parse(state!)).toMatchObject({
        alerts: { a: 1 },
        canary: { b: 1 },
        rollup: { rolledUpMs: it.clock.nowMs },
      });
    },
  );

  test('that nothing was read is noted, once', async () => {
    await tellMore(1);
    await it.write(names.totals(), 'x');
    expect((await it.cron()).notes).toEqual(['figures-unreadable']);
    expect((await it.cron()).notes).toEqual([]);
    expect(await it.totals()).toEqual({ 'requests|kpi|hit': 5, 'origin_duration|kpi': [7, 2] });
  });

  test('when another version has added fields and series, which stay', async () => {
    await tellMore(1);
    const [text] = await it.metrics.read([names.totals()]);
    const totals = { ...JSON.parse(text!), g: { new: 1 } };
    totals.c.of_tomorrow = { x: { y: 9 } };
    totals.h.origin_duration.kpi.push(99, 3);
    await it.write(names.totals(), JSON.stringify(totals));
    const [state] = await it.metrics.read([names.state()]);
    await it.write(
      names.state(),
      JSON.stringify({ ...JSON.parse(state!), alerts: { of: 'D' }, rollouts: [1] }),
    );
    await tellMore(2);
    expect(await it.totals()).toEqual({
      ...{ 'requests|kpi|hit': 10, 'of_tomorrow|x|y': 9, 'origin_duration|kpi': [14, 7] },
    });
    const [after, stateAfter] = await it.metrics.read([names.totals(), names.state()]);
    expect(JSON.parse(after!)).toMatchObject({ g: { new: 1 } });
    expect(JSON.parse(stateAfter!)).toMatchObject({ alerts: { of: 'D' }, rollouts: [1] });
  });

  test('where there are too many series: what is new is counted under others', async () => {
    const bounds = { totalsSeries: 20, bucketSeries: 10 };
    let all = 0;
    for (let seq = 1; seq <= 30; seq += 1) {
      const series = Array.from({ length: seq }, (_, i) => [`requests|c${seq % 7}-${i}|hit`, 1] as const);
      all += seq;
      await it.tell({
        ...{ isolate: 'a', seq, toMs: start },
        counts: { ...Object.fromEntries(series), [`unknown${seq}`]: 1 },
        histograms: { [`request_duration|c${seq}|hit|l1`]: [4, 2, 1], [`unheard${seq}`]: [4, 2, 1] },
      });
      const before: Record<string, unknown> = await it.totals();
      await it.cron(bounds);
      const after: Record<string, unknown> = await it.totals();
      for (const [key, n] of Object.entries(before))
        if (typeof n === 'number') expect(after[key]).toBeGreaterThanOrEqual(n);
    }
    const sumOf = (figures: Figures) => {
      const sums = { requests: 0, observed: 0, others: 0 };
      for (const [key, n] of figures.counts) sums[key.startsWith('requests|') ? 'requests' : 'others'] += n;
      for (const [key, one] of figures.histograms)
        sums[key.startsWith('request_') ? 'observed' : 'others'] += countOf(one);
      return sums;
    };
    const { totals } = await readKept(it.context(), []);
    expect(sumOf(totals.figures)).toEqual({ requests: all, others: 60, observed: 30 });
    // A class may be called so.
    expect(totals.figures.counts.get('requests|other|hit')).toBeUndefined();
    expect(totals.figures.counts.get('requests|(other)|hit')).toBeGreaterThan(0);
    const [hour] = await it.buckets(3 * HOUR, HOUR);
    expect(sumOf(hour!)).toEqual({ requests: all, others: 60, observed: 30 });
    expect(totals.figures.counts.size + totals.figures.histograms.size).toBeLessThan(60);
  });
});

describe('Lists of the heaviest', () => {
  test('add up over isolates and hours; what is too much goes to the rest', async () => {
    const tops = (tags: Flush['tops']['tags']): Flush['tops'] => ({
      tags,
      tenants: [['acme', 9, 8, 1, 0]],
      missed: [['k1', 2]],
    });
    await it.tell({
      isolate: 'a',
      seq: 1,
      toMs: start - HOUR,
      tops: tops([
        ['t1', 5, 4, 1, 0],
        ['t2', 3, 0, 3, 1],
        ['', 7, 7, 0, 0],
      ]),
    });
    await it.tell({
      isolate: 'b',
      seq: 1,
      toMs: start,
      tops: tops([
        ['t2', 4, 4, 0, 0],
        ['t3', 1, 0, 0, 2],
      ]),
    });
    await it.cron();
    const span = { fromMs: start - 2 * HOUR, toMs: start };
    expect(await readTops(it.context(), span)).toEqual({
      ...{ fromMs: Date.UTC(2026, 2, 1, 10), toMs: Date.UTC(2026, 2, 1, 13), rolledUpMs: start },
      tags: [
        { name: 't2', reads: 7, hits: 4, fills: 3, purges: 1 },
        { name: 't1', reads: 5, hits: 4, fills: 1, purges: 0 },
        { name: 't3', reads: 1, hits: 0, fills: 0, purges: 2 },
        { name: '', reads: 7, hits: 7, fills: 0, purges: 0 },
      ],
      tenants: [{ name: 'acme', reads: 18, hits: 16, fills: 2, purges: 0 }],
      missed: [{ name: 'k1', misses: 4 }],
    });
    const { tags } = await readTops(it.context({ topsShown: 1 }), span);
    expect(tags).toEqual([
      { name: 't2', reads: 7, hits: 4, fills: 3, purges: 1 },
      { name: '', reads: 13, hits: 11, fills: 1, purges: 2 },
    ]);
  });
});

/** Calls of the store that wait for their turn, and fail before or after they took effect, as chance will have it. */
const troubled = (metrics: Metrics, s: fc.Scheduler, trouble: () => number): Metrics =>
  new Proxy(metrics, {
    get: (target, verb: keyof Metrics) => async (ask: never) => {
      await s.schedule(Promise.resolve(), `${verb} goes`);
      const how = trouble();
      if (how === 0) throw new StoreError('unreachable');
      const reply = await target[verb](ask);
      await s.schedule(Promise.resolve(), `${verb} replies`);
      if (how === 1) throw new StoreError('timeout');
      return reply;
    },
  });

const isolates = fc.array(
  // How often each document is told, at its time and again after the others.
  fc.array(
    fc.record({ at: fc.integer({ min: 1, max: 3 }), late: fc.nat({ max: 2 }), n: fc.nat({ max: 9 }) }),
    {
      maxLength: 6,
    },
  ),
  { minLength: 1, maxLength: 6 },
);

test('Whatever is repeated, comes late, is not valid, fails or happens at once: totals are what was told, exactly', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      isolates,
      fc.infiniteStream(fc.nat({ max: 7 })),
      fc.array(fc.nat({ max: 5 }), { minLength: 20, maxLength: 60 }),
      async (s, told, chance, order) => {
        const here = scene();
        const trouble = () => chance.next().value as number;
        const crons: Promise<unknown>[] = [];
        const startCron = () => {
          const context = here.context(
            { toldAtOnce: 3, roundsPerTick: 4 },
            troubled(here.metrics, s, trouble),
          );
          crons.push(rollUp(context, noParts).catch(() => {}));
        };
        // Documents of all isolates, each's own in order; who tells next is chosen by `order`.
        const queues = told.map((documents, i) => [
          ...documents.flatMap(({ at, n }, j) => Array.from({ length: at }, () => [i, j, n] as const)),
          ...documents.flatMap(({ late, n }, j) => Array.from({ length: late }, () => [i, j, n] as const)),
        ]);
        let least = 0;
        const look = async () => {
          const now = (await here.totals())['redis_requests'];
          expect(Number(now ?? 0)).toBeGreaterThanOrEqual(least);
          least = Number(now ?? 0);
        };
        const tellNext = async (choice: number) => {
          const [i, j, n] = queues[choice % queues.length]!.shift() ?? [];
          here.clock.nowMs += 700;
          if (i === undefined) return here.tellText('{"not":"valid"}');
          return here.tell({
            ...{ isolate: `i${i}`, seq: j! + 1, toMs: here.clock.nowMs - 20_000 },
            ...{
              counts: { redis_requests: n!, [`requests|c${i}|hit`]: 1 },
              histograms: { 'origin_duration|c': [n!, 3, 1] },
            },
          });
        };
        for (const [k, choice] of order.entries()) {
          await tellNext(choice);
          if (k % 4 === 0) startCron();
          if (s.count() > 0 && choice % 2 === 0) await s.waitOne();
          await look();
        }
        for (const [i, queue] of queues.entries()) while (queue.length > 0) await tellNext(i);
        startCron();
        startCron();
        await s.waitFor(Promise.all(crons));
        await look();
        await here.cron();
        const documents = told.flat();
        const totals: Record<string, unknown> = await here.totals();
        const sum = documents.reduce((all, { n }) => all + n, 0);
        expect(totals['redis_requests'] ?? 0).toBe(sum);
        expect(totals['origin_duration|c'] ?? [0, 0]).toEqual([sum, documents.length]);
        for (const stepMs of [MINUTE, HOUR, DAY]) {
          const buckets = await here.buckets(stepMs === MINUTE ? HOUR : 2 * DAY, stepMs);
          expect(buckets.reduce((all, { counts }) => all + (counts.get('redis_requests') ?? 0), 0)).toBe(sum);
        }
      },
    ),
    { numRuns: 150 },
  );
});
