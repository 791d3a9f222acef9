import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { rolloutWorld, type Told, unitsOf } from './support/rollout-world.ts';

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
      const { few, others } = unitsOf('good', 3, 40);
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
        // By then one of those who fill has filled it, whoever comes first.
        if (nth === 10) await later(31_000);
        if (nth >= 10) origin.change('lasting');
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

  /** Of what was stored before it broke nobody can be told apart: where it is asked for anew, `b`. */
  it.each<[string, string, string, RegExp, 'a' | 'b', (world: World) => Promise<void> | void]>([
    ['early', 'missed purge', 'shadow', /^differing/, 'a', ({ origin }) => origin.change('early')],
    ['leaking', 'mixed users', 'off', /^leak/, 'b', ({ origin }) => origin.turn('leaking', 'mixed')],
    [
      'ageing',
      'ttl far too long',
      'shadow',
      /^stale/,
      'a',
      async ({ origin, later }) => {
        origin.change('ageing');
        await later(31_000);
      },
    ],
    [
      'wavering',
      'differs on every call',
      'shadow',
      /^differing/,
      'b',
      ({ origin }) => origin.turn('wavering', 'drifting'),
    ],
    [
      'leaflets',
      'wrong variant',
      'shadow',
      /^differing/,
      'b',
      ({ origin }) => origin.turn('leaflets', 'speaking'),
    ],
  ])(
    '%s breaks at 5 %% (%s): in two runs of the cron it is back (%s), and nobody outside of the 5 %% saw it',
    PATIENT,
    async (className, how, to, why, anew, breaks) => {
      const isPage = className === 'leaflets';
      // Of pages each address is a unit of its own: three that are asked for at first, and three anew.
      const { few, others } = isPage
        ? unitsOf(className, 6, 15, `/${className}/`)
        : unitsOf(className, 3, 15);
      const fewAt = (at: 'a' | 'b') => (isPage ? (at === 'a' ? few.slice(0, 3) : few.slice(3)) : few);
      const get = (unit: string, who: 'ann' | 'bob', at: 'a' | 'b') =>
        isPage
          ? world.get(unit, null, { 'Accept-Language': who === 'ann' ? 'de' : 'en' })
          : world.get(`/${className}/${at}`, `${who}@${unit}`);
      const traffic = async (at: 'a' | 'b') => {
        const seen: (Told['value'] & {
          readonly unit: string;
          readonly who: 'ann' | 'bob';
          readonly isHit: boolean;
        })[] = [];
        const ask = async (unit: string, who: 'ann' | 'bob') => {
          const { cacheStatus, value } = await get(unit, who, at);
          seen.push({ ...value, unit, who, isHit: /; hit/.test(cacheStatus) });
        };
        // A hit is compared where there is room for it: one after the other.
        for (let n = 0; n < 6; n += 1)
          for (const unit of fewAt(at)) for (const who of ['ann', 'bob'] as const) await ask(unit, who);
        await Promise.all(others.flatMap((unit) => (['ann', 'bob'] as const).map((who) => ask(unit, who))));
        return seen;
      };
      expect((await traffic('a')).some(({ isHit }) => isHit)).toBe(true);
      await world.minute();
      expect(await world.flagsOf(className)).toMatchObject({ mode: 'on', percent: 5 });

      await breaks(world);
      const seen = [];
      let stands = await world.flagsOf(className);
      // What it comes to after that is the shadow's: there it goes on differing, and where enough is compared it is switched off.
      for (let ticks = 0; ticks < 2 && stands.mode === 'on'; ticks += 1) {
        seen.push(...(await traffic(anew)));
        await world.minute();
        stands = await world.flagsOf(className);
      }
      expect(stands).toMatchObject({ mode: to, held: expect.stringMatching(why) });
      const wrong = seen.filter(({ isHit, version, of, language, who }) => {
        if (how === 'differs on every call') return isHit;
        const isOfOther = of !== undefined && of !== who;
        const isInOther = language !== undefined && language !== (who === 'ann' ? 'de' : 'en');
        return version !== world.origin.versionOf(className) || isOfOther || isInOther;
      });
      expect(wrong.length).toBeGreaterThan(0);
      expect(wrong.filter(({ unit }) => others.includes(unit))).toEqual([]);
      expect((await traffic(anew)).filter(({ isHit }) => isHit)).toEqual([]);
      expect(await world.purgesOf(className)).toEqual(['guard']);
      await world.minute();
      expect(await world.alertOf(className)).toMatchObject({ state: 'firing' });
    },
  );
});
