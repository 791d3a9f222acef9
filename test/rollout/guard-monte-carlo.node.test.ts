import { describe, expect, test } from 'vitest';
import { bucketOf } from '../../src/rollout/bucket.ts';
import { meanDifference, shareInterval } from '../../src/rollout/confidence-sequence.ts';
import { guardOf } from '../../src/rollout/guard.ts';
import type { GuardInput, GuardReport } from '../../src/rollout/guard-types.ts';
import { unitRatio } from '../../src/rollout/sample-ratio.ts';
import { isBeyond } from '../../src/rollout/sprt.ts';
import { Units } from '../../src/telemetry/tally.ts';
import { chanceOf } from '../support/figures.ts';
import { armOf, rollout } from './guard-support.ts';

/** Everything here is drawn from seeds: the figures are the same at each run. */
const RUNS = 2_000;
const LOOK = 100;

type Chance = () => number;
const tell = (line: string) => console.log(`guard: ${line}`);
const percentOf = (n: number, of = RUNS) => `${((100 * n) / of).toFixed(2)} %`;
const medianOf = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** How many of `samples` fail, each with the chance `share`: by the lengths of runs without a failure. */
function failuresOf(samples: number, share: number, chance: Chance): number {
  if (share === 0) return 0;
  let failures = -1;
  for (let at = 0; at <= samples; failures += 1)
    at += 1 + Math.floor(Math.log(1 - chance()) / Math.log(1 - share));
  return failures;
}

interface Times {
  readonly sumMs: number;
  readonly sumSquaredMs: number;
}

/** Times of answers as they are: log-normal, with a mean of 206 ms, a median of 100 ms and a standard deviation of 370 ms. */
function timesOf(requests: number, chance: Chance): Times {
  const times = { sumMs: 0, sumSquaredMs: 0 };
  for (let i = 0; i < requests; i += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
    const ms = 100 * Math.exp(1.2 * normal);
    times.sumMs += ms;
    times.sumSquaredMs += ms * ms;
  }
  return times;
}

/** The control group is 19 times as great, as at 5 %. */
const CONTROL = 19 * LOOK;
/** Drawn once, by the hundred and by the 1,900, and taken from at random: both pools have one mean. */
const times = (() => {
  const chance = chanceOf(7);
  const all = Array.from({ length: 9_500 }, () => timesOf(LOOK, chance));
  const sum = (key: keyof Times, from: number) =>
    all.slice(from, from + 19).reduce((n, it) => n + it[key], 0);
  const many = Array.from({ length: 500 }, (_, i) => ({
    sumMs: sum('sumMs', 19 * i),
    sumSquaredMs: sum('sumSquaredMs', 19 * i),
  }));
  return { [LOOK]: all, [CONTROL]: many };
})();

interface Group extends Times {
  readonly requests: number;
  readonly errors: number;
}

/** So many requests more; `longerMs`: each takes so much longer. */
function grown(group: Group, requests: number, errors: number, longerMs: number, chance: Chance): Group {
  const pool = times[requests]!;
  const { sumMs, sumSquaredMs } = pool[Math.floor(chance() * pool.length)]!;
  return {
    requests: group.requests + requests,
    errors: group.errors + failuresOf(requests, errors, chance),
    sumMs: group.sumMs + sumMs + requests * longerMs,
    sumSquaredMs: group.sumSquaredMs + sumSquaredMs + 2 * longerMs * sumMs + requests * longerMs ** 2,
  };
}

const none: Group = { requests: 0, errors: 0, sumMs: 0, sumSquaredMs: 0 };

/** How a class truly is. */
interface Truth {
  readonly stale: number;
  readonly differing: number;
  readonly errors: number;
  readonly longerMs: number;
}

const atItsBounds: Truth = {
  ...{ stale: rollout.maxStale, differing: rollout.maxDiffering },
  ...{ errors: 0.01, longerMs: 0 },
};
const CONTROL_ERRORS = 0.01;

