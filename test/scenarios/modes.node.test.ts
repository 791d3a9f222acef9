import { expect, it } from 'vitest';
import * as z from 'zod';
import { startRedis } from '../../dev/redis/find.ts';
import { bounds } from '../../src/bounds.ts';
import { bucketOf } from '../../src/rollout/bucket.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { type ClassFlags, type Flags, newFlags } from '../../src/rollout/flags.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defaultPlan } from '../../src/strategy/rollout.ts';
import { describeWithRedis } from '../support/redis.ts';
import { type RedisWorld, redisWorld, TENANT, verbOf } from './support/world.ts';

const S = 1_000;
const bypassed = (detail: string) => expect.stringMatching(new RegExp(`fwd=bypass;.* detail=${detail}`));

/** What the Worker of these scenarios stores under this name. */
const fingerprint = (name: string, origin: string) =>
  fingerprintOf(
    dataClass({
      ...{ name, version: 1, scope: 'tenant', key: '{id}', access: 'tenant', read: 'read-through' },
      ...{
        params: z.object({ id: z.string() }),
        tags: [`${name}:{id}`],
        origin,
        ttl: '1h',
        rationale: 'as it is',
      },
    }),
  );

const classFlags = (different: Partial<ClassFlags>): ClassFlags => ({
  ...{ mode: 'on', percent: 100, allow: [], deny: [], plan: defaultPlan, step: null },
  ...{ sinceMs: 1, by: 'ops', why: 'for a test', held: null, ...different },
});
const flagsOf = (classes: Readonly<Record<string, Partial<ClassFlags>>>): Flags => ({
  ...newFlags('v1'),
  classes: Object.fromEntries(
    Object.entries(classes).map(([name, it]) => {
      const folder = name === 'doc' ? 'docs' : name;
      return [name, { [fingerprint(name, `/${folder}/{id}`)]: classFlags(it) }];
    }),
  ),
});
const killFlags: Flags = {
  ...newFlags('killed'),
  kill: { on: true, atMs: 1, by: 'ops', why: 'for a test' },
};

