import { expect, it } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { startRedis } from '../../dev/redis/find.ts';
import { bounds } from '../../src/bounds.ts';
import { describeWithRedis } from '../support/redis.ts';
import { redisWorld } from './support/world.ts';

/** So few that the breaker spares none of them, and that one of them meets a machine that is not busy. */
const TRIES = 4;
/** Timers of a busy machine are late; that nothing else is waited for is shown with a clock of its own (test/classes/shadow-waits.test.ts). */
const LATE_MS = 40;

describeWithRedis('in the shadow, with Redis stopped where it stands', () => {
  it('who compares waits for the origin alone, who may fill for its lease as well, and not for long', async () => {
    const redis = await startRedis();
    const scripts = [await bundle('test/scenarios/support/shadow-entry.ts', [])];
    const world = await redisWorld({ redisUrl: redis.url }, { edges: 1, scripts, patience: 'real' });
    let isStopped = false;
    const timed = async (path: string): Promise<number> => {
      const fromMs = performance.now();
      expect(await world.get(0, path)).toMatchObject({ status: 200, value: 'value' });
      expect(isStopped, 'Redis has said nothing meanwhile').toBe(true);
      return performance.now() - fromMs;
    };
    try {
      world.origin.set('/docs/a', 'value');
      // What isolates and Redis learn once: the issuer's keys, and the scripts.
      for (const name of ['off', 'compares', 'fills']) await world.get(0, `/${name}/a`);
      await world.settled();
      const warm = world.origin.count();
      process.kill(redis.pid, 'SIGSTOP');
      isStopped = true;
      const tookMs: Record<string, number[]> = { off: [], compares: [], fills: [] };
      for (let i = 0; i < TRIES; i += 1)
        for (const [name, all] of Object.entries(tookMs)) all.push(await timed(`/${name}/a`));
      const least = (name: string) => Math.min(...tookMs[name]!);
      expect(least('compares') - least('off')).toBeLessThan(LATE_MS);
      expect(least('fills') - least('off')).toBeLessThan(bounds.shadowLeaseMs + LATE_MS);
      expect(world.origin.count() - warm, 'one request each').toBe(3 * TRIES);
    } finally {
      isStopped = false;
      process.kill(redis.pid, 'SIGCONT');
      await world.stop();
      await redis.stop();
    }
  });
});