/** One step, looked at after every 100 compared answers, until the guard says anything but to stay. */
function step(at: Pick<GuardInput, 'mode' | 'percent' | 'step'>, truth: Truth, most: number, chance: Chance) {
  const share = at.percent / 100;
  let [on, control, stale, differs, unitsOn, unitsOff] = [none, none, 0, 0, 0, 0];
  let looks: GuardInput['looks'] = [];
  for (let look = 1; look <= most; look += 1) {
    const staler = failuresOf(LOOK, truth.stale, chance);
    stale += staler;
    differs += failuresOf(LOOK - staler, (truth.differing - truth.stale) / (1 - truth.stale), chance);
    on = grown(on, LOOK, truth.errors, truth.longerMs, chance);
    control = grown(control, CONTROL, CONTROL_ERRORS, 0, chance);
    const came = failuresOf(10, share, chance);
    unitsOn += came;
    unitsOff += 10 - came;
    const compared = { stale, differs, equal: look * LOOK - stale - differs };
    const arms =
      at.mode === 'shadow'
        ? { shadow: armOf({ ...on, compared }) }
        : {
            on: armOf({ ...on, compared, units: unitsOn }),
            control: armOf({ ...control, units: at.percent === 100 ? 0 : unitsOff }),
          };
    const report: GuardReport = guardOf({
      ...{ rollout, plan: rollout.plan, sinceMs: 0, nowMs: 1e9 },
      ...{ ...at, arms, looks },
    });
    const { verdict, failed } = report;
    looks = report.looks;
    if (verdict !== 'stay') return { verdict, failed, samples: look * LOOK };
  }
  return { verdict: 'stay' as const, failed: null, samples: most * LOOK };
}

const stepsOfPlan = rollout.plan.map(({ percent }, i) => ({
  mode: percent === 0 ? ('shadow' as const) : ('on' as const),
  percent,
  step: i,
}));

/** Through all steps, until it is finished, sent back or held. */
function plan(truth: Truth, chance: Chance) {
  let samples = 0;
  for (const at of stepsOfPlan) {
    const ended = step(at, truth, 400, chance);
    samples += ended.samples;
    if (ended.verdict !== 'advance') return { ...ended, samples, at: at.step };
  }
  throw new Error('a plan ends with its last step');
}

describe('a share against its bound, looked at every 100 samples', () => {
  /** The number of samples until it is taken for more than 2 %; null: it never is, in 20,000. */
  function foundAfter(share: number, alpha: number, chance: Chance): number | null {
    let failures = 0;
    for (let samples = LOOK; samples <= 20_000; samples += LOOK) {
      failures += failuresOf(LOOK, share, chance);
      if (isBeyond({ failures, samples }, { good: 0.02, bad: 0.04 }, alpha)) return samples;
    }
    return null;
  }

  test.each([0.05, 0.002])('at the level %d', (alpha) => {
    const chance = chanceOf(1);
    const runs = (share: number) =>
      Array.from({ length: RUNS }, () => foundAfter(share, alpha, chance)).filter((it) => it !== null);
    const [falsely, rightly] = [runs(0.02), runs(0.04)];
    tell(
      `level ${alpha}: 2 % is taken for more in ${percentOf(falsely.length)} of runs; 4 % in ${percentOf(rightly.length)}, median ${medianOf(rightly)} samples`,
    );
    expect(falsely.length).toBeLessThanOrEqual(alpha * RUNS);
    expect(rightly.length).toBe(RUNS);
  });

  test('its interval leaves out the true share in at most one run of 20', () => {
    const chance = chanceOf(2);
    const missed = Array.from({ length: RUNS }, () => {
      let failures = 0;
      for (let samples = LOOK; samples <= 3_000; samples += LOOK) {
        failures += failuresOf(LOOK, 0.02, chance);
        const { low, high } = shareInterval(failures, samples, 0.05);
        if (low > 0.02 || high < 0.02) return true;
      }
      return false;
    }).filter((it) => it).length;
    tell(`interval of a share of 2 %: left out in ${percentOf(missed)} of runs`);
    expect(missed).toBeLessThanOrEqual(0.05 * RUNS);
    expect(missed).toBeGreaterThan(0);
  });
});

