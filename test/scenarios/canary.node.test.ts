import { expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { redisWorld } from './support/world.ts';

const BEYOND_L1 = 1_500;

describeWithRedis('the canary at Redis', (redis) => {
  it('rides in lookups that are made anyway: once in 10 s and isolate, and no command more', async () => {
    const world = await redisWorld(redis, { edges: 2 });
    try {
      world.origin.set('/docs/a', 'value');
      for (const edge of [0, 1]) await world.get(edge, '/doc/a');
      await world.settled();
      const lookups: { readonly names: string[]; readonly carries: boolean }[] = [];
      const others: string[] = [];
      world.gateway.onRequest = (commands) => {
        for (const [word = '', ...names] of commands) {
          const verb = word.toUpperCase();
          if (verb === 'MGET')
            lookups.push({ names, carries: names.some((it) => it.endsWith(':gen:@canary')) });
          else if (verb !== 'XADD') others.push(verb);
        }
      };
      const steps = 20; // 30 s
      for (let step = 0; step < steps; step += 1) {
        await world.advance(BEYOND_L1);
        for (const edge of [0, 1]) await world.get(edge, '/doc/a');
        // Trusted isolate memory: nothing is asked.
        await world.get(0, '/doc/a');
      }
      await world.settled();
      world.gateway.onRequest = undefined;
      expect(others).toEqual([]);
      expect(lookups, 'one for each hit that asks').toHaveLength(2 * steps);
      const looks = lookups.filter(({ carries }) => carries);
      // The first of each isolate was before; the machine's own time adds to the test's.
      expect(looks.length).toBeGreaterThanOrEqual(2 * 2);
      expect(looks.length).toBeLessThanOrEqual(2 * 4);
      expect(looks.every(({ names }) => names.length > 1)).toBe(true);
    } finally {
      await world.stop();
    }
  });
});
