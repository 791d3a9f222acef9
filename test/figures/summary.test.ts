import { expect, test } from 'vitest';
import { summaryOf } from '../../src/figures/summary.ts';
import { histogramOf } from '../../src/telemetry/flush.ts';

const figures = (counts: Record<string, number>, histograms: Record<string, number[]> = {}) => ({
  counts: new Map(Object.entries(counts)),
  histograms: new Map(Object.entries(histograms).map(([key, parts]) => [key, histogramOf(parts)])),
});

test('Nothing asked gives no rate, and no durations', () => {
  expect(summaryOf([])).toEqual({
    requests: 0,
    byOutcome: { hit: 0, stale: 0, miss: 0, bypass: 0, refused: 0, error: 0 },
    ...{ hitRate: null, byteHitRate: null, offload: null, p50Ms: null, p95Ms: null, p99Ms: null },
    ...{ originFetches: 0, originBytes: 0, savedBytes: 0, redisCommands: 0, redisDollars: 0 },
    ...{ reasons: [], classes: [] },
  });
});

test('Rates, bytes and durations are over all buckets, of all classes and of each', () => {
  const summary = summaryOf([
    figures(
      {
        'requests|kpi|hit': 6,
        'requests|kpi|stale': 1,
        'requests|kpi|miss': 2,
        'requests|kpi|error': 1,
        'requests|-|refused': 5,
        'requests|-|bypass': 4,
        'request_reasons|kpi|hit|fresh': 6,
        'request_reasons|kpi|miss|purged': 2,
        'served_bytes|kpi|hit': 600,
        'served_bytes|kpi|stale': 100,
        'served_bytes|kpi|miss': 300,
        'origin_fetches|kpi|miss': 2,
        'origin_fetches|kpi|refresh': 1,
        'origin_bytes|kpi': 450,
        'redis_commands|lookup': 9,
        'redis_commands|flush': 1,
        redis_price: 0.25,
        'of another version|kpi': 77,
      },
      { 'request_duration|kpi|hit|l1': [40, 4, 9, 20, 1] },
    ),
    figures(
      { 'requests|kpi|hit': 10, 'request_reasons|kpi|hit|fresh': 10, redis_price: 0.5 },
      { 'request_duration|kpi|hit|l2': [10, 6, 10] },
    ),
  ]);
  expect(summary).toMatchObject({
    requests: 29,
    byOutcome: { hit: 16, stale: 1, miss: 2, bypass: 4, refused: 5, error: 1 },
    hitRate: 17 / 20,
    ...{ byteHitRate: 0.7, savedBytes: 700, originBytes: 450, originFetches: 3 },
    ...{ redisCommands: 10, redisDollars: 0.75 },
    ...{ p50Ms: 8, p95Ms: 8, p99Ms: 1024 },
    reasons: [
      { outcome: 'hit', reason: 'fresh', requests: 16 },
      { outcome: 'miss', reason: 'purged', requests: 2 },
    ],
  });
  expect(summary.classes.map(({ name, requests, hitRate }) => [name, requests, hitRate])).toEqual([
    ['-', 9, null],
    ['kpi', 20, 17 / 20],
  ]);
});

const slow = [1000, 22, 4];
const fast = [1, 0, 1000];

test('what no class answers, and what is refused, neither spares the origin nor makes the cache fast', () => {
  const kpi = { 'requests|kpi|hit': 2, 'requests|kpi|miss': 2, 'origin_fetches|kpi|miss': 2 };
  const alone = summaryOf([figures(kpi, { 'request_duration|kpi|miss|origin': slow })]);
  const beside = summaryOf([
    figures(
      {
        ...kpi,
        'requests|-|bypass': 500,
        'requests|-|refused': 100,
        'requests|-|error': 3,
        'requests|kpi|refused': 200,
      },
      {
        'request_duration|kpi|miss|origin': slow,
        'request_duration|kpi|refused|none': fast,
        'request_duration|-|bypass|none': fast,
        'request_duration|-|refused|none': fast,
      },
    ),
  ]);
  expect(beside).toMatchObject({ requests: 807, offload: 0.5 });
  for (const name of ['offload', 'p50Ms', 'p95Ms', 'p99Ms'] as const) {
    expect(beside[name], name).toBe(alone[name]);
    expect(beside.classes.find((it) => it.name === 'kpi')![name], name).toBe(alone[name]);
  }
  expect(alone.p50Ms).toBeGreaterThan(100);
  // A page of the class `-` itself would say how fast that is.
  expect(beside.classes[0]).toMatchObject({ name: '-', offload: 1, p50Ms: beside.classes[0]!.p99Ms });
});

test('what is fetched without being asked for spares less than nothing, which is nothing', () => {
  const counts = { 'requests|kpi|hit': 1, 'origin_fetches|kpi|refresh': 5 };
  expect(summaryOf([figures(counts)]).offload).toBe(0);
  expect(summaryOf([figures({ 'requests|kpi|refused': 5 })]).offload).toBeNull();
});
