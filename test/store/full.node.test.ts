import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findServer, type RunningRedis, startRedis } from '../../dev/redis/find.ts';
import { type Gateway, startGateway } from '../../dev/redis/gateway.ts';
import type { Purge } from '../../src/store/port.ts';
import { createUpstashStore } from '../../src/store/upstash.ts';
import { type Bed, command, upstashBed } from './support/beds.ts';
import { receiptToWrite, type Scene, sceneOf } from './support/scene.ts';

const server = await findServer();
const missing = server.kind === 'none' ? ` (${server.why})` : '';

/** What only a Redis of one's own may be made to suffer: no room, a forgotten script cache. */
describe.skipIf(missing !== '')(`The Upstash store over a Redis of its own${missing}`, () => {
  let redis: RunningRedis;
  let gateway: Gateway;
  let bed: Bed;
  let it: Scene;
  beforeAll(async () => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await gateway.close();
    await redis.stop();
  });
  beforeEach(async () => {
    bed = upstashBed({ ...gateway, redisUrl: redis.url });
    it = sceneOf(bed);
    await memory('0');
    gateway.resetCounts();
  });

  /** `1`: less than is in use already, with no eviction. `0`: no limit. */
  const memory = (bytes: '0' | '1') => command(gateway, 'CONFIG', 'SET', 'maxmemory', bytes);

  test('refuses a lease that would create a generation or a lock, as a failure of the store', async () => {
    await memory('1');
    const full = { name: 'StoreError', kind: 'no-room', code: 'OOM' };
    await expect(it.lease('one')).rejects.toMatchObject(full);
    expect(await it.store.lookup([it.tag, it.lock])).toEqual([null, null]);
  });

  test('goes on answering lookups and giving leases back', async () => {
    await it.lease('one');
    await memory('1');
    expect(await it.valueOf(it.lock)).toBe('one');
    await it.release({ lock: it.lock, token: 'one', directMs: 0 });
    expect(await it.valueOf(it.lock)).toBeNull();
  });

  test.each(['hard', 'soft'] as const)(
    'applies a purge by deletion, and again by its id when there is room (%s)',
    async (mode) => {
      await it.fill('one', await it.lease('one', { lastName: it.last }));
      const leased = await it.lease('two', { lastName: it.last });
      await memory('1');
      expect(await it.purge('new', { mode })).toEqual({ applied: 'deleted', stored: null });
      expect(await it.store.lookup([it.tag, it.last, it.receipt])).toEqual([null, null, null]);
      expect(await it.valueOf(it.tenant)).toBe('one.one.0');
      await memory('0');
      expect(await it.fill('two', leased)).toMatchObject({ stored: false, refusal: 'purged' });
      expect(await it.purge('newer', { mode })).toMatchObject({ applied: 'now' });
      expect(await it.purge('newest', { mode })).toMatchObject({ applied: 'already' });
    },
  );

  test.each<[string, Partial<Purge>, leased: boolean, met: number]>([
    ['of a tag that something had', {}, true, 1],
    ['of a tag that something had, softly', { mode: 'soft' }, true, 1],
    ['of a tag that nothing had', {}, false, 0],
    ['of a tag that nothing had, softly', { mode: 'soft' }, false, 0],
  ])('a purge by deletion %s: what it met is told when there is room', async (_, over, leased, met) => {
    const generationNames = [it.lateA, it.tag, it.lateB];
    await it.lease('one', { lastName: it.last, generationNames: leased ? [it.tag] : [] });
    await memory('1');
    for (let tries = 0; tries < 3; tries++)
      expect(await it.purge('new', { generationNames, ...over })).toMatchObject({ applied: 'deleted' });
    expect(await it.store.lookup([...generationNames, it.last])).toEqual([null, null, null, null]);
    await memory('0');
    await it.purge('newer', { generationNames, ...over });
    expect(await it.valueOf(it.receipt)).toContain(` delivery:${met}\n`);
  });

  test('such a purge is one request', async () => {
    await it.lease('one');
    await it.purge('new', { receipt: receiptToWrite(`${it.receipt}b`, '{}', 1000) }); // its script is known then
    await memory('1');
    gateway.resetCounts();
    await it.purge('newer');
    const byCommand = { EVALSHA: 1, RENAME: 1, DEL: 1 };
    expect(gateway.counts()).toEqual({ requests: 2, commands: 3, byCommand });
  });

  test('deletes what is purged softly beside, and the `last` of public data, too', async () => {
    await it.lease('one', { lastName: it.last });
    await it.lease('two', { lastName: it.lateB, generationNames: [it.lateA] });
    await memory('1');
    const beside = { softNames: [it.tenant, it.lateA], publicLastName: it.lateB };
    expect(await it.purge('new', beside)).toEqual({ applied: 'deleted', stored: null });
    const names = [it.tag, it.last, it.tenant, it.lateA, it.lateB];
    expect(await it.store.lookup(names)).toEqual(names.map(() => null));
  });

  test('does not store a write’s answer when its purge had to delete', async () => {
    const store = it.storing(await it.lease('one', { takeLock: false }));
    await memory('1');
    expect(await it.purge('new', { entryToStore: store })).toEqual({ applied: 'deleted', stored: null });
    expect(await it.valueOf(it.key)).toBeNull();
  });

  test('refuses what isolates tell, and a settlement as a whole', async () => {
    const { metrics } = it.store;
    const [stream, key, value] = [`${it.key}:told`, `${it.key}:version`, `${it.key}:totals`];
    await metrics.tell({ stream, text: 'a', most: 9 });
    const settle = (expected: string | null, next: string) =>
      metrics.settle({
        version: { key, expected, next },
        values: [{ keys: [value], value: next, lifeMs: null }],
        told: expected === null ? null : { stream, upTo: '9999999999999-0' },
      });
    await settle(null, 'v1');
    await memory('1');
    const full = { name: 'StoreError', kind: 'no-room' };
    await expect(metrics.tell({ stream, text: 'b', most: 9 })).rejects.toMatchObject(full);
    await expect(settle('v1', 'v2')).rejects.toMatchObject(full);
    expect(await metrics.read([key, value])).toEqual(['v1', 'v1']);
    await memory('0');
    expect(await metrics.told({ stream, after: '0', most: 9 })).toHaveLength(1);
    expect(await settle('v1', 'v2')).toBe(true);
    expect(await metrics.told({ stream, after: '0', most: 9 })).toEqual([]);
  });

  test('costs one request for each verb, and one more after the server forgot the scripts', async () => {
    const everything = async () => {
      const leased = await it.lease('one', { lastName: it.last });
      await it.fill('one', leased);
      await it.release({ lock: it.lock, token: 'one', directMs: 0 });
      await it.purge('new');
      await it.store.lookup([it.key]);
    };
    await everything();
    gateway.resetCounts();
    await everything();
    expect(gateway.counts()).toEqual({ requests: 5, commands: 5, byCommand: { EVALSHA: 4, MGET: 1 } });
    await command(gateway, 'SCRIPT', 'FLUSH');
    gateway.resetCounts();
    await everything();
    expect(gateway.counts().byCommand).toEqual({ EVALSHA: 4, EVAL: 4, MGET: 1 });
  });

  test('says that the token is wrong, not that nothing is there', async () => {
    const store = createUpstashStore({ url: gateway.url, token: 'guess', readMs: 20_000, writeMs: 20_000 });
    await expect(store.lookup([it.key])).rejects.toMatchObject({ kind: 'refused', code: 'WRONGPASS' });
  });

  test('says that the token may not, as the read-only one: at once, and from within a script', async () => {
    await command(gateway, 'ACL', 'SETUSER', 'reader', 'on', '>of-a-test', '~*', '+@all', '-@write', '-mget');
    const url = new URL(redis.url);
    [url.username, url.password] = ['reader', 'of-a-test'];
    const before = await startGateway({ redisUrl: url.href });
    const store = createUpstashStore({ ...before, readMs: 20_000, writeMs: 20_000 });
    const refused = { name: 'StoreError', kind: 'refused', code: 'NOPERM' };
    await expect(store.lookup([it.key])).rejects.toMatchObject(refused);
    await expect(sceneOf({ ...bed, store }).lease('one')).rejects.toMatchObject(refused);
    await before.close();
  });

  test('says that Redis is away, not that nothing is there', async () => {
    const gone = await startRedis();
    const before = await startGateway({ redisUrl: gone.url });
    const store = createUpstashStore({ ...before, readMs: 20_000, writeMs: 20_000 });
    await gone.stop();
    await expect(store.lookup([it.key])).rejects.toMatchObject({ name: 'StoreError' });
    await before.close();
  });
});
