import { DAY, HOUR, MINUTE, startOf } from '../../src/figures/steps.ts';
import { writeFigures } from '../../src/figures/text.ts';
import type { Figures } from '../../src/figures/types.ts';
import { Names } from '../../src/store/names.ts';
import type { Store } from '../../src/store/port.ts';
import { seriesKey } from '../../src/telemetry/catalogue.ts';
import { bucketOf, type Histogram, newHistogram, observe } from '../../src/telemetry/histogram.ts';

/** Always the same numbers in [0, 1) (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ROLLED_UP_AGO_MS = 23_000;

/** How classes of the demo fare, in shares of their requests. */
const fares = {
  analytics: {
    weight: 0.46,
    hit: 0.86,
    stale: 0.05,
    error: 0.002,
    refused: 0.01,
    bytes: 6_400,
    originMs: 240,
  },
  permissions: { weight: 0.34, hit: 0.93, stale: 0, error: 0.001, refused: 0, bytes: 420, originMs: 35 },
  invoice: { weight: 0.14, hit: 0.71, stale: 0, error: 0.002, refused: 0.004, bytes: 1_900, originMs: 80 },
  invoices: { weight: 0.05, hit: 0.62, stale: 0.02, error: 0.004, refused: 0, bytes: 18_000, originMs: 140 },
} as const;

/** What a bucket of this length might hold, at this time: more by day, and a fault in the last quarter of an hour. */
export function figuresAt(startMs: number, bucketMs: number, nowMs: number): Figures {
  // The last one has only begun.
  const stepMs = Math.min(bucketMs, Math.max(1_000, nowMs - ROLLED_UP_AGO_MS - startMs));
  const chance = chanceOf(startMs / 1000 + bucketMs);
  const counts = new Map<string, number>();
  const histograms = new Map<string, Histogram>();
  const add = (n: number, ...[id, ...labels]: [Parameters<typeof seriesKey>[0], ...string[]]) => {
    const key = seriesKey(id, labels);
    if (n > 0) counts.set(key, (counts.get(key) ?? 0) + Math.round(n * 1e6) / 1e6);
  };
  const see = (n: number, ms: number, ...[id, ...labels]: [Parameters<typeof seriesKey>[0], ...string[]]) => {
    const key = seriesKey(id, labels);
    const histogram = histograms.get(key) ?? newHistogram();
    histograms.set(key, histogram);
    if (n > 0) observe(histogram, bucketOf(ms), Math.round(n));
    histogram.sumMs += ms * n;
  };
  const hour = (startMs % DAY) / HOUR;
  const busy = 0.55 + 0.45 * Math.sin(((hour - 8) / 24) * 2 * Math.PI);
  const isFault = nowMs - startMs < 26 * MINUTE && nowMs - startMs > 14 * MINUTE && bucketMs === MINUTE;
  const all = Math.round(900 * busy * (0.85 + 0.3 * chance()) * (stepMs / MINUTE));
  for (const [cls, fare] of Object.entries(fares)) {
    const requests = Math.round(all * fare.weight);
    const of = (share: number) => Math.round(requests * share * (0.9 + 0.2 * chance()));
    const error = isFault ? of(0.06) : of(fare.error);
    const stale = isFault ? of(fare.stale + 0.05) : of(fare.stale);
    const refused = of(fare.refused);
    const hit = Math.min(requests - error - stale - refused, of(fare.hit - (isFault ? 0.12 : 0)));
    const miss = requests - hit - stale - refused - error;
    for (const [outcome, n] of Object.entries({ hit, stale, miss, refused, error })) {
      add(n, 'requests', cls, outcome);
      add(n * fare.bytes, 'served_bytes', cls, outcome);
    }
    add(hit, 'request_reasons', cls, 'hit', 'fresh');
    add(stale, 'request_reasons', cls, 'stale', isFault ? 'stale-if-error' : 'stale-while-revalidate');
    for (const [reason, share] of Object.entries({ 'uri-miss': 0.44, purged: 0.31, expired: 0.25 }))
      add(Math.round(miss * share), 'request_reasons', cls, 'miss', reason);
    add(refused, 'request_reasons', cls, 'refused', 'forbidden');
    add(error, 'request_reasons', cls, 'error', isFault ? 'origin-timeout' : 'origin-failed');
    const collapsed = Math.round(miss * 0.12);
    add(miss - collapsed, 'origin_fetches', cls, 'miss');
    add(stale, 'origin_fetches', cls, 'refresh');
    add((miss + stale) * fare.bytes, 'origin_bytes', cls);
    see(hit * 0.7, 0.8, 'request_duration', cls, 'hit', 'l1');
    see(hit * 0.27, 4 + 5 * chance(), 'request_duration', cls, 'hit', 'l2');
    see(hit * 0.03, 18, 'request_duration', cls, 'hit', 'l2');
    see(stale, 5, 'request_duration', cls, 'stale', 'l2');
    see(
      miss,
      fare.originMs * (isFault ? 9 : 0.8 + 0.6 * chance()),
      'request_duration',
      cls,
      'miss',
      'origin',
    );
    see(error, isFault ? 10_000 : 300, 'request_duration', cls, 'error', 'origin');
    for (const [verb, n] of Object.entries({ lookup: hit * 0.3 + miss + stale, lease: miss, fill: miss })) {
      add(Math.round(n), 'redis_commands', verb);
      add(n * 2e-6 * (verb === 'lookup' ? 1 : 4), 'redis_price');
    }
  }
  const purges = Math.round((4 * stepMs) / MINUTE);
  add(purges, 'purges', 'accepted');
  add(purges, 'purges', 'applied');
  see(purges * 0.9, 40 + 30 * chance(), 'purge_applied');
  see(purges * 0.1, isFault ? 2_600 : 300, 'purge_applied');
  see(Math.max(1, stepMs / MINUTE), isFault ? 9_000 : 700 + 900 * chance(), 'purge_visible');
  return { counts, histograms };
}

