import { expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { type RedisWorld, redisWorld, type Said } from './support/world.ts';

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

  it('does not queue for an answer that is not stored', async () => {
    const world = await redisWorld(redis, { edges: 2 });
    try {
      const said = await Promise.all(Array.from({ length: 12 }, (_, i) => world.get(i % 2, '/doc/missing')));
      expect(said.map(({ status }) => status)).toEqual(Array(12).fill(404));
    } finally {
      await world.stop();
    }
  });
});