describeWithRedis('modes, in several isolates over one Redis', (redis) => {
  async function running(
    options: Omit<Parameters<typeof redisWorld>[1], 'edges'> & { readonly redisUrl?: string },
    scenario: (world: RedisWorld) => Promise<void>,
  ): Promise<void> {
    const { redisUrl = redis.redisUrl, ...more } = options;
    const world = await redisWorld({ redisUrl }, { edges: 3, ...more });
    try {
      for (const path of ['/docs/a', '/swr/a', '/remembered/a']) world.origin.set(path, 'value');
      await scenario(world);
    } finally {
      await world.stop();
    }
  }
  const said = async (world: RedisWorld, edge: number, path: string) =>
    (await world.get(edge, path)).cacheStatus;

  it('killed by flag, every isolate bypasses within 30 s: a busy one, one that answers from memory, an idle one', () =>
    running({}, async (world) => {
      const paths = ['/doc/a', '/remembered/a'];
      for (const edge of [0, 1, 2]) for (const path of paths) await world.get(edge, path);
      await world.settled();
      await world.setFlags(killFlags);
      const asked: string[] = [];
      for (let s = 0; s < 30; s += 5) {
        await world.advance(5 * S);
        asked.push(await said(world, 0, '/doc/a'));
        await said(world, 1, '/remembered/a');
        await world.settled();
      }
      expect(asked.slice(0, 2)).toContainEqual(bypassed('kill-switch'));
      for (const edge of [0, 1, 2])
        for (const path of paths) expect(await said(world, edge, path)).toEqual(bypassed('kill-switch'));
    }));

  it('killed by the setting: without Redis too, each read is answered by the origin', async () => {
    const server = await startRedis();
    let isUp = true;
    try {
      const settings = { KILL_SWITCH: 'on' };
      await running({ redisUrl: server.url, patience: 'real', settings }, async (world) => {
        await world.setFlags(flagsOf({ doc: { mode: 'on' } }));
        expect(await said(world, 0, '/doc/a')).toEqual(bypassed('kill-switch'));
        isUp = false;
        await server.stop();
        const before = world.origin.count('/docs/a');
        for (let i = 0; i < 10; i += 1) {
          await world.advance(10 * S);
          expect(await world.get(i % 3, '/doc/a')).toMatchObject({
            value: 'value',
            cacheStatus: bypassed('kill-switch'),
          });
        }
        expect(world.origin.count('/docs/a') - before).toBe(10);
      });
    } finally {
      if (isUp) await server.stop();
    }
  });

  it.each(['stopped, and empty when it is back', 'standing still'] as const)(
    'Redis is %s in mid-rollout: no mode changes',
    async (how) => {
      let server = await startRedis();
      const { port } = server;
      try {
        await running({ redisUrl: server.url, patience: 'real' }, async (world) => {
          // Our tenant is one of those for whom documents are on, and none of those for whom the others are.
          await world.setFlags(
            flagsOf({
              doc: { percent: bucketOf('doc', TENANT) + 1, step: 2 },
              swr: { percent: bucketOf('swr', TENANT) - 1, step: 2 },
              remembered: { mode: 'shadow', percent: 0, step: 0 },
            }),
          );
          const modes = async (edge: number) => {
            const all = [];
            for (const path of ['/doc/a', '/swr/a', '/remembered/a'])
              all.push(/detail=(off|shadow)/.exec(await said(world, edge, path))?.[1] ?? 'on');
            return all;
          };
          await modes(0);
          await world.settled();
          expect(await modes(0)).toEqual(['on', 'off', 'shadow']);
          const pause = how === 'standing still';
          if (pause) process.kill(server.pid, 'SIGSTOP');
          else await server.stop();
          for (let i = 0; i < 5; i += 1) {
            await world.advance(60 * S);
            expect(await modes(0)).toEqual(['on', 'off', 'shadow']);
          }
          if (pause) process.kill(server.pid, 'SIGCONT');
          else server = await startRedis({ port });
          for (let i = 0; i < 3; i += 1) {
            await world.advance(bounds.breakerOpenMs + 10 * S);
            expect(await modes(0)).toEqual(['on', 'off', 'shadow']);
            await world.settled();
          }
        });
      } finally {
        process.kill(server.pid, 'SIGCONT');
        await server.stop();
      }
    },
  );

  it.each<[string, Flags | null]>([
    ['without flags', null],
    ['with flags that say nothing', newFlags('v1')],
    ['on for all', flagsOf({ doc: {}, remembered: {} })],
    [
      'in a plan, for a part of all',
      flagsOf({
        doc: { percent: bucketOf('doc', TENANT) + 1, step: 2 },
        remembered: { percent: bucketOf('remembered', TENANT) + 1, step: 2 },
      }),
    ],
  ])('%s: no read sends one command more, however old the flags are', (_, flags) =>
    running({}, async (world) => {
      if (flags) await world.setFlags(flags);
      // The server learns the scripts, the isolates the issuer's keys and the flags.
      world.origin.set('/docs/warm', 'warm');
      for (const edge of [0, 1]) await world.get(edge, '/doc/warm');
      await world.settled();
      const cost = async (ask: () => Promise<unknown>) => {
        const sent: string[] = [];
        world.gateway.onRequest = (commands) => void sent.push(...commands.map((it) => verbOf(it)));
        await ask();
        await world.settled();
        world.gateway.onRequest = undefined;
        return sent;
      };
      const reads = (edge: number) => cost(() => world.get(edge, '/doc/a'));
      await world.advance(6 * S);
      expect(await reads(0), 'a miss, that takes the flags along').toEqual(['lookup', 'lease', 'fill']);
      expect(await reads(0), 'from memory').toEqual([]);
      await world.advance(2 * S);
      expect(await reads(0), 'validated').toEqual(['lookup']);
      await world.advance(6 * S);
      expect(await reads(0), 'validated, with the flags').toEqual(['lookup']);
      expect(await reads(1), 'from Redis').toEqual(['lookup']);

      await world.get(0, '/remembered/a');
      await world.settled();
      const sent: string[] = [];
      for (let s = 0; s < 56; s += 4) {
        await world.advance(4 * S);
        sent.push(...(await cost(() => world.get(0, '/remembered/a'))));
      }
      expect(sent, 'from memory for almost a minute').toEqual(['lookup', 'lookup']);
    }),
  );

  it('off: once in 20 s, in the background', () =>
    running({}, async (world) => {
      await world.setFlags(flagsOf({ doc: { mode: 'off' } }));
      await world.get(0, '/doc/a');
      await world.settled();
      const sent: string[] = [];
      world.gateway.onRequest = (commands) => void sent.push(...commands.map((it) => verbOf(it)));
      for (let s = 0; s < 60; s += 4) {
        await world.advance(4 * S);
        expect(await said(world, 0, '/doc/a')).toEqual(bypassed('off'));
        await world.settled();
      }
      expect(sent).toEqual(['lookup', 'lookup', 'lookup']);
    }));
});