const names = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i));
const two = (n: number) => String(n).padStart(2, '0');
/** Zipf: the first is read most. */
const zipf = (list: readonly string[], most: number) =>
  list.map((name, i) => {
    const reads = Math.round(most / (i + 1) ** 0.9);
    return [
      name,
      reads,
      Math.round(reads * (0.93 - 0.002 * i)),
      Math.round(reads * 0.06),
      Math.round(reads / 400),
    ];
  });

export interface MadeTops {
  readonly tags?: readonly string[];
  readonly tenants?: readonly string[];
  readonly missed?: readonly string[];
}

/** A week of the canary: on one day a purge in fifty was late. */
const canaryOf = (nowMs: number) => ({
  purges: [],
  isolates: {},
  days: [6, 5, 4, 3, 2, 1, 0].map((ago) => ({
    startMs: startOf(nowMs, DAY) - ago * DAY,
    targetMs: 15_000,
    within: ago === 0 ? 410 : ago === 3 ? 1400 : 1436,
    late: ago === 3 ? 36 : 2,
    ...{ unseen: 0, unmeasured: 2, early: 0, longestMs: ago === 3 ? 41_000 : 11_400 },
  })),
});

/** Buckets and lists of the last 35 days, as the cron would have left them. `alerts`, `rollout`: their parts of the state. `sinceMs`: when they began. */
export function madeFigures(
  nowMs: number,
  {
    alerts,
    rollout,
    tops = {},
    sinceMs = 0,
  }: { alerts?: unknown; rollout?: unknown; tops?: MadeTops; sinceMs?: number } = {},
) {
  const { metrics } = new Names('');
  const values: { key: string; value: string }[] = [];
  for (const [stepMs, count, nameAt] of [
    [MINUTE, 185, metrics.minute],
    [HOUR, 169, metrics.hour],
    [DAY, 36, metrics.day],
  ] as const)
    for (let i = 0; i < count; i += 1) {
      const startMs = startOf(nowMs, stepMs) - i * stepMs;
      if (startMs + stepMs <= sinceMs) break;
      values.push({ key: nameAt(startMs), value: writeFigures(figuresAt(startMs, stepMs, nowMs)) });
    }
  const lists = {
    tags: zipf(tops.tags ?? names(100, (i) => `dashboard:d${i + 1}`), 42_000).concat([
      ['', 31_000, 21_000, 4_200, 12],
    ]),
    tenants: zipf(tops.tenants ?? ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark'], 61_000),
    missed: (
      tops.missed ??
      names(60, (i) => `analytics:v2:tenant:acme:dashboard:d${i + 1}:kpis:2026-${two((i % 12) + 1)}`)
    )
      .map((name, i) => [name, Math.round(900 / (i + 1))] as (string | number)[])
      .concat([['', 640]]),
  };
  for (let i = 0; i < 25; i += 1)
    values.push({ key: metrics.tops(startOf(nowMs, HOUR) - i * HOUR), value: JSON.stringify(lists) });
  const rollup = { rolledUpMs: nowMs - ROLLED_UP_AGO_MS, isolates: 14, memory: null };
  values.push({
    key: metrics.state(),
    value: JSON.stringify({ rollup, alerts, rollout, canary: canaryOf(nowMs) }),
  });
  return values;
}

export async function seedFigures(
  store: Store,
  nowMs: number,
  more: Parameters<typeof madeFigures>[1] = {},
): Promise<void> {
  const { version } = new Names('').metrics;
  const values = madeFigures(nowMs, more).map(({ key, value }) => ({ keys: [key], value, lifeMs: null }));
  // Whatever the cron has settled before.
  const [expected = null] = await store.metrics.read([version()]);
  await store.metrics.settle({
    version: { key: version(), expected, next: `seeded ${nowMs}` },
    values,
    told: null,
  });
}
