import { beforeEach, describe, expect, test } from 'vitest';
import { worker } from '../../src/edge/worker.ts';
import { Names } from '../../src/store/names.ts';
import type { Flush } from '../../src/telemetry/flush.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { flushed } from '../support/worker/told.ts';
import { aClass, world } from '../support/worker/world.ts';

async function scene() {
  const made = world([aClass()], {
    settings: { ADMIN_TOKENS: await adminTokens('read', 'purge') },
    as: null,
  });
  const stream = new Names('').metrics.told();
  return {
    ...made,
    read: (path: string) => made.edge.get(path, asAdmin('read')),
    async tell(over: Omit<Partial<Flush>, 'toMs'>) {
      const told = flushed({ isolate: 'a', seq: 1, ...over, toMs: made.clock.now() });
      await made.store.metrics.tell({ stream, text: JSON.stringify(told), most: 100 });
    },
    async cron() {
      await made.edge.cron(worker(made.edge.app));
      return made.edge.log.findLast(({ event }) => event === 'cron');
    },
  };
}

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
});

const told = {
  counts: { 'requests|report|hit': 3, 'requests|report|miss': 1, 'request_reasons|report|hit|fresh': 3 },
  histograms: { 'request_duration|report|hit|l1': [6, 2, 3] },
  tops: {
    tags: [['acme:report:r1', 4, 3, 1, 0]],
    tenants: [['acme', 4, 3, 1, 0]],
    missed: [['report:v1:tenant:acme:r1', 1]],
  },
} satisfies Partial<Flush>;

describe('GET /-/metrics', () => {
  test('shows running totals as Prometheus reads them, with one request of Redis', async () => {
    await it.tell(told);
    await it.cron();
    const { status, headers, text } = await it.read('/-/metrics');
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('Cache-Control')).toContain('no-store');
    expect(text).toContain('\nstillfresh_requests_total{class="report",outcome="hit"} 3\n');
    expect(text).toContain('\nstillfresh_requests_total{class="report",outcome="stale"} 0\n');
    expect(text).toContain(
      '\nstillfresh_request_duration_seconds_sum{class="report",outcome="hit",layer="l1"} 0.006\n',
    );
    expect(text).toMatch(/\nstillfresh_redis_memory_used_bytes \d+\n/);
    expect(it.edge.log.at(-1)).toMatchObject({ path: '/-/metrics', admin: 'read', redis_requests: 1 });
  });

  test('counts on, from one run of the cron to the next', async () => {
    for (const [seq, hits] of [
      [1, 3],
      [2, 8],
    ] as const) {
      await it.tell({ seq, counts: { 'requests|report|hit': hits } });
      await it.cron();
    }
    expect((await it.read('/-/metrics')).text).toContain('{class="report",outcome="hit"} 11\n');
  });
});

