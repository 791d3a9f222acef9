import { expect, vi } from 'vitest';
import { defineStrategy } from '../../src/index.ts';
import type { createMemoryStore } from '../../src/store/memory.ts';
import { Names } from '../../src/store/names.ts';
import type { Store } from '../../src/store/port.ts';
import { createUpstashStore } from '../../src/store/upstash.ts';
import type { PurgeOrder } from '../../src/strategy/purge-order.ts';
import type { DataClass } from '../../src/strategy/types.ts';
import { purgeAsk } from '../support/purge.ts';
import { freshNamespace, type TestRedis } from '../support/redis.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { FakeClock } from '../support/worker/clock.ts';
import { ScriptedOrigin } from '../support/worker/origin.ts';
import { TestEdge, type WorldOptions } from '../support/worker/world.ts';

/** A store, and what a test needs of it beside its verbs. */
export interface Bed {
  readonly store: Store;
  readonly namespace: string;
  evict(name: string): Promise<void>;
  write(name: string, value: string): Promise<void>;
  /** Every name of this namespace with its value and the time when it ends. */
  all(): Promise<unknown>;
}

export function redisBed(redis: TestRedis): Bed {
  const namespace = freshNamespace();
  const command = async (...words: string[]): Promise<unknown> => {
    const headers = { Authorization: `Bearer ${redis.token}` };
    const answer = await fetch(redis.url, { method: 'POST', headers, body: JSON.stringify(words) });
    return ((await answer.json()) as { result: unknown }).result;
  };
  const read: Record<string, readonly string[]> = {
    string: ['GET'],
    hash: ['HGETALL'],
    zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
    stream: ['XRANGE', '-', '+'],
  };
  return {
    namespace,
    store: createUpstashStore({ url: redis.url, token: redis.token, readMs: 30_000, writeMs: 30_000 }),
    evict: async (name) => void (await command('DEL', name)),
    write: async (name, value) => void (await command('SET', name, value)),
    async all() {
      const names = ((await command('KEYS', `${namespace}:*`)) as string[]).toSorted();
      const values = names.map(async (name) => {
        const [verb = 'GET', ...rest] = read[String(await command('TYPE', name))]!;
        return [name, await command(verb, name, ...rest), await command('PEXPIRETIME', name)];
      });
      return Promise.all(values);
    },
  };
}

export interface Scene {
  readonly bed: Bed;
  readonly clock: FakeClock;
  readonly origin: ScriptedOrigin;
  readonly edge: TestEdge;
  readonly another: () => TestEdge;
  readonly names: Names;
  /** By another isolate, at once. Of `acme`, unless it says otherwise. */
  readonly purge: (order: Partial<PurgeOrder> & { readonly tenant?: string | null }) => Promise<void>;
}

/** Edges over one bed, whose clock begins at Redis' own time. */
export async function sceneOver(
  bed: Bed,
  classes: readonly DataClass[],
  options: WorldOptions = {},
): Promise<Scene> {
  const clock = new FakeClock();
  clock.advance(Date.now() - clock.now());
  const origin = new ScriptedOrigin();
  const names = new Names(bed.namespace);
  const settings = {
    NAMESPACE: bed.namespace,
    ADMIN_TOKENS: await adminTokens('read', 'purge', 'read+body'),
  };
  const all = {
    strategy: defineStrategy({ classes }),
    ...options,
    settings: { ...settings, ...options.settings },
  };
  // What stands for a second stands for as long as a test takes.
  const bounds = { failedMs: 60_000, directMs: 60_000, ...options.bounds };
  const surroundings = {
    clock,
    origin,
    store: bed.store as ReturnType<typeof createMemoryStore>,
    chance: { random: () => 0.5 },
  };
  const another = () => new TestEdge(classes, { ...all, bounds }, surroundings);
  return {
    bed,
    clock,
    origin,
    names,
    edge: another(),
    another,
    async purge(order) {
      await bed.store.purge(await purgeAsk(names, clock.now(), { tenant: 'acme', ...order }));
    },
  };
}

/** `GET /-/explain` with these parameters. */
export async function explained(
  edge: TestEdge,
  query: Record<string, string | readonly string[]>,
  as = 'read',
) {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((it) => [name, it] as [string, string]),
  );
  const answer = await edge.ask(`/-/explain?${new URLSearchParams(pairs)}`, asAdmin(as));
  return { ...answer, view: answer.json as View };
}

// biome-ignore lint/suspicious/noExplicitAny: as JSON has it, which the tests look into
export type View = any;

/** `Cache-Status` without what only its origin, or the next second, says. */
export const foreseeable = (cacheStatus: string | null): string =>
  (cacheStatus ?? '')
    .split('; ')
    .slice(1)
    .filter((it) => !/^(stored$|fwd-status=|ttl=)/.test(it))
    .join('; ');

/** All that Redis, the isolate's memory and the origin know is as it was before. */
export async function withoutTrace<T>(
  { bed, origin }: Scene,
  edge: TestEdge,
  look: () => Promise<T>,
): Promise<T> {
  const { isolate } = edge.app.ready({});
  const touched = [
    ...(['get', 'set', 'drop', 'setPlain', 'purge'] as const).map((it) => vi.spyOn(isolate.l1, it)),
    ...(['admits', 'succeeded', 'failed'] as const).map((it) => vi.spyOn(isolate.breaker, it)),
    vi.spyOn(isolate.flights, 'register'),
    vi.spyOn(isolate.refreshing, 'set'),
  ];
  const before = [await bed.all(), origin.count(), isolate.l1.epoch];
  edge.redis.took();
  const counted = vi.spyOn(isolate.meter, 'add');
  const looked = await look();
  expect(edge.redis.took().filter((verb) => verb !== 'lookup')).toEqual([]);
  for (const spy of touched) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
  // As a request itself, and no read.
  const ofItself =
    /^(requests|requests_begun|request_reasons|refusals|redis_(requests|commands|price|failures))$/;
  expect(counted.mock.calls.filter(([id]) => !ofItself.test(id))).toEqual([]);
  counted.mockRestore();
  expect([await bed.all(), origin.count(), isolate.l1.epoch]).toEqual(before);
  return looked;
}
