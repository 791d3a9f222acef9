import { createMemoryStore, type MemoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/port.ts';
import { createUpstashStore } from '../../../src/store/upstash.ts';
import { freshNamespace, type TestRedis } from '../../support/redis.ts';

/** Lifetimes are whole hours: what a test run takes is lost in the rounding. */
export const HOUR = 3_600_000;

/** Null where the name does not exist. */
export type HoursLeft = number | 'forever' | null;

/** A store and what a test needs beside its verbs. */
export interface Bed {
  readonly store: Store;
  /** First part of every name: no other bed has it. */
  readonly prefix: string;
  /** How long each name still lives. */
  hoursLeft(names: readonly string[]): Promise<HoursLeft[]>;
  evict(name: string): Promise<void>;
  /** Lets time pass for these names. */
  pass(hours: number, names: readonly string[]): Promise<void>;
}

export function memoryBed(): Bed {
  const clock = { nowMs: 1_750_000_000_000 };
  const store = createMemoryStore({ now: () => clock.nowMs });
  return {
    store,
    prefix: freshNamespace(),
    hoursLeft: (names) => Promise.all(names.map((name) => hoursLeftInMemory(store, name))),
    evict: async (name) => store.evict(name),
    pass: async (hours) => {
      clock.nowMs += hours * HOUR;
    },
  };
}

/** A lease says how long its lock lives; taken for the lock, any name that exists says the same. */
async function hoursLeftInMemory(store: MemoryStore, name: string): Promise<HoursLeft> {
  if ((await store.lookup([name]))[0] === null) return null;
  const ask = { key: 'none', lock: name, generationNames: [], token: 'none', takeLock: true };
  const { lockRemainingMs } = await store.lease({ ...ask, lockMs: 1, generationMs: 1 });
  return lockRemainingMs === Number.POSITIVE_INFINITY ? 'forever' : lockRemainingMs / HOUR;
}

export function upstashBed(redis: TestRedis): Bed {
  return {
    store: createUpstashStore({ url: redis.url, token: redis.token, readMs: 30_000, writeMs: 30_000 }),
    prefix: freshNamespace(),
    hoursLeft: async (names) => {
      const leftMs = (await evaluate(redis, lifetimes, names)) as number[];
      return leftMs.map((ms) => (ms === -2 ? null : ms === -1 ? 'forever' : Math.round(ms / HOUR)));
    },
    evict: async (name) => {
      await command(redis, 'DEL', name);
    },
    pass: async (hours, names) => {
      await evaluate(redis, age, names, String(hours * HOUR));
    },
  };
}

const lifetimes = `local left = {} for i, name in ipairs(KEYS) do left[i] = redis.call('PTTL', name) end return left`;

/** Takes the time off what each name has left: Redis' own clock cannot be set. */
const age = `
for _, name in ipairs(KEYS) do
  local left = redis.call('PTTL', name)
  if left >= 0 then redis.call('PEXPIRE', name, math.max(0, left - ARGV[1])) end
end`;

const evaluate = (redis: TestRedis, script: string, names: readonly string[], ...args: string[]) =>
  command(redis, 'EVAL', script, String(names.length), ...names, ...args);

/** One command, past the adapter under test. */
export async function command(redis: Pick<TestRedis, 'url' | 'token'>, ...words: string[]): Promise<unknown> {
  const answer = await fetch(redis.url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${redis.token}` },
    body: JSON.stringify(words),
  });
  const { result, error } = (await answer.json()) as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(error);
  return result;
}
