import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { type RedisWorld, redisWorld } from './support/world.ts';

/** Beyond every trust window of these classes. */
const BEYOND_L1 = 1_500;

/** One of the two fills or fetches, the other purges. */
type Scene = (world: RedisWorld, fills: number, purges: number) => Promise<void>;

const purgeOfWhatBothKeep =
  (mode: 'hard' | 'soft'): Scene =>
  async (world, fills, purges) => {
    world.origin.set('/docs/a', 'old');
    for (const edge of [fills, purges]) await world.get(edge, '/doc/a');
    await world.settled();
    world.origin.set('/docs/a', 'new');
    await world.purgeBy(purges, 'doc:a', mode);
    await bothRead(world, '/doc/a', 'new');
  };

const writeOfWhatTheOtherStored: Scene = async (world, fills, purges) => {
  world.origin.set('/docs/a', 'old');
  await world.get(fills, '/doc/a');
  await world.settled();
  await world.patch(purges, '/doc/a', 'new');
  await bothRead(world, '/doc/a', 'new');
  world.origin.set('/docs/a', 'newer');
  await world.purgeBy(fills, 'doc:a', 'hard'); // of what the write stored
  await bothRead(world, '/doc/a', 'newer');
};

const purgeDuringTheOthersFetch =
  (
    path: string,
    origin: string,
    tag: string,
    mode: 'hard' | 'soft',
    headers: Record<string, string>,
  ): Scene =>
  async (world, fills, purges) => {
    world.origin.set(origin, 'old', headers);
    const held = world.origin.hold(origin);
    const reading = world.get(fills, path);
    await held.reached;
    world.origin.set(origin, 'new', headers);
    await world.purgeBy(purges, tag, mode);
    held.release();
    await reading;
    await bothRead(world, path, 'new');
  };

/** A tag of a URI that its answer writes in another form than the key has. */
const purgeOfAnotherForm: Scene = async (world, fills, purges) => {
  const headers = { 'Cache-Tag': 'uri:/caf%c3%a9' };
  world.origin.set('/named/a', 'old', headers);
  await world.get(fills, '/named/a');
  await world.settled();
  world.origin.set('/named/a', 'new', headers);
  await world.purgeBy(purges, 'uri:/caf%c3%a9', 'hard');
  await bothRead(world, '/named/a', 'new');
};

const writeThatOvertakes: Scene = async (world, first, second) => {
  world.origin.set('/docs/a', 'zero');
  await world.get(first, '/doc/a');
  const held = world.origin.hold('/docs/a');
  const slow = world.patch(first, '/doc/a', 'one');
  await held.reached;
  await world.patch(second, '/doc/a', 'two');
  held.release();
  await slow;
  await bothRead(world, '/doc/a', 'two');
};

/** With a stale window: the value may be shown once more, as stale, never as fresh. */
const softPurgesInTurn: Scene = async (world, fills, purges) => {
  for (const value of ['first', 'second', 'third']) {
    world.origin.set('/swr/a', value);
    for (const edge of [fills, purges]) await world.get(edge, '/swr/a');
    await world.settled();
    world.origin.set('/swr/a', `after the ${value}`);
    for (const edge of [purges, fills]) await world.purgeBy(edge, 'swr:a', 'soft');
    await world.advance(BEYOND_L1);
    for (const edge of [fills, purges]) {
      const said = await world.get(edge, '/swr/a');
      if (said.value === value) expect(said.cacheStatus).not.toMatch(/hit; ttl=[1-9]/);
    }
    await world.settled();
    // Beyond the window as the one with the longest sees it.
    await world.purgeBy(purges, 'swr:a', 'hard');
    await bothRead(world, '/swr/a', `after the ${value}`);
  }
};

async function bothRead(world: RedisWorld, path: string, value: string): Promise<void> {
  await world.settled();
  await world.advance(BEYOND_L1);
  for (const edge of [1, 0, 1, 0]) expect(await world.get(edge, path)).toMatchObject({ status: 200, value });
}

const scenes: readonly (readonly [string, Scene])[] = [
  ['a hard purge of what both keep', purgeOfWhatBothKeep('hard')],
  ['a soft purge of what both keep, without a stale window', purgeOfWhatBothKeep('soft')],
  ['soft purges by both, with a stale window', softPurgesInTurn],
  ['a write, and a purge of what it stored', writeOfWhatTheOtherStored],
  ['a purge of a URI that is named in another form', purgeOfAnotherForm],
  ['a write that the other overtakes', writeThatOvertakes],
  ['a hard purge during a fetch', purgeDuringTheOthersFetch('/doc/a', '/docs/a', 'doc:a', 'hard', {})],
  ['a soft purge during a fetch', purgeDuringTheOthersFetch('/doc/a', '/docs/a', 'doc:a', 'soft', {})],
  [
    'a purge during a fetch, tag named by the answer',
    purgeDuringTheOthersFetch('/named/a', '/named/a', 'shelf:7', 'hard', { 'Cache-Tag': 'shelf:7' }),
  ],
  [
    'a purge during a fetch, strict class',
    purgeDuringTheOthersFetch('/strict/a', '/strict/a', 'strict:a', 'soft', {}),
  ],
];

/** Only this version's routes name events. */
const eventOfWhatTheOtherKeeps: Scene = async (world, keeps, writes) => {
  const lists = ['/strict/a', '/http/list'];
  const headers = { 'Cache-Control': 'public, max-age=600', 'Cache-Tag': 'page:a' };
  for (const path of lists) {
    world.origin.set(path, 'old', headers);
    for (const edge of [keeps, writes]) await world.get(edge, path);
  }
  await world.settled();
  for (const path of lists) world.origin.set(path, 'new', headers);
  await world.patch(writes, '/told/a', 'an item');
  for (const path of lists) await bothRead(world, path, 'new');
  await bothRead(world, '/doc/a', 'an item');
};

describeWithRedis('Two versions on one Redis', (redis) => {
  const before = gunzipSync(
    readFileSync(new URL('versions/one-soft-nonce.mjs.gz', import.meta.url)),
  ).toString();

  describe.each([
    ['what the version before fills, this one purges', 0, 1],
    ['what this version fills, the one before purges', 1, 0],
  ])('%s', (_, fills, purges) => {
    it.each(scenes)('%s', async (_name, scene) => {
      const world = await redisWorld(redis, { edges: 2, scripts: [before] });
      try {
        await scene(world, fills, purges);
      } finally {
        await world.stop();
      }
    });
  });

  it('what the version before fills, a write of this one purges by its events', async () => {
    const world = await redisWorld(redis, { edges: 2, scripts: [before] });
    try {
      await eventOfWhatTheOtherKeeps(world, 0, 1);
    } finally {
      await world.stop();
    }
  });
});
