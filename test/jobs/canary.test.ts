import { expect, test } from 'vitest';
import { worker } from '../../src/edge/worker.ts';
import { daysOfService } from '../../src/figures/canary.ts';
import { readCanaryState } from '../../src/figures/canary-state.ts';
import { readKept } from '../../src/figures/kept.ts';
import { readState } from '../../src/figures/read.ts';
import { flushOf } from '../../src/telemetry/flush.ts';
import { countOf, quantileMs } from '../../src/telemetry/histogram.ts';
import { aClass, type TestEdge, type WorldOptions, world } from '../support/worker/world.ts';

const MINUTE = 60_000;
const level = { targetMs: 15_000, share: 0.99 };

/** Isolates that are asked every ten seconds, and tell every minute; the first of them runs the cron. */
function deployment(edges: number, options: WorldOptions = {}) {
  const made = world([aClass()], options);
  made.origin.on('/report/r1', { total: 1 });
  const all = [made.edge, ...Array.from({ length: edges - 1 }, made.anotherEdge)];
  const seqs = new Map<TestEdge, number>();

  async function tell(edge: TestEdge) {
    const { store, names, meter, clock } = edge.isolate;
    const seq = (seqs.get(edge) ?? 0) + 1;
    seqs.set(edge, seq);
    const at = { isolate: edge.isolate.flusher.isolate, seq };
    const [fromMs, toMs] = [clock.now() - MINUTE, clock.now()];
    const flush = flushOf({ ...at, fromMs, toMs }, meter.take());
    await store.metrics.tell({ stream: names.metrics.told(), text: JSON.stringify(flush), most: 1_000 });
  }

  return {
    ...made,
    all,
    /** Minutes in which these isolates are asked, each with a tick at its end. */
    async minutes(count: number, asked: readonly TestEdge[] = all) {
      for (let minute = 0; minute < count; minute += 1) {
        for (let n = 0; n < 6; n += 1) {
          made.clock.advance(10_000);
          for (const edge of asked) await edge.get('/report/r1');
        }
        for (const edge of all) await tell(edge);
        await made.edge.cron(worker(made.edge.app));
      }
    },
    async figures() {
      const { state, totals: kept } = await readKept(made.edge.context, []);
      const totals = kept.figures;
      const visible = totals.histograms.get('purge_visible');
      return {
        visible: visible ? countOf(visible) : 0,
        mostMs: visible ? quantileMs(visible, 1) : null,
        within: totals.counts.get('canary_purges|within') ?? 0,
        unmeasured: totals.counts.get('canary_purges|unmeasured') ?? 0,
        unseen: totals.counts.get('canary_purges|unseen') ?? 0,
        early: totals.counts.get('canary_early') ?? 0,
        days: daysOfService(readCanaryState(state.canary).state, level),
      };
    },
  };
}

test('purges each minute, which others see: figures, and the service level of the day', async () => {
  const it = deployment(3);
  await it.minutes(8);
  const { visible, mostMs, within, unmeasured, days } = await it.figures();
  expect(within).toBeGreaterThanOrEqual(4);
  expect(visible).toBe(within);
  expect(mostMs).toBeLessThanOrEqual(16_384);
  expect(unmeasured).toBe(0);
  expect(days).toMatchObject([{ within, late: 0, unseen: 0, share: 1, isMet: true }]);
});

test('the isolate that runs the cron measures nothing by itself', async () => {
  const it = deployment(1);
  await it.minutes(8);
  const { visible, unmeasured, days } = await it.figures();
  expect({ visible, isMeasured: unmeasured > 3 }).toEqual({ visible: 0, isMeasured: true });
  expect(days).toMatchObject([{ share: null, isMet: null }]);
});

test('an isolate that reads what was before goes on as unseen', async () => {
  const it = deployment(2);
  await it.minutes(2);
  // A replica that stands still.
  const [, lagging] = it.all;
  const [canary] = await it.store.lookup(['gen:@canary']);
  const lookup = lagging!.redis.lookup.bind(lagging!.redis);
  lagging!.redis.lookup = async (names) =>
    (await lookup(names)).map((value, i) => (names[i] === 'gen:@canary' ? canary! : value));
  await it.minutes(9);
  const { unseen, days } = await it.figures();
  expect(unseen).toBeGreaterThanOrEqual(3);
  expect(days[0]).toMatchObject({ unseen, isMet: false });
});

test('no receipt is written, and no list knows of a canary', async () => {
  const it = deployment(2);
  await it.minutes(5);
  const { store, names } = it.edge.isolate;
  const ask = { list: names.receiptList(null), beforeMs: it.clock.now(), skip: 0, sinceMs: 0, most: 10 };
  expect(await store.receipts.page(ask)).toEqual([]);
  const due = { open: names.openReceipts(), untilMs: Number.MAX_SAFE_INTEGER, most: 10 };
  expect(await store.receipts.due(due)).toEqual([]);
});

test('what was judged is counted at once where isolates tell, else with the tenth minute, and never twice', async () => {
  const it = deployment(2);
  await it.minutes(4);
  const { visible, within } = await it.figures();
  expect(within).toBeGreaterThanOrEqual(1);
  expect(visible).toBe(within);
  const counted: number[] = [];
  for (let minute = 0; minute < 25; minute += 1) {
    it.clock.advance(MINUTE);
    await it.edge.cron(worker(it.edge.app));
    const now = await it.figures();
    counted.push(now.within + now.unmeasured);
  }
  const changes = counted.filter((n, i) => n !== (counted[i - 1] ?? within));
  expect(changes.length).toBeLessThanOrEqual(3);
  expect(counted.at(-1)).toBeGreaterThanOrEqual(within + 15);
  await it.minutes(2);
  const { days, ...after } = await it.figures();
  expect(days).toMatchObject([{ within: after.within, unmeasured: after.unmeasured }]);
});

test('off by setting: nothing is purged, and nothing is kept of it', async () => {
  const it = deployment(2, { settings: { CANARY: 'off' } });
  await it.minutes(4);
  expect(await it.store.lookup(['gen:@canary'])).toEqual([null]);
  expect((await readState(it.edge.context))?.canary).toBeUndefined();
});

test('what was kept and cannot be read starts anew', async () => {
  const it = deployment(2);
  await it.minutes(4);
  const { store, names } = it.edge.isolate;
  const [text] = await store.metrics.read([names.metrics.state()]);
  const broken = JSON.stringify({ ...JSON.parse(text!), canary: { purges: 'none' } });
  const [version = null] = await store.metrics.read([names.metrics.version()]);
  await store.metrics.settle({
    version: { key: names.metrics.version(), expected: version, next: 'broken' },
    values: [{ keys: [names.metrics.state()], value: broken, lifeMs: null }],
    told: null,
  });
  const before = await it.figures();
  await it.minutes(1);
  expect(it.edge.log.at(-1)).toMatchObject({ event: 'cron', notes: ['figures-unreadable'] });
  await it.minutes(4);
  expect(it.edge.log.at(-1)).toMatchObject({ event: 'cron', notes: [] });
  const after = await it.figures();
  expect(after.visible).toBeGreaterThan(before.visible);
});

test('two crons at once make one purge', async () => {
  const it = deployment(2);
  await it.minutes(1);
  await Promise.all(it.all.map((edge) => edge.cron(worker(edge.app))));
  const { state } = readCanaryState((await readState(it.edge.context))?.canary);
  const [generation] = await it.store.lookup(['gen:@canary']);
  expect(generation).toContain(String(state.purges.at(-1)!.madeMs));
  expect(state.purges).toHaveLength(2);
});
