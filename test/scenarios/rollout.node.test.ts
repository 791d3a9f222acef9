import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { rolloutWorld, type Told, tenantsOf } from './support/rollout-world.ts';

const PATIENT = { timeout: 120_000 };

type World = Awaited<ReturnType<typeof rolloutWorld>>;

/** How a class stood after each minute, in short: `shadow`, `on 5`; what stays the same once. */
async function standsOf(world: World, className: string, before: string[]): Promise<string[]> {
  const { mode, percent, step } = await world.flagsOf(className);
  const now = mode === 'on' ? `on ${percent}${step === null ? ', for good' : ''}` : mode;
  return before.at(-1) === now ? before : [...before, now];
}

describeWithRedis('a class that is switched on by its plan', (redis) => {
  let world: World;
  beforeAll(async () => {
    world = await rolloutWorld(redis);
    await world.minute(); // makes the classes known
  });
  afterAll(() => world?.stop());

  it(
    'goes from the shadow to all by itself: first nobody is answered from the cache, then few, then all',
    PATIENT,
    async () => {
      const { few, others } = tenantsOf('good', 3, 40);
      let stands: string[] = ['shadow'];
      const hits = new Map<string, Set<string>>();
      for (let minute = 0; minute < 16 && stands.at(-1) !== 'on 100, for good'; minute += 1) {
        const at = stands.at(-1)!;
        const noteHit = async (tenant: string) => {
          const { cacheStatus } = await world.get('/good/a', `ann@${tenant}`);
          if (/; hit/.test(cacheStatus)) hits.set(at, (hits.get(at) ?? new Set()).add(tenant));
        };
        for (let n = 0; n < 2; n += 1) await Promise.all(others.map(noteHit));
        for (let n = 0; n < 14; n += 1) for (const tenant of few) await noteHit(tenant);
        await world.minute();
        stands = await standsOf(world, 'good', stands);
      }
      expect(stands).toEqual(['shadow', 'on 5', 'on 100', 'on 100, for good']);
      expect(hits.get('shadow')).toBeUndefined();
      expect([...hits.get('on 5')!].sort()).toEqual([...few].sort());
      expect(hits.get('on 100')!.size).toBe(few.length + others.length);
      expect(await world.alertOf('good')).toBeUndefined();
    },
  );

  it.each<[string, RegExp, (world: World, nth: number) => Promise<void>]>([
    [
      'mixed',
      /^leak/,
      async ({ get }) => {
        for (const user of ['ann', 'bob']) await get('/mixed/a', `${user}@acme`);
      },
    ],
    [
      'missed',
      /^differing/,
      async ({ get, origin }, nth) => {
        if (nth === 8 && origin.versionOf('missed') === 1) origin.change('missed');
        await get('/missed/a', 'ann@acme');
      },
    ],
    [
      'lasting',
      /^stale/,
      async ({ get, origin, later }, nth) => {
        if (nth === 5) await later(31_000);
        if (nth >= 5) origin.change('lasting');
        await get('/lasting/a', 'ann@acme');
      },
    ],
    ['drifting', /^differing/, async ({ get }) => void (await get('/drifting/a', 'ann@acme'))],
    [
      'pages',
      /^differing/,
      async ({ get }) => {
        for (const language of ['de', 'en']) await get('/pages/a', null, { 'Accept-Language': language });
      },
    ],
  ])(
    '%s is broken, and caught in the shadow (%s): it never answers anybody',
    PATIENT,
    async (className, why, ask) => {
      let stands: string[] = ['shadow'];
      for (let minute = 0; minute < 12 && stands.at(-1) !== 'off'; minute += 1) {
        for (let n = 0; n < 20; n += 1) await ask(world, n);
        await world.minute();
        stands = await standsOf(world, className, stands);
      }
      expect(stands).toEqual(['shadow', 'off']);
      expect(await world.flagsOf(className)).toMatchObject({ by: 'guard', held: expect.stringMatching(why) });
      await world.minute();
      expect(await world.alertOf(className)).toMatchObject({ state: 'firing' });
      expect(await world.purgesOf(className)).toEqual(['guard']);
    },
  );

  it.each<[string, 'missed purge' | 'mixed users', string, RegExp]>([
    ['early', 'missed purge', 'shadow', /^differing/],
    ['leaking', 'mixed users', 'off', /^leak/],
  ])(
    '%s breaks at 5 %% (%s): it is back within two runs of the cron, and nobody outside of the 5 %% saw it',
    async (className, how, to, why) => {
      const { few, others } = tenantsOf(className, 3, 15);
      const traffic = async (path = `/${className}/a`) => {
        const seen: (Told['value'] & {
          readonly tenant: string;
          readonly user: string;
          readonly isHit: boolean;
        })[] = [];
        const ask = async (tenant: string, user: string) => {
          const { cacheStatus, value } = await world.get(path, `${user}@${tenant}`);
          seen.push({ ...value, tenant, user, isHit: /; hit/.test(cacheStatus) });
        };
        // A hit is compared where there is room for it: one after the other.
        for (let n = 0; n < 6; n += 1)
          for (const tenant of few) for (const user of ['ann', 'bob']) await ask(tenant, user);
        await Promise.all(others.flatMap((tenant) => ['ann', 'bob'].map((user) => ask(tenant, user))));
        return seen;
      };
      expect((await traffic()).some(({ isHit }) => isHit)).toBe(true);
      await world.minute();
      expect(await world.flagsOf(className)).toMatchObject({ mode: 'on', percent: 5 });

      if (how === 'missed purge') world.origin.change(className);
      else world.origin.mix(className);
      const seen = [];
      for (let ticks = 0; ticks < 2; ticks += 1) {
        // Of what was stored before nobody can be told apart.
        seen.push(...(await traffic(how === 'missed purge' ? undefined : `/${className}/b`)));
        await world.minute();
      }
      expect(await world.flagsOf(className)).toMatchObject({ mode: to, held: expect.stringMatching(why) });
      const wrong = seen.filter(
        ({ version, of, user }) =>
          version !== world.origin.versionOf(className) || (of !== undefined && of !== user),
      );
      expect(wrong.length).toBeGreaterThan(0);
      expect(wrong.filter(({ tenant }) => others.includes(tenant))).toEqual([]);
      expect((await traffic()).filter(({ isHit }) => isHit)).toEqual([]);
      expect(await world.purgesOf(className)).toEqual(['guard']);
      await world.minute();
      expect(await world.alertOf(className)).toMatchObject({ state: 'firing' });
    },
  );
});
