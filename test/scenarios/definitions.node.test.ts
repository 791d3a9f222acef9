import { expect, it } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { type ClassFlags, newFlags } from '../../src/rollout/flags.ts';
import { describeWithRedis } from '../support/redis.ts';
import { after, before } from './support/definitions.ts';
import { type Guard, without } from './support/guards.ts';
import { type RedisWorld, redisWorld } from './support/world.ts';

/** Beyond every trust window of these classes, and until the flags are looked at again. */
const LATER_MS = 25_000;
/** The Worker as it was, the changed one, and the one as it was once more, deployed again later. */
const [WAS, IS, AGAIN] = [0, 1, 2];

type Name = keyof typeof after;

const on: ClassFlags = {
  ...{ mode: 'on', percent: 100, allow: [], deny: [], plan: [], step: null },
  ...{ sinceMs: 1, by: 'ops', why: 'a test', held: null },
};

/** `flags`: of each class as it was, and as it is; null: deployed, and nobody said anything. Left out: not even that. */
async function twoVersions(
  redis: Parameters<typeof redisWorld>[0],
  flags: readonly [was: ClassFlags | null, is?: ClassFlags | null],
  guards: readonly Guard[] = [],
): Promise<RedisWorld> {
  const codeOf = (entry: string) => bundle(`test/scenarios/support/${entry}-entry.ts`, guards.map(without));
  const [was, is] = await Promise.all([codeOf('before'), codeOf('after')]);
  const world = await redisWorld(redis, { edges: 3, scripts: [was, is, was] });
  const classes = Object.keys(after).map((name) => {
    const [wasFlags, isFlags] = flags;
    const known = { [fingerprintOf(before[name as Name])]: wasFlags };
    if (isFlags !== undefined) known[fingerprintOf(after[name as Name])] = isFlags;
    return [name, known];
  });
  const value = { ...newFlags('v1'), classes: Object.fromEntries(classes) };
  await world.command('SET', `${world.namespace}:rollout`, JSON.stringify(value));
  // Each isolate has the flags with its first MGET, and before that goes by its strategy, which says on.
  for (const edge of [WAS, IS, AGAIN]) await world.get(edge, '/valued/first');
  await later(world);
  return world;
}

async function later(world: RedisWorld): Promise<void> {
  await world.settled();
  await world.advance(LATER_MS);
}

type Scene = (world: RedisWorld) => Promise<void>;

/** What one of them fills, the other uses only if it names all the tags that a purge may come by. */
const changedTags: Scene = async (world) => {
  world.origin.set('/tagged/a', 'old');
  await world.get(WAS, '/tagged/a');
  await later(world);
  world.origin.set('/tagged/a', 'new');
  await world.purge('two:a'); // which the entry does not name, and only the changed class declares
  expect(await world.get(IS, '/tagged/a')).toMatchObject({ value: 'new' });
  await later(world);
  // The other way round the entry names more than is needed: it is good for both.
  expect(await world.get(AGAIN, '/tagged/a')).toMatchObject({
    value: 'new',
    cacheStatus: expect.stringMatching(/; hit/),
  });
};

/** One key, made of other parameters. */
const changedKey: Scene = async (world) => {
  world.origin.set('/pairs/a/b', 'from a to b');
  world.origin.set('/pairs/b/a', 'from b to a');
  for (const edge of [WAS, IS, AGAIN, IS, WAS])
    for (const [path, value] of [
      ['/paired/a/b', 'from a to b'],
      ['/paired/b/a', 'from b to a'],
    ] as const) {
      expect(await world.get(edge, path)).toMatchObject({ value });
      await later(world);
    }
};

/** A value that the changed class would not take from the origin, it does not take from Redis either. */
const changedValue: Scene = async (world) => {
  world.origin.set('/valued/a', 'a word');
  await world.get(WAS, '/valued/a');
  await later(world);
  world.origin.set('/valued/a', '42');
  expect(await world.get(IS, '/valued/a')).toMatchObject({ value: '42' });
};

describeWithRedis('Two strategies on one Redis', (redis) => {
  async function playedBy(scene: Scene, guards: readonly Guard[] = []): Promise<void> {
    const world = await twoVersions(redis, [on, on], guards);
    try {
      await scene(world);
    } finally {
      await world.stop();
    }
  }

  it.each([
    ['tags', changedTags],
    ['key', changedKey],
    ['value', changedValue],
  ])('with changed %s, both on: neither reads what does not fit it', (_, scene) => playedBy(scene));

  it.each([
    ['all-declared-tags', changedTags],
    ['key-template', changedKey],
  ])('and would, without %s', (guard, scene) =>
    expect(playedBy(scene, [guard])).rejects.toThrow('to match object'),
  );

  it('the changed one is in the shadow while the other is on, and that goes on as it was when it is deployed again', async () => {
    const ramped: ClassFlags = { ...on, percent: 50, allow: ['acme'], step: null };
    const world = await twoVersions(redis, [ramped]);
    try {
      world.origin.set('/tagged/a', 'one');
      const answers = async () => {
        const said = [];
        for (const edge of [WAS, IS, AGAIN]) said.push((await world.get(edge, '/tagged/a')).cacheStatus);
        return said;
      };
      await world.get(WAS, '/tagged/a');
      await later(world);
      const hit = expect.stringMatching(/^Stillfresh; hit; ttl=\d+/);
      const shadow = expect.stringMatching(/; fwd=bypass; fwd-status=200; detail=shadow;/);
      expect(await answers()).toEqual([hit, shadow, hit]);
    } finally {
      await world.stop();
    }
  });

  it('each goes by the flags of its own fingerprint, whoever is deployed', async () => {
    const off: ClassFlags = { ...on, mode: 'off' };
    const world = await twoVersions(redis, [on, off]);
    try {
      world.origin.set('/tagged/a', 'one');
      const statuses = [];
      for (const edge of [WAS, IS, AGAIN]) statuses.push((await world.get(edge, '/tagged/a')).cacheStatus);
      expect(statuses).toEqual([
        expect.stringMatching(/fwd=uri-miss/),
        expect.stringMatching(/; fwd=bypass; fwd-status=200; detail=off;/),
        expect.stringMatching(/; hit/),
      ]);
    } finally {
      await world.stop();
    }
  });
});
