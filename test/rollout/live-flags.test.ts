import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { bucketOf } from '../../src/rollout/bucket.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import type { ClassFlags } from '../../src/rollout/flags.ts';
import { aClass } from '../support/worker/world.ts';
import { flagsOf, killed, liveFlags, textOf } from './support.ts';

const cls = aClass();
const as = (tenant: string, user = 'ann') => ({ tenant, user, roles: [] }) as unknown as Identity;
const told = (different: Partial<ClassFlags>, of = cls) => {
  const flags = liveFlags();
  flags.looked(textOf(flagsOf(of, different)));
  return flags;
};
const modeOf = (flags: ReturnType<typeof liveFlags>, of = cls, who: Identity | null = as('acme')) =>
  flags.decide(of, who, 'key').mode;

describe('which flags an isolate goes by', () => {
  test('before any have come: as the strategy says', () => {
    const flags = liveFlags();
    expect(flags.decide(cls, as('acme'), 'key')).toEqual({ mode: 'on' });
    expect(modeOf(flags, aClass({ rollout: { mode: 'off' } }))).toBe('off');
    expect(flags.flags).toBeNull();
  });

  test.each<[string, string | null | undefined]>([
    ['not answered', undefined],
    ['lost', null],
    ['malformed', '{"form":1'],
    ['by another hash', textOf({ ...flagsOf(cls), hash: 'crc32' })],
    ['of another form', textOf({ ...flagsOf(cls), form: 2 })],
  ])('%s: the last good ones hold, and the next good ones count', (_, text) => {
    const flags = told({ mode: 'off' });
    flags.looked(text);
    expect(modeOf(flags)).toBe('off');
    flags.looked(textOf(flagsOf(cls, { mode: 'shadow' })));
    expect(modeOf(flags)).toBe('shadow');
  });

  test('they change from one request to the next', () => {
    const flags = told({ mode: 'off' });
    expect(modeOf(flags)).toBe('off');
    flags.looked(textOf(flagsOf(cls, { mode: 'on' }, 'v2')));
    expect(flags.decide(cls, as('acme'), 'key')).toEqual({ mode: 'on' });
  });

  test('the kill switch goes before every class, and can be taken back', () => {
    const flags = liveFlags();
    flags.looked(textOf(killed()));
    expect(flags.decide(cls, as('acme'), 'key')).toEqual({ mode: 'off', detail: 'kill-switch' });
    flags.looked(textOf({ ...killed(), kill: { ...killed().kill, on: false } }));
    expect(modeOf(flags)).toBe('on');
  });

  test('the setting goes before the flags', () => {
    const flags = liveFlags(true);
    flags.looked(textOf(flagsOf(cls, { mode: 'on' })));
    expect(flags.decide(cls, as('acme'), 'key')).toEqual({ mode: 'off', detail: 'kill-switch' });
  });
});

