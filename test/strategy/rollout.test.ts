import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defaultPlan } from '../../src/strategy/rollout.ts';
import type { PlanStepDefinition } from '../../src/strategy/rollout-types.ts';
import { StrategyError } from '../../src/strategy/strategy-error.ts';
import type { DataClassDefinition } from '../../src/strategy/types.ts';

const good = {
  name: 'invoice',
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'tenant',
  read: 'read-through',
  origin: '/invoices/{id}',
  ttl: '5m',
  rationale: 'changes seldom',
} as const;
const ofPublic = { scope: 'public', access: 'public', cacheControl: 'no-cache' };

/** As a team without a type checker could write it. */
const define = (change: Record<string, unknown>) =>
  dataClass({ ...good, ...change } as unknown as DataClassDefinition);

const step = { percent: '5%', dwell: '1h', atLeast: 500 };
const last = { ...step, percent: '100%' };
const steps = (...percents: string[]) => percents.map((percent) => ({ ...step, percent }));
const names = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);

describe('what a class says of its roll-out', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['rollout', '"shadow" is not valid; write an object', { rollout: 'shadow' }],
    ['rollout', 'null is not valid; write an object', { rollout: null }],
    ['rollout.mod', 'there is no such field; known are mode, percent', { rollout: { mod: 'off' } }],
    ['rollout.mode', "\"dark\" is not valid; say 'off' or 'shadow' or 'on'", { rollout: { mode: 'dark' } }],
    ['rollout.percent', "5 is not valid; write a percentage, such as '0.1%'", { rollout: { percent: 5 } }],
    ['rollout.percent', '"101%" is not valid; write a percentage', { rollout: { percent: '101%' } }],
    ['rollout.percent', '"-1%" is not valid; write a percentage', { rollout: { percent: '-1%' } }],
    ['rollout.percent', '"\\u{202e}5%" is not valid', { rollout: { percent: '\u202e5%' } }],
    ['rollout.unit', "\"team\" is not valid; say 'tenant' or 'user' or 'key'", { rollout: { unit: 'team' } }],
    [
      'rollout.allow',
      '"acme" is not valid; write a list of tenants or users',
      { rollout: { allow: 'acme' } },
    ],
    [
      'rollout.allow[0]',
      '"a/b/c" is not valid; write a tenant, such as \'acme\', or a user',
      { rollout: { allow: ['a/b/c'] } },
    ],
    ['rollout.allow[1]', '"" is not valid; write a tenant', { rollout: { allow: ['acme', ''] } }],
    ['rollout.deny[0]', '7 is not valid; write a tenant', { rollout: { deny: [7] } }],
    ['rollout.deny[0]', 'is not valid; write a tenant', { rollout: { deny: ['x'.repeat(257)] } }],
    ['rollout.deny', 'an array is not valid; list at most 100', { rollout: { deny: names(101) } }],
    ['rollout.plan', 'an array is not valid; write at least one step', { rollout: { plan: [] } }],
    ['rollout.plan', 'this object is not valid; write a list of steps', { rollout: { plan: {} } }],
    [
      'rollout.plan',
      'write at most 12 steps',
      { rollout: { plan: steps(...Array.from({ length: 12 }, (_, i) => `${i}%`), '100%') } },
    ],
    [
      'rollout.plan',
      'write at most 12 steps, that in the shadow among them',
      { rollout: { plan: steps(...Array.from({ length: 11 }, (_, i) => `${i + 1}%`), '100%') } },
    ],
    [
      'rollout.plan',
      'let each step have a greater percentage than the one before',
      { rollout: { plan: steps('5%', '5%', '100%') } },
    ],
    ['rollout.plan', 'end with a step of 100 %', { rollout: { plan: steps('1%', '50%') } }],
    ['rollout.plan[0]', '"5%" is not valid; write { percent:', { rollout: { plan: ['5%'] } }],
    [
      'rollout.plan[0].dwel',
      "there is no such field; known are percent, dwell, atLeast; did you mean 'dwell'?",
      { rollout: { plan: [{ ...last, dwel: '1h' }] } },
    ],
    [
      'rollout.plan[0].percent',
      'is missing; write a percentage',
      { rollout: { plan: [{ dwell: '1h', atLeast: 1 }] } },
    ],
    [
      'rollout.plan[0].dwell',
      '"31d" is not valid; write a number and a unit of ms, s, m, h or d, such as \'10m\', up to 30d',
      { rollout: { plan: [{ ...last, dwell: '31d' }] } },
    ],
    ['rollout.plan[0].dwell', '"0s" is not valid', { rollout: { plan: [{ ...last, dwell: '0s' }] } }],
    [
      'rollout.plan[0].atLeast',
      '0 is not valid; write a whole number from 1 to 1000000',
      { rollout: { plan: [{ ...last, atLeast: 0 }] } },
    ],
    [
      'rollout.plan[0].atLeast',
      '1.5 is not valid; write a whole number',
      { rollout: { plan: [{ ...last, atLeast: 1.5 }] } },
    ],
    [
      'rollout.plan[0].atLeast',
      '1000001 is not valid',
      { rollout: { plan: [{ ...last, atLeast: 1_000_001 }] } },
    ],
    [
      'rollout.maxStale',
      '"0%" is not valid; write a percentage, such as \'0.1%\', above 0% and below 50%',
      { rollout: { maxStale: '0%' } },
    ],
    ['rollout.maxDiffering', '"50%" is not valid', { rollout: { maxDiffering: '50%' } }],
    ['rollout.maxErrors', '0.01 is not valid; write a percentage', { rollout: { maxErrors: 0.01 } }],
    [
      'rollout.maxSlower',
      '"2m" is not valid; write a number and a unit of ms, s, m, h or d, such as \'10m\', up to 60s',
      { rollout: { maxSlower: '2m' } },
    ],
    ['rollout.shadowFills', '"some" is not valid; write a percentage', { rollout: { shadowFills: 'some' } }],
    ['rollout.compareHits', '"200%" is not valid', { rollout: { compareHits: '200%' } }],
    ['rollout.onFailure', "\"drop\" is not valid; say 'purge' or 'keep'", { rollout: { onFailure: 'drop' } }],
    [
      'rollout.onChange',
      "\"keep\" is not valid; say 'shadow', or { keep: 'why it need not begin anew' }",
      { rollout: { onChange: 'keep' } },
    ],
    [
      'rollout.onChange.keep',
      '" " is not valid; say why it need not begin anew, in at most 300 characters',
      { rollout: { onChange: { keep: ' ' } } },
    ],
    [
      'rollout.onChange.keep',
      'is not valid; say why it need not begin anew',
      { rollout: { onChange: { keep: 'x'.repeat(301) } } },
    ],
    ['freshWithin', '"0s" is no time at all', { freshWithin: '0s' }],
    ['freshWithin', '60 is not valid; write a number and a unit', { freshWithin: 60 }],
    [
      'rollout',
      "counts each tenant, and nobody is verified who reads public data; say unit 'key', or nothing",
      { ...ofPublic, rollout: { unit: 'tenant' } },
    ],
    ['rollout', 'counts each user', { ...ofPublic, rollout: { unit: 'user' } }],
    [
      'rollout',
      'nobody is verified who reads public data; take allow and deny out',
      { ...ofPublic, rollout: { allow: ['acme'] } },
    ],
    ['rollout', 'take allow and deny out', { ...ofPublic, rollout: { deny: ['acme/ann'] } }],
  ])('%s: %s', (field, says, change) => {
    let thrown: unknown;
    try {
      define(change);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StrategyError);
    const { faults, message } = thrown as StrategyError;
    expect(
      faults.map((it) => it.field),
      message,
    ).toEqual([field]);
    expect(faults[0]!.says).toContain(says);
  });

  test('nothing said: on for all, and the plan that a change of the class goes through', () => {
    const { rollout, freshWithinMs } = define({});
    expect(freshWithinMs).toBeUndefined();
    expect(rollout).toEqual({
      ...{ mode: 'on', percent: 100, unit: 'tenant', allow: [], deny: [], plan: defaultPlan },
      ...{ maxStale: 0.005, maxDiffering: 0.02, maxErrors: 0.01, maxSlowerMs: 50 },
      ...{ fillShare: 0.05, compareShare: 0.2, onFailure: 'purge', keepsOnChange: null },
    });
    expect(Object.isFrozen(rollout)).toBe(true);
  });

  test('all of it said', () => {
    const { rollout, freshWithinMs } = define({
      freshWithin: '2m',
      rollout: {
        ...{ mode: 'on', percent: '12.5%', unit: 'user', allow: ['acme', 'globex/ann'], deny: ['evil/corp'] },
        plan: [{ percent: '0%', dwell: '1m', atLeast: 1 }, last],
        ...{ maxStale: '0.1%', maxDiffering: '49.9%', maxErrors: '3%', maxSlower: '60s' },
        ...{
          shadowFills: '100%',
          compareHits: '0%',
          onFailure: 'keep',
          onChange: { keep: 'only a tag more' },
        },
      },
    });
    expect(freshWithinMs).toBe(120_000);
    expect(rollout).toEqual({
      ...{ mode: 'on', percent: 12.5, unit: 'user', allow: ['acme', 'globex/ann'], deny: ['evil/corp'] },
      plan: [
        { percent: 0, dwellMs: 60_000, atLeast: 1 },
        { percent: 100, dwellMs: 3_600_000, atLeast: 500 },
      ],
      ...{ maxStale: 0.001, maxDiffering: 0.499, maxErrors: 0.03, maxSlowerMs: 60_000 },
      ...{ fillShare: 1, compareShare: 0, onFailure: 'keep', keepsOnChange: 'only a tag more' },
    });
  });

  test('public data are counted by entry, whether a class says so or nothing', () => {
    expect(define({ ...ofPublic }).rollout.unit).toBe('key');
    expect(define({ ...ofPublic, rollout: { unit: 'key', mode: 'shadow' } }).rollout.unit).toBe('key');
  });
});

