import { describe, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import type { Guard } from './support/guards.ts';
import { type RedisWorld, redisWorld, type Said, verbOf } from './support/world.ts';

describeWithRedis('a stampede on a cold entry', (redis) => {
  /** 200 requests, spread over the isolates, all under way before the origin answers. */
  async function stampede(world: RedisWorld): Promise<Promise<Said>[]> {
    world.origin.set('/docs/hot', 'value');
    const held = world.origin.hold('/docs/hot');
    const asked = Array.from({ length: 200 }, (_, i) => world.get(i % 3, '/doc/hot'));
    await held.reached;
    // Every isolate has answered a later request: the earlier ones are where they wait.
    for (const edge of [0, 1, 2]) await world.get(edge, '/doc/other');
    held.release();
    return asked;
  }

  it('reaches the origin exactly once, over 3 isolates', async () => {
    const world = await redisWorld(redis, { edges: 3 });
    try {
      const said = await Promise.all(await stampede(world));
      expect(said.map(({ status, value }) => `${status} ${value}`)).toEqual(Array(200).fill('200 value'));
      expect(world.origin.count('/docs/hot')).toBe(1);
      const collapsed = said.filter(({ cacheStatus }) => cacheStatus.includes('collapsed'));
      expect(collapsed.length).toBeGreaterThan(100);
      expect(said.filter(({ cacheStatus }) => cacheStatus.includes('stored'))).toHaveLength(1);
    } finally {
      await world.stop();
    }
  });

  it('reaches it at most twice when the holder of the lease is killed: the losers contend again', async () => {
    const world = await redisWorld(redis, { edges: 3 });
    try {
      world.origin.set('/docs/hot', 'value');
      const held = world.origin.hold('/docs/hot');
      const lost = world.get(0, '/doc/hot').catch(() => 'killed');
      await held.reached;
      const asked = Array.from({ length: 200 }, (_, i) => world.get(1 + (i % 2), '/doc/hot'));
      for (const edge of [1, 2]) await world.get(edge, '/doc/other');
      await world.kill(0);
      expect(await lost).toBe('killed');
      // Its lease ends by itself; here at once, so that nobody waits for 12 s.
      for (const lock of await world.keys('lock:doc:*')) await world.command('DEL', lock);
      for (const said of await Promise.all(asked))
        expect(said).toMatchObject({ status: 200, value: 'value' });
      expect(world.origin.count('/docs/hot')).toBe(2);
    } finally {
      await world.stop();
    }
  });

  describe('in one isolate', () => {
    /** How the second request is answered that comes while the first one's is at the origin. */
    async function second(without?: Guard): Promise<'by the first' | 'by looking at the lock'> {
      const world = await redisWorld(redis, { edges: 1, without });
      try {
        world.origin.set('/docs/hot', 'value');
        const held = world.origin.hold('/docs/hot');
        let looks = 0;
        world.gateway.afterRequest = ([command]) => {
          if (verbOf(command!) === 'lookup' && command!.some((name) => name.includes(':lock:'))) looks += 1;
        };
        const asked = [world.get(0, '/doc/hot')];
        await held.reached;
        asked.push(world.get(0, '/doc/hot'));
        // A later request has been answered: the second is where it waits.
        await world.get(0, '/doc/other');
        held.release();
        for (const said of await Promise.all(asked))
          expect(said).toMatchObject({ status: 200, value: 'value' });
        expect(world.origin.count('/docs/hot')).toBe(1);
        return looks === 0 ? 'by the first' : 'by looking at the lock';
      } finally {
        await world.stop();
      }
    }

    it('who comes later is answered by the fetch that is under way', async () => {
      expect(await second()).toBe('by the first');
    });

    it('and would ask Redis again and again without flight-registered', async () => {
      expect(await second('flight-registered')).toBe('by looking at the lock');
    });
  });

  describe('for an answer that is not stored', () => {
    /** What a second isolate's request does while the first one's is at the origin: a 404 has been answered before. */
    async function whileAnotherIsHeld(without?: Guard): Promise<'asks the origin' | 'queues'> {
      const world = await redisWorld(redis, { edges: 2, without });
      try {
        expect((await world.get(0, '/doc/missing')).status).toBe(404);
        await world.settled();
        const [first, second] = [world.origin.hold('/docs/missing'), world.origin.hold('/docs/missing')];
        // Only a request that waits for another's fetch looks at a lock.
        const queues = new Promise<'queues'>((seen) => {
          world.gateway.afterRequest = ([command]) => {
            if (verbOf(command!) === 'lookup' && command!.some((name) => name.includes(':lock:')))
              seen('queues');
          };
        });
        const asked = [world.get(0, '/doc/missing')];
        await first.reached;
        asked.push(world.get(1, '/doc/missing'));
        const did = await Promise.race([queues, second.reached.then(() => 'asks the origin' as const)]);
        first.release();
        second.release();
        for (const said of await Promise.all(asked)) expect(said.status).toBe(404);
        return did;
      } finally {
        await world.stop();
      }
    }

    it('nobody queues', async () => {
      expect(await whileAnotherIsHeld()).toBe('asks the origin');
    });

    it('and would without direct-marker', async () => {
      expect(await whileAnotherIsHeld('direct-marker')).toBe('queues');
    });
  });

  describe('on an origin that fails, from ten isolates', () => {
    /** How often it is asked while the marker of a failure lasts, for two of these whiles. */
    async function asked(path: string, as?: 'nobody', edges = 10, without?: Guard): Promise<number[]> {
      const world = await redisWorld(redis, { edges, without });
      const counts: number[] = [];
      try {
        world.origin.fail(503);
        for (const _while of [1, 2]) {
          const before = world.origin.count();
          for (const _wave of [1, 2]) {
            const said = await Promise.all(
              Array.from({ length: 2 * edges }, (_, i) => world.get(i % edges, path, as)),
            );
            expect(new Set(said.map(({ status }) => status))).toEqual(new Set([503]));
            await world.settled();
          }
          counts.push(world.origin.count() - before);
          // A second ends by itself; here at once, because in this world it lasts a minute.
          for (const name of await world.keys('lock:*')) await world.command('DEL', name);
        }
        return counts;
      } finally {
        await world.stop();
      }
    }

    it.each([
      ['a class', '/doc/hot', undefined],
      ['an HTTP cache', '/http/hot', 'nobody'],
    ] as const)('it is asked twice and no more: %s', async (_what, path, as) => {
      expect(await asked(path, as)).toEqual([2, 2]);
      expect(Math.max(...(await asked(path, as, 3, 'failed-marker')))).toBeGreaterThan(2);
    });
  });
});