describe('the guard as a whole', () => {
  test('a class that is at its bounds, and whose groups are equal, passes a plan of 5 steps', {
    timeout: 60_000,
  }, () => {
    const chance = chanceOf(3);
    const plans = Array.from({ length: RUNS }, () => plan(atItsBounds, chance));
    const count = (verdict: string) => plans.filter((it) => it.verdict === verdict).length;
    tell(
      `equal groups, at the bounds: ${percentOf(count('back'))} of plans go back, ${percentOf(count('hold'))} are held, ${percentOf(count('finish'))} finish, median ${medianOf(plans.map((it) => it.samples))} compared answers`,
    );
    expect(count('back') + count('hold')).toBeLessThanOrEqual(0.05 * RUNS);
    expect(count('finish')).toBeGreaterThanOrEqual(0.95 * RUNS);
  });

  test('one in which nothing is wrong passes it after some hundreds of answers for each step', () => {
    const chance = chanceOf(4);
    const fine = { stale: 0, differing: 0.002, errors: CONTROL_ERRORS, longerMs: -100 };
    const runs = RUNS / 4;
    const plans = Array.from({ length: runs }, () => plan(fine, chance));
    const finished = plans.filter((it) => it.verdict === 'finish');
    tell(
      `nothing wrong: ${percentOf(finished.length, runs)} finish, median ${medianOf(finished.map((it) => it.samples))} compared answers in 5 steps`,
    );
    expect(finished.length).toBeGreaterThanOrEqual(0.99 * runs);
  });

  test('one that is as bad as it may be in every way, for good, at 5 %, is left alone', {
    timeout: 60_000,
  }, () => {
    const chance = chanceOf(5);
    const worst = {
      ...atItsBounds,
      errors: CONTROL_ERRORS + rollout.maxErrors,
      longerMs: rollout.maxSlowerMs,
    };
    const runs = Array.from({ length: RUNS }, () =>
      step({ mode: 'on', percent: 5, step: null }, worst, 25, chance),
    );
    const wrong = runs.filter(({ verdict }) => verdict !== 'stay').length;
    tell(`as bad as it may be in every way, 2,500 samples: ${percentOf(wrong)} go back or are held`);
    expect(wrong).toBeLessThanOrEqual(0.05 * RUNS);
  });

  test.each<readonly [string, Partial<Truth>]>([
    ['4 % differ where 2 % may', { differing: 0.04 }],
    ['1 % are stale where 0.5 % may be', { stale: 0.01 }],
  ])('%s: none gets through a plan', (what, worse) => {
    const chance = chanceOf(6);
    const plans = Array.from({ length: RUNS }, () => plan({ ...atItsBounds, ...worse }, chance));
    const found = plans.filter(({ verdict }) => verdict === 'back');
    const early = plans.filter(({ verdict, at }) => verdict === 'back' && at === 0).length;
    tell(
      `${what}: ${percentOf(found.length)} go back, ${percentOf(early)} in the shadow, median ${medianOf(found.map((it) => it.samples))} compared answers`,
    );
    expect(found.length).toBe(RUNS);
    // stepBeta: in one step of 20 it is taken for good, at most.
    expect(early).toBeGreaterThanOrEqual(0.95 * RUNS);
  });

  test.each<readonly [string, Partial<Truth>, string]>([
    ['3 % errors where the others have 1 %, and 1 % more may be', { errors: 0.03 }, 'errors'],
    ['150 ms longer where 50 ms may be', { longerMs: 150 }, 'slower'],
  ])('%s, at 5 %: found in all', (what, worse, by) => {
    const [chance, runs] = [chanceOf(8), RUNS / 4];
    const fine = { stale: 0, differing: 0, errors: CONTROL_ERRORS, longerMs: 0 };
    const steps = Array.from({ length: runs }, () =>
      step({ mode: 'on', percent: 5, step: null }, { ...fine, ...worse }, 400, chance),
    );
    const found = steps.filter(({ failed }) => failed !== null);
    const rightly = found.filter(({ failed }) => failed === by).length;
    tell(
      `${what}: ${percentOf(found.length, runs)} go back, median ${medianOf(found.map((it) => it.samples))} requests`,
    );
    expect(found.length).toBe(runs);
    expect(rightly).toBeGreaterThanOrEqual(0.99 * runs);
  });
});

