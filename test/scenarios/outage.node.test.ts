import { expect, it } from 'vitest';
import { startRedis } from '../../dev/redis/find.ts';
import { bounds } from '../../src/bounds.ts';
import { describeWithRedis } from '../support/redis.ts';
import { type RedisWorld, redisWorld } from './support/world.ts';

/** The first `count` of these to settle, while the others may still wait. */
function firstSettled<T>(all: readonly Promise<T>[], count: number): Promise<T[]> {
  return new Promise((done, failed) => {
    const settled: T[] = [];
    for (const it of all) it.then((value) => settled.push(value) === count && done(settled.slice()), failed);
  });
}

describeWithRedis('Redis stopped while requests run', () => {
  /** A Redis of this test's own, to stop and to start again where it was. */
  async function outage(
    scenario: (world: RedisWorld, redis: { down(): Promise<void>; up(): Promise<void> }) => Promise<void>,
  ): Promise<void> {
    let server = await startRedis();
    const { port } = server;
    const world = await redisWorld({ redisUrl: server.url }, { edges: 2, patience: 'real' });
    try {
      await scenario(world, {
        down: () => server.stop(),
        up: async () => {
          server = await startRedis({ port });
        },
      });
    } finally {
      await world.stop();
      await server.stop();
    }
  }

  /** Redis' deadlines are real here, and a busy machine may miss one: so many probes, each with a fill, may fail. */
  const PROBES = 20;

  /** How many requests it took until one was a hit that did not ask the origin; `PROBES`: none was. */
  async function askedUntilHit(world: RedisWorld, path: string): Promise<number> {
    for (let asked = 0; asked < PROBES; asked++) {
      await world.advance(bounds.breakerOpenMs + 1);
      const before = world.origin.count();
      const { cacheStatus } = await world.get(0, path);
      await world.settled();
      if (cacheStatus.startsWith('Stillfresh; hit') && world.origin.count() === before) return asked;
    }
    return PROBES;
  }

  it('answers go on, and caching resumes by itself', () =>
    outage(async (world, redis) => {
      world.origin.set('/docs/a', 'value');
      await world.get(0, '/doc/a');
      await world.settled();
      await redis.down();
      await world.advance(2_000);
      for (let i = 0; i < 30; i++) {
        const said = await world.get(0, '/doc/a');
        expect(said).toMatchObject({ status: 200, value: 'value' });
        expect(said.cacheStatus).toContain('detail=store-unavailable');
      }
      expect(world.origin.count('/docs/a'), 'each reached the origin, nothing was stored').toBe(31);
      await redis.up();
      expect(await askedUntilHit(world, '/doc/a')).toBeLessThan(PROBES);
    }));

  it('load on the origin is bounded by the bulkhead', () =>
    outage(async (world, redis) => {
      world.origin.set('/docs/a', 'value');
      await world.get(0, '/doc/warm'); // the issuer's keys
      await redis.down();
      const held = Array.from({ length: bounds.fetchesPerTenant }, () => world.origin.hold('/docs/a'));
      const asked = Array.from({ length: 60 }, () => world.get(0, '/doc/a'));
      const turnedAway = await firstSettled(asked, 60 - bounds.fetchesPerTenant);
      expect(new Set(turnedAway.map(({ status }) => status))).toEqual(new Set([503]));
      for (const it of held) it.release();
      const all = await Promise.all(asked);
      expect(all.filter(({ status }) => status === 200)).toHaveLength(bounds.fetchesPerTenant);
      expect(world.origin.count('/docs/a')).toBe(bounds.fetchesPerTenant);
    }));

  it('a strict class never answers from a copy that it could not validate', () =>
    outage(async (world, redis) => {
      world.origin.set('/strict/a', 'old');
      expect((await world.get(0, '/strict/a')).value).toBe('old');
      await world.settled();
      await redis.down();
      world.origin.set('/strict/a', 'new');
      expect((await world.get(0, '/strict/a')).value, 'from the origin').toBe('new');
      world.origin.fail(500);
      expect((await world.get(0, '/strict/a')).status, 'no copy steps in').toBe(503);
      world.origin.fail(null);
      await redis.up();
      await world.advance(bounds.breakerOpenMs + 1);
      expect((await world.get(0, '/strict/a')).value).toBe('new');
    }));
});
