import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { canaryNamed, madeMsOf } from '../../src/engine/canary.ts';
import { canaryStep } from '../../src/figures/canary.ts';
import { noCanary, readCanaryState } from '../../src/figures/canary-state.ts';
import { readState } from '../../src/figures/read.ts';
import { canaryPart } from '../../src/jobs/canary.ts';
import type { FakeClock } from '../support/worker/clock.ts';
import { frontEnds, path, storable } from '../support/worker/front-ends.ts';
import type { TestEdge } from '../support/worker/world.ts';
import { aClass, world } from '../support/worker/world.ts';

const canaryName = 'gen:@canary';
const level = { targetMs: 15_000, share: 0.99 };

/** The cron runs in this isolate; what it keeps of the canary. */
async function purgeBy(edge: TestEdge) {
  await edge.cron(worker(edge.app));
  return readCanaryState((await readState(edge.context))?.canary).state;
}

/** Those of these lookups that carried the canary. */
const looksAmong = (asked: ReturnType<TestEdge['redis']['tookWithNames']>) =>
  asked.filter(({ names }) => names.includes(canaryName)).length;

describe.each(frontEnds)('the canary in lookups of $name', ({ world: make }) => {
  async function busy() {
    const made = make();
    made.origin.on(path, storable({ total: 1 }));
    await made.edge.get(path);
    made.edge.redis.tookWithNames();
    return made;
  }

  /** Asks every second, so that isolate memory is not trusted: each asks Redis. */
  async function askFor(clock: FakeClock, edge: TestEdge, seconds: number) {
    for (let n = 0; n < seconds; n += 1) {
      clock.advance(1_000);
      await edge.get(path);
    }
    return edge.redis.tookWithNames();
  }

  test('it rides once in ten seconds, in lookups that are made anyway', async () => {
    const { clock, edge } = await busy();
    const asked = await askFor(clock, edge, 30);
    expect(looksAmong(asked)).toBe(3);
    expect(asked.every(({ names, verb }) => verb !== 'lookup' || names.length > 1)).toBe(true);
  });

  test('off by setting it rides in none, and costs no lookup more when on', async () => {
    const on = await busy();
    const off = make({ settings: { CANARY: 'off' } });
    off.origin.on(path, storable({ total: 1 }));
    await off.edge.get(path);
    off.edge.redis.tookWithNames();
    const [asked, askedWithout] = [
      await askFor(on.clock, on.edge, 25),
      await askFor(off.clock, off.edge, 25),
    ];
    expect(looksAmong(askedWithout)).toBe(0);
    expect(asked.map(({ verb }) => verb)).toEqual(askedWithout.map(({ verb }) => verb));
    expect(off.edge.isolate.canary).toBeNull();
  });

  test('a hit from trusted isolate memory asks nothing', async () => {
    const { clock, edge } = await busy();
    clock.advance(bounds.canaryLookMs);
    await edge.get(path);
    edge.redis.tookWithNames();
    clock.advance(900);
    for (let n = 0; n < 5; n += 1) await edge.get(path);
    expect(edge.redis.took()).toEqual([]);
  });

  test('a lookup that is not answered is no look: the next one looks', async () => {
    const { clock, edge } = await busy();
    clock.advance(bounds.canaryLookMs);
    edge.redis.fail('lookup');
    await edge.get(path);
    edge.redis.heal();
    clock.advance(1_000);
    edge.redis.tookWithNames();
    await edge.get(path);
    expect(looksAmong(edge.redis.tookWithNames())).toBe(1);
  });
});

describe('what an isolate tells', () => {
  async function two() {
    const made = world([aClass()]);
    made.origin.on('/report/r1', { total: 1 });
    const other = made.anotherEdge();
    const look = async (...edges: TestEdge[]) => {
      made.clock.advance(bounds.canaryLookMs);
      for (const edge of edges) await edge.get('/report/r1');
    };
    const seenBy = (edge: TestEdge) => edge.isolate.meter.take().seen;
    return { ...made, other, look, seenBy };
  }

  test('what its looks found, with the first and the last time of each', async () => {
    const { edge, other, look, seenBy, clock } = await two();
    await purgeBy(edge);
    const fromMs = clock.now();
    await look(other);
    await look(other);
    const seen = seenBy(other);
    expect(seen).toEqual([[expect.stringMatching(/^\d+-/), fromMs + 10_000, fromMs + 20_000]]);
    expect(madeMsOf(seen[0]![0])).toBe(fromMs);
  });

  test('an isolate that runs the cron does not count as having seen its own purge', async () => {
    const { edge, other, look, seenBy, clock } = await two();
    await look(edge, other);
    const state = await purgeBy(edge);
    await look(edge);
    const alone = { isolate: edge.isolate.flusher.isolate, seen: seenBy(edge) };
    const soon = clock.now() + bounds.canaryJudgedMs;
    expect(canaryStep(state, [alone], soon, level)).toMatchObject({ visibleMs: [], results: ['unmeasured'] });
    await look(other);
    const both = [alone, { isolate: other.isolate.flusher.isolate, seen: seenBy(other) }];
    expect(canaryStep(state, both, soon, level).visibleMs).toEqual([expect.any(Number)]);
  });

  test('a purge that failed is nobody’s: whose the earlier ones are stays known', async () => {
    const { edge, look, seenBy, clock } = await two();
    const { isolate } = edge;
    await purgeBy(edge);
    const part = canaryPart(isolate, level)!;
    part.purge(noCanary, clock.now() + 5);
    const state = await purgeBy(edge);
    await look(edge);
    const told = [{ isolate: isolate.flusher.isolate, seen: seenBy(edge) }];
    const { results } = canaryStep(state, told, clock.now() + bounds.canaryJudgedMs, level);
    expect(results).toEqual(['unmeasured', 'unmeasured']);
  });

  test('what stands there and is no canary is told of by nobody', async () => {
    const { edge, other, look, seenBy, store } = await two();
    const values = [{ keys: [canaryName], value: 'x.x.0', lifeMs: null }];
    await store.metrics.settle({ version: { key: 'v', expected: null, next: '1' }, values, told: null });
    await look(edge, other);
    expect([...seenBy(edge), ...seenBy(other)].filter(([canary]) => canary !== '0-missing')).toEqual([]);
  });

  test('its name says when it was made, and is as unlike any other as a generation is', () => {
    expect(madeMsOf(canaryNamed(1_795_673_700_000, 'a_-9'))).toBe(1_795_673_700_000);
    for (const other of ['', 'a_-9', '-1-a', '1-', '1-a.b', '1', `1-${'a'.repeat(65)}`])
      expect(madeMsOf(other)).toBeNull();
  });
});
