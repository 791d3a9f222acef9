import { createRequire } from 'node:module';
import type { TestProject } from 'vitest/node';
import type { TestRedis } from '../redis.ts';

// Loaded by Node itself: the workerd project would bundle Redis' client for workerd, where it cannot run.
const load = createRequire(import.meta.url);
const { findRedis } = load('../../../dev/redis/find.ts') as typeof import('../../../dev/redis/find.ts');
const { startGateway } = load(
  '../../../dev/redis/gateway.ts',
) as typeof import('../../../dev/redis/gateway.ts');

interface Shared {
  readonly redis: TestRedis | null;
  readonly reason: string;
  stop(): Promise<void>;
}

/** Each project loads this file by itself; the process is what they share. */
const slot = Symbol.for('stillfresh.redis-for-tests');
const held = globalThis as { [slot]?: { users: number; shared: Promise<Shared> } };

/** Finds Redis once for a test run and puts one gateway before it. Without Redis: tests skip, but never in CI. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  held[slot] ??= { users: 0, shared: start() };
  const use = held[slot];
  use.users += 1;
  const shared = await use.shared;
  project.provide('redis', shared.redis);
  project.provide('redisReason', shared.reason);
  return async () => {
    use.users -= 1;
    if (use.users > 0) return;
    delete held[slot];
    await shared.stop();
  };
}

async function start(): Promise<Shared> {
  const found = await findRedis({ log: (line) => console.log(line) });
  if (found.kind === 'none') {
    const { CI } = process.env;
    if (CI) throw new Error(`CI is set, and tests need Redis: ${found.why}`);
    console.warn(`Tests that need Redis are skipped: ${found.why}`);
    return { redis: null, reason: found.why, stop: async () => {} };
  }
  const gateway = await startGateway({ redisUrl: found.url });
  return {
    redis: { url: gateway.url, token: gateway.token, redisUrl: found.url },
    reason: found.describe,
    stop: async () => {
      await gateway.close();
      await found.stop();
    },
  };
}