describe('who is answered from the cache', () => {
  const units = Array.from({ length: 200 }, (_, i) => `t${i}`);
  const isOn = (flags: ReturnType<typeof liveFlags>, who: Identity, of = cls) =>
    modeOf(flags, of, who) === 'on';

  test('of tenants those in the percentage, with all of their users', () => {
    const flags = told({ percent: 25, step: 3 });
    for (const tenant of units) {
      const isIn = bucketOf(cls.name, tenant) < 25;
      expect([isOn(flags, as(tenant)), isOn(flags, as(tenant, 'bob'))]).toEqual([isIn, isIn]);
    }
  });

  test('of users each by himself, where the class counts users', () => {
    const byUser = aClass({ rollout: { unit: 'user' } });
    const flags = told({ percent: 50, step: 3 }, byUser);
    const sides = new Set(units.map((user) => isOn(flags, as('acme', user), byUser)));
    expect(sides).toEqual(new Set([true, false]));
    expect(isOn(flags, as('acme', 'u/1'), byUser)).toBe(bucketOf(cls.name, 'acme/u%2F1') < 50);
  });

  test('of public data the entry decides, whoever asks, and whoever the flags name', () => {
    const open = aClass({ scope: 'public', access: 'public', cacheControl: 'no-store' });
    const flags = told({ percent: 50, step: 3, deny: ['acme'], allow: ['globex'] }, open);
    for (const key of units) {
      const isIn = bucketOf(cls.name, key) < 50;
      for (const who of [null, as('acme'), as('globex')])
        expect(flags.decide(open, who, key).mode).toBe(isIn ? 'on' : 'off');
    }
    expect(told({ deny: ['acme'] }, open).decide(open, as('acme'), 'key')).toEqual({ mode: 'on' });
  });

  test('who is listed to be on is on and counted in no group; who is listed not to be never is', () => {
    const lists = { allow: ['acme', 'globex/ann', 'evil'], deny: ['evil', 'acme/bob'] };
    const flags = told({ percent: 0, step: 1, ...lists });
    expect(flags.decide(cls, as('acme'), 'key')).toEqual({ mode: 'on' });
    expect(flags.decide(cls, as('globex'), 'key')).toEqual({ mode: 'on' });
    for (const who of [as('evil'), as('acme', 'bob')])
      expect(flags.decide(cls, who, 'key')).toEqual({ mode: 'off', detail: 'off' });
    // At 100 % too.
    expect(modeOf(told({ deny: ['evil'] }), cls, as('evil'))).toBe('off');
    expect(modeOf(told({ deny: ['evil'] }), cls, as('acme'))).toBe('on');
  });

  test('each is counted in the group that he is in, of the step as it is now', () => {
    const step = `${fingerprintOf(cls)}@1000`;
    const flags = told({ percent: 25, step: 3 });
    const trials = units.map((tenant) => flags.decide(cls, as(tenant), 'key').trial);
    expect(trials.every((it) => it?.step === step && it.className === cls.name)).toBe(true);
    expect(trials.map((it) => it?.unit)).toEqual(units);
    expect(trials.map((it) => it?.arm)).toEqual(
      units.map((it) => (bucketOf(cls.name, it) < 25 ? 'on' : 'control')),
    );
    expect(told({ mode: 'shadow' }).decide(cls, as('acme'), 'key')).toEqual({
      ...{ mode: 'shadow', detail: 'shadow' },
      trial: { className: cls.name, step, arm: 'shadow', unit: 'acme' },
    });
  });

  test('nothing is tried, and nobody counted, where a class is on for all or off for all', () => {
    expect(told({}).decide(cls, as('acme'), 'key')).toEqual({ mode: 'on' });
    expect(told({ mode: 'off' }).decide(cls, as('acme'), 'key')).toEqual({ mode: 'off', detail: 'off' });
    // The last step of a plan is for all, and still looked at.
    expect(told({ step: 4 }).decide(cls, as('acme'), 'key').trial?.arm).toBe('on');
  });
});

describe('how old they are at most', () => {
  test('each MGET takes them along until they have come, then one each 5 s', () => {
    const flags = liveFlags();
    expect(flags.nameToLook(0)).toBe('rollout');
    flags.looked(undefined);
    expect(flags.nameToLook(1)).toBe('rollout');
    flags.looked(null);
    expect([2, 5_000].map((ms) => flags.nameToLook(ms))).toEqual([null, null]);
    expect(flags.nameToLook(5_001)).toBe('rollout');
    expect(flags.nameToLook(5_002), 'one is under way').toBeNull();
  });

  test('where no MGET is sent they are due after 20 s, and too old after 25', () => {
    const flags = liveFlags();
    flags.nameToLook(0);
    flags.looked(null);
    expect([0, 19_999, 20_000].map((ms) => flags.isDue(ms))).toEqual([false, false, true]);
    expect([20_000, 24_999, 25_000].map((ms) => flags.areTooOld(ms))).toEqual([false, false, true]);
    flags.nameToLook(20_000);
    expect([20_001, 39_999].map((ms) => flags.isDue(ms))).toEqual([false, false]);
  });

  test('what was not answered is asked again after 5 s, not after 20', () => {
    const flags = liveFlags();
    flags.nameToLook(0);
    flags.looked(null);
    flags.nameToLook(20_000);
    flags.looked(undefined);
    expect([20_001, 24_999, 25_000].map((ms) => flags.isDue(ms))).toEqual([false, false, true]);
    flags.nameToLook(25_000);
    flags.looked(null);
    expect([44_999, 45_000].map((ms) => flags.isDue(ms))).toEqual([false, true]);
  });

  test('a clock that is set back proves nothing: they are due', () => {
    const flags = liveFlags();
    flags.nameToLook(100_000);
    flags.looked(null);
    expect(flags.isDue(50_000)).toBe(true);
    expect(flags.nameToLook(50_000)).toBe('rollout');
  });
});

test('a name that has a slash in it is written with %2F, and is no user of another tenant', () => {
  const denied = told({ deny: ['a%2Fb', '50%25'] });
  expect(modeOf(denied, cls, as('a/b'))).toBe('off');
  expect(modeOf(denied, cls, as('50%'))).toBe('off');
  expect(modeOf(denied, cls, as('a', 'b'))).toBe('on');
  expect(modeOf(told({ deny: ['a/b'] }), cls, as('a/b'))).toBe('on');
});