/** Percentages from fewer to more, in hundredths, that end with all. */
const percents = fc
  .uniqueArray(fc.integer({ min: 0, max: 9_999 }), { maxLength: 11 })
  .map((them) => [...them.sort((a, b) => a - b), 10_000]);

describe('a plan', () => {
  test('any that goes from fewer to all compiles, in the shadow first, with what it says', () => {
    const dwell = fc.constantFrom('1s', '10m', '1.5h', '30d');
    fc.assert(
      fc.property(percents, dwell, fc.integer({ min: 1, max: 1_000_000 }), (hundredths, each, atLeast) => {
        const plan = hundredths.map((it) => ({ percent: `${it / 100}%`, dwell: each, atLeast }));
        const made = define({ rollout: { plan: plan as PlanStepDefinition[] } }).rollout.plan;
        expect(made[0]!.percent).toBe(0);
        const own = hundredths[0] === 0 ? made : made.slice(1);
        expect(own.map((it) => it.percent)).toEqual(hundredths.map((it) => it / 100));
        expect(own.every((it) => it.atLeast === atLeast && it.dwellMs > 0)).toBe(true);
      }),
    );
  });

  test('the one of who says nothing is one that could be said', () => {
    const plan = defaultPlan.map(({ percent, dwellMs, atLeast }) => ({
      percent: `${percent}%`,
      dwell: `${dwellMs}ms`,
      atLeast,
    }));
    expect(define({ rollout: { plan } }).rollout.plan).toEqual(defaultPlan);
  });
});
