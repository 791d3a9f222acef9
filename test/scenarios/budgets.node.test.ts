import { expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { describeWithRedis } from '../support/redis.ts';
import { type RedisWorld, redisWorld, verbOf } from './support/world.ts';

const BEYOND_L1 = 1_500;

describeWithRedis('what an answer costs at Redis', (redis) => {
  /** The verbs sent before the answer left, and in all. */
  async function cost(
    world: RedisWorld,
    ask: () => Promise<unknown>,
  ): Promise<{ before: string[]; all: string[] }> {
    const all: string[] = [];
    world.gateway.onRequest = (commands) => void all.push(...commands.map((command) => verbOf(command)));
    world.gateway.resetCounts();
    await ask();
    const before = all.length;
    await world.settled();
    world.gateway.onRequest = undefined;
    const { requests, commands } = world.gateway.counts();
    expect({ requests, commands }).toEqual({ requests: all.length, commands: all.length });
    return { before: all.slice(0, before), all };
  }

  async function budgeted(scenario: (world: RedisWorld) => Promise<void>): Promise<void> {
    const world = await redisWorld(redis, { edges: 2 });
    try {
      // The server learns the scripts, the isolates the issuer's keys.
      world.origin.set('/docs/warm', 'warm');
      for (const edge of [0, 1]) await world.get(edge, '/doc/warm');
      await world.patch(0, '/doc/warm', 'warm');
      await world.settled();
      world.origin.set('/docs/a', 'value');
      world.origin.set('/swr/a', 'value');
      world.origin.set('/strict/a', 'value');
      await scenario(world);
    } finally {
      await world.stop();
    }
  }

  it('miss: MGET and lease, then the fill in the background', () =>
    budgeted(async (world) => {
      const { all } = await cost(world, () => world.get(0, '/doc/a'));
      expect(all).toEqual(['lookup', 'lease', 'fill']);
    }));

  it('a miss waits for two requests: its answer comes though the fill is held', () =>
    budgeted(async (world) => {
      const held = world.hold('before', 'fill');
      expect((await world.get(0, '/doc/a')).value).toBe('value');
      await held.reached;
      held.release();
    }));

  it('L1 hit inside its trust window: none', () =>
    budgeted(async (world) => {
      await world.get(0, '/doc/a');
      await world.settled();
      expect(await cost(world, () => world.get(0, '/doc/a'))).toEqual({ before: [], all: [] });
    }));

  it('L1 revalidation: one MGET, and no body travels', () =>
    budgeted(async (world) => {
      await world.get(0, '/doc/a');
      await world.settled();
      await world.advance(BEYOND_L1);
      const names: string[] = [];
      world.gateway.afterRequest = ([command]) => void names.push(...command!.slice(1));
      expect(await cost(world, () => world.get(0, '/doc/a'))).toEqual({
        before: ['lookup'],
        all: ['lookup'],
      });
      expect(names.length).toBeGreaterThan(0);
      expect(names.every((name) => name.includes(':gen:'))).toBe(true);
    }));

  it('L2 hit: one MGET', () =>
    budgeted(async (world) => {
      await world.get(0, '/doc/a');
      await world.settled();
      expect(await cost(world, () => world.get(1, '/doc/a'))).toEqual({
        before: ['lookup'],
        all: ['lookup'],
      });
    }));

  it('stale hit: one MGET, lease and fill in the background', () =>
    budgeted(async (world) => {
      await world.get(0, '/swr/a');
      await world.settled();
      await world.advance(11_000);
      const lease = world.hold('before', 'lease');
      const said = await world.get(0, '/swr/a');
      expect(said.cacheStatus).toMatch(/^Stillfresh; hit; ttl=-\d/);
      lease.release();
      await world.settled();
      await world.advance(11_000);
      expect((await cost(world, () => world.get(0, '/swr/a'))).all).toEqual(['lookup', 'lease', 'fill']);
    }));

  it('strict: one MGET for every hit, in a warm isolate too', () =>
    budgeted(async (world) => {
      await world.get(0, '/strict/a');
      await world.settled();
      for (let i = 0; i < 3; i++)
        expect((await cost(world, () => world.get(0, '/strict/a'))).all).toEqual(['lookup']);
    }));

  it.each([
    ['without events', '/doc/a'],
    ['with events of its tenant, softly, and of public data', '/told/a'],
  ])('a write %s: what it captures, and one purge before its answer', (_, path) =>
    budgeted(async (world) => {
      const { before, all } = await cost(world, () => world.patch(0, path, 'written'));
      expect(before).toEqual(['lease', 'purge']);
      expect(all).toEqual(before);
    }),
  );

  it('a purge is one request, for 1 entry and for 500', () =>
    budgeted(async (world) => {
      const idsOf = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
      /** One edge stores these under one tag, the other purges the tag: what that purge sends to Redis. */
      async function purgeOf(shelf: string, ids: readonly string[]) {
        for (const id of ids) world.origin.set(`/shelves/${shelf}/${id}`, 'old');
        await inTurns(ids, (id) => world.get(0, `/shelved/${shelf}/${id}`));
        await world.settled();
        expect(await world.keys(`shelved:*:${shelf}:*`), 'really stored').toHaveLength(ids.length);
        const words: number[] = [];
        world.gateway.afterRequest = ([command]) => void words.push(command!.length);
        const { all } = await cost(world, () => world.patch(1, `/shelved/${shelf}/written`, 'new'));
        world.gateway.afterRequest = undefined;
        return { all, words };
      }

      const one = await purgeOf('one', idsOf(1));
      const many = await purgeOf('many', idsOf(500));
      expect(one.all).toEqual(['purge']);
      // A script touches only the keys that it is given: as many words, as much work.
      expect(many).toEqual(one);

      await world.advance(BEYOND_L1);
      const said = await inTurns(idsOf(500), (id) => world.get(0, `/shelved/many/${id}`));
      const purged = said.filter(({ cacheStatus }) => cacheStatus.includes('fwd=stale; '));
      expect(purged.every(({ cacheStatus }) => cacheStatus.includes('detail=purged'))).toBe(true);
      expect(purged).toHaveLength(500);
    }));
});

/** No more at once than one tenant's share of the bulkhead. */
async function inTurns<T, R>(all: readonly T[], ask: (it: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let i = 0; i < all.length; i += bounds.fetchesPerTenant)
    answers.push(...(await Promise.all(all.slice(i, i + bounds.fetchesPerTenant).map(ask))));
  return answers;
}