describe('times that are skewed, one group 1 in 20, at the level 0.002', () => {
  function failsAfter(longerMs: number, bound: number, chance: Chance): number | null {
    let [on, control] = [none, none];
    for (let look = 1; look <= 100; look += 1) {
      on = grown(on, LOOK, 0, longerMs, chance);
      control = grown(control, CONTROL, 0, 0, chance);
      const [a, b] = [on, control].map((it) => ({
        samples: it.requests,
        sum: it.sumMs,
        sumSquared: it.sumSquaredMs,
      }));
      if (meanDifference(a!, b!, 0.002, 100)!.low > bound) return look * LOOK;
    }
    return null;
  }

  test('equal groups are not taken for slower, and slower ones are', () => {
    const chance = chanceOf(9);
    const runs = (longerMs: number) =>
      Array.from({ length: RUNS }, () => failsAfter(longerMs, 50, chance)).filter((it) => it !== null);
    const [falsely, rightly] = [runs(50), runs(150)];
    tell(
      `times: at the bound ${percentOf(falsely.length)} are taken for slower; 100 ms beyond it ${percentOf(rightly.length)}, median ${medianOf(rightly)} requests`,
    );
    expect(falsely.length).toBeLessThanOrEqual(0.01 * RUNS);
    expect(rightly.length).toBe(RUNS);
  });
});

describe('units on and not on', () => {
  /** Few tenants send most requests. */
  const zipf = (tenants: number, chance: Chance) => Math.floor(tenants ** chance()) - 1;

  interface Found {
    readonly byUnits: boolean;
    readonly byRequests: boolean;
  }

  /** Requests come one after the other, and both ratios are looked at now and then. `lost`: of units that are on, so many are not counted. */
  function watched(
    run: number,
    tenants: number,
    requests: number,
    lost: number,
    alpha: number,
    chance: Chance,
  ): Found {
    const [on, control] = [new Units(), new Units()];
    const sides = new Map<number, boolean | null>();
    let [requestsOn, byUnits, byRequests] = [0, false, false];
    for (let i = 1; i <= requests; i += 1) {
      const tenant = zipf(tenants, chance);
      let isOn = sides.get(tenant);
      if (isOn === undefined) {
        isOn = bucketOf(`class-${run}`, `tenant-${tenant}`) < 25;
        if (isOn && chance() < lost) isOn = null;
        sides.set(tenant, isOn);
        if (isOn !== null) (isOn ? on : control).add(`tenant-${run}-${tenant}`);
      }
      if (isOn) requestsOn += 1;
      if (i % (requests / 20) !== 0) continue;
      const [a, b] = [on.count, control.count];
      if (a !== null && b !== null) {
        const { low, high } = unitRatio(a, b, 0.25, alpha);
        byUnits ||= low > 0.25 || high < 0.25;
      }
      const { low, high } = unitRatio(requestsOn, i - requestsOn, 0.25, alpha);
      byRequests ||= low > 0.25 || high < 0.25;
    }
    return { byUnits, byRequests };
  }

  test.each([
    { tenants: 300, requests: 600, lost: 0.7, runs: 2_000, found: 0.7 },
    { tenants: 5_000, requests: 2_000, lost: 0.5, runs: 500, found: 0.99 },
    { tenants: 60_000, requests: 20_000, lost: 0.5, runs: 60, found: 1 },
  ])(
    'of $tenants tenants, whose greatest send most of the requests',
    { timeout: 120_000 },
    ({ tenants, requests, lost, runs, found }) => {
      const chance = chanceOf(10);
      const all = (length: number, alpha: number, missing: number) =>
        Array.from({ length }, (_, run) => watched(run, tenants, requests, missing, alpha, chance));
      const [right, wrong] = [all(runs, 0.05, 0), all(runs / 4, 0.002, lost)];
      const alarms = right.filter((it) => it.byUnits).length;
      const byRequests = right.filter((it) => it.byRequests).length;
      const rightly = wrong.filter((it) => it.byUnits).length;
      tell(
        `${tenants} tenants: false alarms at the level 0.05 by units ${percentOf(alarms, runs)}, by requests ${percentOf(byRequests, runs)}; at 0.002 with ${100 * lost} % of those on lost ${percentOf(rightly, wrong.length)} found`,
      );
      expect(alarms).toBeLessThanOrEqual(0.05 * runs);
      expect(byRequests).toBeGreaterThan(0.3 * runs);
      expect(rightly).toBeGreaterThanOrEqual(found * wrong.length);
    },
  );
});
