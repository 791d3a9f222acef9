import { describe, expect, test } from 'vitest';
import { type FrontEndOptions, frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { failing, type Reply } from '../support/worker/origin.ts';
import { aClass, type TestEdge, world } from '../support/worker/world.ts';

/** Fresh for 10 s, and to be served stale for 60 s while it is fetched again. */
const report = (total: number) =>
  storable({ total }, { 'Cache-Control': 'max-age=10, stale-while-revalidate=60' });

/** What was counted of comparisons, and of what the origin was asked for. */
function countedOf({ isolate }: TestEdge) {
  const counts = [...isolate.meter.take().counts];
  const of = (id: string) =>
    Object.fromEntries(
      counts.flatMap(([key, n]) => (key.startsWith(`${id}|`) ? [[key.split('|')[2] ?? '', n]] : [])),
    );
  return { results: of('comparisons'), fetches: of('origin_fetches') };
}

describe.each(frontEnds)(
  'what is served stale by $name, compared with what its refresh brings',
  (frontEnd) => {
    /** A report was stored, and is stale by `staleMs`. */
    async function stale(staleMs: number, options: FrontEndOptions = {}) {
      const made = frontEnd.world({
        ...{ staleWhileRevalidate: '60s', compare: '100%', freshWithin: '30s', ...options },
      });
      made.origin.on(path, report(1));
      await made.edge.get(path);
      made.clock.advance(10_000 + staleMs);
      countedOf(made.edge);
      made.edge.redis.took();
      return made;
    }

    test.each<[string, number, Reply, string]>([
      ['equal', 1_000, report(1), 'equal'],
      ['equal, however old', 45_000, report(1), 'equal'],
      ['different, and no older than freshWithin', 19_000, report(2), 'differs'],
      ['different, and older than that', 21_000, report(2), 'stale'],
      ['different, because it is gone', 21_000, failing(404), 'stale'],
      ['not known, where the origin fails', 21_000, failing(500), 'failed'],
    ])('what is %s: %i ms after its ttl', async (_, staleMs, reply, result) => {
      const { edge, origin } = await stale(staleMs);
      origin.on(path, reply);
      expect((await edge.get(path)).json).toEqual({ total: 1 });
      expect(countedOf(edge)).toEqual({ results: { [result]: 1 }, fetches: { refresh: 1 } });
    });

    test('asks Redis for nothing before the answer, and of what is equal for nothing after it', async () => {
      const { edge, origin } = await stale(1_000);
      const held = origin.hold(path);
      await edge.ask(path);
      await held.arrived();
      expect(edge.redis.took()).toEqual(['lookup', 'lease']);
      held.answer(report(1));
      await edge.settled();
      expect(edge.redis.took()).toEqual(['fill']);
    });

    test('once for each refresh, however many it is served to', async () => {
      const { edge, origin } = await stale(21_000);
      const held = origin.hold(path);
      for (let n = 0; n < 5; n += 1) expect((await edge.ask(path)).json).toEqual({ total: 1 });
      held.answer(report(2));
      await edge.settled();
      expect(countedOf(edge)).toEqual({ results: { stale: 1 }, fetches: { refresh: 1 } });
    });

    test('a hard purge that comes meanwhile explains it', async () => {
      const { edge, origin, purge } = await stale(21_000);
      const held = origin.hold(path);
      await edge.ask(path);
      await held.arrived();
      await purge();
      held.answer(report(2));
      await edge.settled();
      expect(countedOf(edge).results).toEqual({ dropped: 1 });
    });

    test.each<[string, FrontEndOptions, number]>([
      ['without a word of how old it may be', { freshWithin: undefined as never }, 0],
      ['of another share', { compare: '20%' }, 0.2],
    ])('none is compared %s', async (_, options, random) => {
      const { edge, origin, chance } = await stale(21_000, options);
      chance.random = () => random;
      origin.on(path, report(2));
      await edge.get(path);
      expect(countedOf(edge)).toEqual({ results: {}, fetches: { refresh: 1 } });
    });

    test('in the larger share of a class that is tried, and told to the guard', async () => {
      const plan = [{ percent: '100%', dwell: '1h', atLeast: 1_000 }] as const;
      const rollout = { mode: 'on', percent: '99.9%', plan, compareHits: '50%' } as const;
      const { edge, origin, chance } = await stale(21_000, { compare: '0%', rollout });
      edge.isolate.tally.take();
      chance.random = () => 0.49;
      origin.on(path, report(1));
      await edge.get(path);
      expect(edge.isolate.tally.take().find(({ arm }) => arm === 'on')?.compared).toMatchObject({ equal: 1 });
    });
  },
);

test('what was softly purged is not compared: that it differs then is what the purge said', async () => {
  const cls = aClass({ staleWhileRevalidate: '60s', compare: '100%', freshWithin: '30s' });
  const { edge, origin, clock, purge } = world([cls]);
  origin.on(path, report(1));
  await edge.get(path);
  await purge('report:r1', { mode: 'soft' });
  clock.advance(1_000);
  countedOf(edge);
  origin.on(path, report(2));
  expect((await edge.get(path)).json).toEqual({ total: 1 });
  expect(countedOf(edge)).toEqual({ results: {}, fetches: { refresh: 1 } });
});
