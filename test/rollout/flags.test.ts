import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { deployName, guardName, newFlags, readFlags, standingOf, stepAt } from '../../src/rollout/flags.ts';
import { defaultPlan } from '../../src/strategy/rollout.ts';
import { aClass } from '../support/worker/world.ts';
import { classFlags, flagsOf, textOf } from './support.ts';

const cls = aClass({ rollout: { mode: 'on', percent: '40%', deny: ['evil'] } });
const own = fingerprintOf(cls);
const good = flagsOf(cls, { mode: 'shadow', percent: 0 });
const withClass = (flags: unknown) => ({ ...good, classes: { [cls.name]: { [own]: flags } } });

describe('flags as Redis has them', () => {
  test('what was written is read', () => {
    expect(readFlags(textOf(good))).toEqual(good);
    expect(readFlags(textOf(newFlags('0')))).toEqual(newFlags('0'));
  });

  test.each<[string, string | null]>([
    ['none', null],
    ['nothing', ''],
    ['half of them', textOf(good).slice(0, -5)],
    ['another thing', '"on"'],
    ['of another form', textOf({ ...good, form: 2 })],
    ['by another hash', textOf({ ...good, hash: 'sha256' })],
    ['without a version', textOf({ ...good, version: '' })],
    ['with a mode that nobody knows', textOf(withClass(classFlags({ mode: 'dark' as never })))],
    ['with more than all', textOf(withClass(classFlags({ percent: 101 })))],
    ['with less than none', textOf(withClass(classFlags({ percent: -1 })))],
    ['with a step that is none', textOf(withClass({ ...classFlags(), step: 0.5 }))],
    ['with a name that is none', textOf(withClass(classFlags({ allow: ['a/b/c'] })))],
    ['with too many names', textOf(withClass(classFlags({ deny: Array(101).fill('a') })))],
    ['with too many steps', textOf(withClass(classFlags({ plan: Array(14).fill(defaultPlan[0]) })))],
    ['with half a class', textOf(withClass({ mode: 'on' }))],
    ['with a kill switch that is neither on nor off', textOf({ ...good, kill: { on: 'yes' } })],
  ])('%s: none of ours', (_, text) => {
    expect(readFlags(text)).toBeNull();
  });
});

describe('how a class stands', () => {
  const standing = (classes: object) =>
    standingOf(cls, own, { ...newFlags('v1'), classes: { [cls.name]: classes } as never });

  test('no flags, and none of it: as its strategy says', () => {
    const declared = { from: 'strategy', mode: 'on', percent: 40, deny: ['evil'], step: null, held: null };
    expect(standingOf(cls, own, null)).toMatchObject(declared);
    expect(standingOf(cls, own, newFlags('v1'))).toMatchObject(declared);
    expect(standing({ [own]: null })).toMatchObject(declared);
  });

  test('what somebody has said of what it stores goes before its strategy', () => {
    expect(standing({ [own]: classFlags({ mode: 'off' }) })).toMatchObject({ from: 'flags', mode: 'off' });
  });

  test('two versions of the Worker: each goes by its own', () => {
    const other = aClass({ version: 2 });
    const theirs = fingerprintOf(other);
    expect(theirs).not.toBe(own);
    const flags = {
      ...newFlags('v1'),
      classes: { [cls.name]: { [own]: classFlags(), [theirs]: classFlags({ mode: 'off' }) } },
    };
    expect(standingOf(cls, own, flags)).toMatchObject({ mode: 'on', percent: 100 });
    expect(standingOf(other, theirs, flags)).toMatchObject({ mode: 'off' });
  });

  test.each<[string, object]>([
    ['somebody has said', { before: classFlags() }],
    ['was deployed, and nobody has said anything of it', { before: null }],
  ])('it stores something else than what %s: in the shadow again', (_, classes) => {
    expect(standing(classes)).toMatchObject({
      ...{ from: 'changed', mode: 'shadow', percent: 0, deny: ['evil'], step: 0 },
    });
  });

  test('one that somebody has switched off stays off, or its plan would put it on; what the guard has sent back begins anew', () => {
    expect(standing({ before: classFlags({ mode: 'off', percent: 0, by: 'ops' }) })).toMatchObject({
      ...{ from: 'changed', mode: 'off', percent: 0, step: null, by: 'ops' },
    });
    const byStrategy = classFlags({ mode: 'off', percent: 0, by: deployName });
    expect(standing({ before: byStrategy })).toMatchObject({ mode: 'shadow' });
    const off = aClass({ rollout: { mode: 'off' } });
    const flags = { ...newFlags('v1'), classes: { [off.name]: { before: byStrategy } } };
    expect(standingOf(off, fingerprintOf(off), flags)).toMatchObject({ from: 'changed', mode: 'off' });
    const sentBack = classFlags({ mode: 'off', percent: 0, by: guardName, held: 'leak: …' });
    expect(standing({ before: sentBack })).toMatchObject({ from: 'changed', mode: 'shadow', step: 0 });
  });

  test('unless it need not: then as the latest version stands, or as its strategy says', () => {
    const kept = aClass({ rollout: { mode: 'off', onChange: { keep: 'only a tag more' } } });
    const stands = (classes: object) =>
      standingOf(kept, fingerprintOf(kept), {
        ...newFlags('v1'),
        classes: { [kept.name]: classes } as never,
      });
    const early = classFlags({ percent: 5, sinceMs: 1 });
    const late = classFlags({ percent: 25, sinceMs: 2 });
    expect(stands({ a: late, b: early, c: null })).toMatchObject({ from: 'flags', percent: 25 });
    expect(stands({ c: null })).toMatchObject({ from: 'strategy', mode: 'off' });
  });

  test.each([
    ['shadow', 0, 0],
    ['shadow', 50, 0],
    ['on', 1, 1],
    ['on', 7, null],
    ['on', 100, null],
    ['off', 0, null],
  ] as const)('%s at %d %%: step %j of the default plan', (mode, percent, step) => {
    expect(stepAt(defaultPlan, mode, percent)).toBe(step);
  });
});