describe('GET /-/figures', () => {
  test('says how the cache does in a window, in all, by class and by minute', async () => {
    await it.tell(told);
    await it.cron();
    it.clock.advance(60_000);
    const { status, json } = await it.read('/-/figures?window=15m');
    expect(status).toBe(200);
    const { buckets, summary, ...span } = json as { buckets: unknown[]; summary: unknown };
    const now = it.clock.now();
    const minute = now - (now % 60_000);
    const iso = (ms: number) => new Date(ms).toISOString();
    expect(span).toEqual({
      ...{ from: iso(minute - 15 * 60_000), to: iso(minute + 60_000), step_ms: 60_000 },
      rolled_up_at: iso(now - 60_000),
    });
    const shares = {
      ...{ requests: 4, by_outcome: { hit: 3, stale: 0, miss: 1, bypass: 0, refused: 0, error: 0 } },
      ...{ hit_rate: 0.75, byte_hit_rate: null, origin_fetches: 0, origin_bytes: 0, saved_bytes: 0 },
      ...{ p50_ms: 2, p95_ms: 2, p99_ms: 2 },
    };
    const reasons = [{ outcome: 'hit', reason: 'fresh', requests: 3 }];
    const redis = { redis_commands: 0, redis_dollars: 0 };
    expect(summary).toEqual({
      ...shares,
      ...redis,
      reasons,
      classes: [{ name: 'report', ...shares, reasons }],
    });
    expect(buckets).toHaveLength(16);
    expect(buckets[14]).toEqual({ at: iso(minute - 60_000), ...shares, ...redis });
    expect(buckets[15]).toMatchObject({ at: iso(minute), requests: 0, hit_rate: null });
  });

  test('says that nothing was rolled up yet', async () => {
    expect((await it.read('/-/figures')).json).toMatchObject({
      rolled_up_at: null,
      summary: { requests: 0 },
    });
  });

  test.each([
    ['1m', '', 60_000, 2],
    ['3h', '', 60_000, 181],
    ['3h1m', undefined, 0, 0],
    ['4h', '', 3_600_000, 5],
    ['3d', '', 3_600_000, 73],
    ['4d', '', 3_600_000, 97],
    ['7d', '', 3_600_000, 169],
    ['8d', '', 86_400_000, 9],
    ['35d', '', 86_400_000, 36],
    ['7d', '1h', 3_600_000, 169],
    ['8d', '1h', 86_400_000, 9],
    ['24h', '1m', 3_600_000, 25],
    ['2h', '1d', 86_400_000, 1],
  ])('of %s, by %j: steps of %d ms, %d of them', async (window, step, stepMs, count) => {
    const { status, json } = await it.read(`/-/figures?window=${window}${step ? `&step=${step}` : ''}`);
    if (step === undefined) return expect(status).toBe(400);
    const { step_ms, buckets } = json as { step_ms: number; buckets: unknown[] };
    expect([step_ms, buckets.length]).toEqual([stepMs, count]);
    expect(it.edge.log.at(-1)).toMatchObject({ redis_requests: 1 });
  });

  test.each([
    ['window=0m', 'window', 'must be from 1m to 35d'],
    ['window=36d', 'window', 'must be from 1m to 35d'],
    ['window=15', 'window', 'is not a duration; write'],
    ['window=', 'window', 'is not a duration; write'],
    ['window=15m&window=1h', 'window', 'is given more than once'],
    ['step=2m', 'step', 'must be one of "1m", "1h", "1d"'],
    ['step=constructor', 'step', 'must be one of'],
    ['windw=15m', 'windw', ''],
  ])('?%s: 400, %s %s', async (query, field, detail) => {
    const { status, json } = await it.read(`/-/figures?${query}`);
    expect(status).toBe(400);
    expect(json).toMatchObject({ errors: [{ field, detail: expect.stringContaining(detail) }] });
  });
});

test('GET /-/tops gives the heaviest tags, tenants and missed keys', async () => {
  await it.tell(told);
  await it.cron();
  const { status, json } = await it.read('/-/tops?window=24h');
  expect(status).toBe(200);
  const counts = { reads: 4, hits: 3, fills: 1, purges: 0 };
  expect(json).toMatchObject({
    rolled_up_at: new Date(it.clock.now()).toISOString(),
    tags: [{ name: 'acme:report:r1', ...counts }],
    tenants: [{ name: 'acme', ...counts }],
    missed: [{ name: 'report:v1:tenant:acme:r1', misses: 1 }],
  });
  expect((await it.read('/-/tops?window=49h')).status).toBe(400);
});

describe.each(['/-/metrics', '/-/figures', '/-/tops'])('%s', (path) => {
  test('needs a token, with the scope read', async () => {
    expect((await it.edge.get(path)).status).toBe(401);
    expect((await it.edge.get(path, asAdmin('purge'))).status).toBe(403);
    expect((await it.edge.get(path, asAdmin('read', { method: 'POST' }))).status).toBe(405);
  });

  test('says that Redis does not answer', async () => {
    it.edge.redis.fail();
    const { status, headers } = await it.read(path);
    expect([status, headers.get('Retry-After')]).toEqual([503, '5']);
  });
});

describe('The cron', () => {
  test('says what it did', async () => {
    await it.tell(told);
    await it.tell(told);
    expect(await it.cron()).toMatchObject({
      level: 'info',
      figures: { told: 1, repeats: 1, dropped: 0 },
      notes: [],
    });
  });

  test('finishes purges though figures are broken, and rolls up though a sweep fails', async () => {
    const { metrics, receipts } = it.store;
    const { read } = metrics;
    const { due } = receipts;
    await it.tell(told);
    Object.assign(metrics, { read: () => Promise.reject(new Error('a fault')) });
    expect(await it.cron()).toMatchObject({
      ...{ level: 'error', notes: ['internal'] },
      failures: [{ note: 'internal', says: expect.stringContaining('a fault') }],
    });
    Object.assign(metrics, { read });
    Object.assign(receipts, { due: () => Promise.reject(new Error('another')) });
    expect(await it.cron()).toMatchObject({ level: 'error', figures: { told: 1 } });
    Object.assign(receipts, { due });
    expect(await it.cron()).toMatchObject({ level: 'info', figures: { told: 0 } });
  });
});
