import { describe, expect, test } from 'vitest';
import type { ClassFlags } from '../../src/rollout/flags.ts';
import { guardOf } from '../../src/rollout/guard.ts';
import { type GuardArm, type GuardInput, type GuardTest, guardTests } from '../../src/rollout/guard-types.ts';
import { looksShape } from '../../src/rollout/looks.ts';
import { nextFlags } from '../../src/rollout/next-flags.ts';
import { armOf, atFivePercent, inShadow, rollout, timed } from './guard-support.ts';

const MINUTE = 60_000;

/** At 5 %: a group that the cache answers well, and one that the origin does. */
const good = {
  on: armOf({ ...timed(4_000, 40, 100), errors: 8, units: 50, compared: { equal: 796, differs: 4 } }),
  control: armOf({ ...timed(76_000, 120, 100), errors: 152, units: 950 }),
};
const resultOf = (input: GuardInput, name: GuardTest) =>
  guardOf(input).tests.find(({ test }) => test === name)!;

describe('in the shadow', () => {
  test('a class goes on when its time is over, enough was compared, and nothing speaks against it', () => {
    const input = inShadow({ arms: { shadow: armOf({ requests: 1_000, compared: { equal: 700 } }) } });
    expect(guardOf(input)).toMatchObject({
      verdict: 'advance',
      failed: null,
      why: 'its time is over, and nothing speaks against it in 700 compared answers',
      progress: { compared: 700, atLeast: 500, dwellLeftMs: 0 },
    });
  });

  test('it stays until its time is over', () => {
    const input = inShadow({
      nowMs: 6 * MINUTE + 1,
      arms: { shadow: armOf({ requests: 1_000, compared: { equal: 700 } }) },
    });
    expect(guardOf(input)).toMatchObject({
      verdict: 'stay',
      why: 'it waits for: 4 min of 10 min left',
      progress: { dwellLeftMs: 4 * MINUTE - 1 },
    });
  });

  test('its time begins anew where the clock went back', () =>
    expect(guardOf(inShadow({ sinceMs: 10 * MINUTE, nowMs: 0 })).progress?.dwellLeftMs).toBe(10 * MINUTE));

  test('it stays until enough was compared, however long that takes', () => {
    const shadow = armOf({ requests: 90_000, compared: { equal: 312 } });
    expect(guardOf(inShadow({ nowMs: 1e12, arms: { shadow } }))).toMatchObject({
      verdict: 'stay',
      why: 'it waits for: 312 of 500 compared (of 90000 requests: only fresh hits are)',
    });
  });

  test('requests of which none is compared never let it go on', () => {
    const shadow = armOf({ requests: 1_000_000 });
    expect(guardOf(inShadow({ nowMs: 1e12, arms: { shadow } }))).toMatchObject({
      verdict: 'stay',
      why: 'it waits for: 0 of 500 compared (of 1000000 requests: only fresh hits are)',
    });
  });

  test('an origin that fails is no reason to look for one in the ttl', () => {
    const shadow = armOf({ requests: 2_000, errors: 1_999, compared: { equal: 1 } });
    expect(guardOf(inShadow({ arms: { shadow } })).why).toBe(
      'it waits for: 1 of 500 compared (of 2000 requests: only fresh hits are, and most of these failed)',
    );
  });

  test('nothing at all: it waits for a first request', () =>
    expect(guardOf(inShadow({})).why).toBe('it waits for: a first request; 0 of 500 compared'));

  test('at 500 it is not yet known whether 0.5 % or 1 % are stale, and it says how many more will tell', () => {
    const shadow = armOf({ requests: 900, compared: { equal: 500 } });
    expect(guardOf(inShadow({ arms: { shadow } }))).toMatchObject({
      verdict: 'stay',
      why: 'it waits for: stale: 0 of 500 compared answers (0 %) differ and are older than `freshWithin`, at most 0.5 % may; about 95 compared answers more will tell',
    });
  });

  test('errors, times and units say nothing of the cache: the origin answers everybody', () => {
    const shadow = armOf({ ...timed(1_000, 9_000, 1), errors: 1_000, units: 3, compared: { equal: 700 } });
    const { verdict, tests } = guardOf(inShadow({ arms: { shadow } }));
    expect(verdict).toBe('advance');
    expect(tests.map(({ test, is }) => [test, is])).toEqual([
      ['leak', 'passes'],
      ['stale', 'passes'],
      ['differing', 'passes'],
      ['errors', 'not-judged'],
      ['slower', 'not-judged'],
      ['ratio', 'not-judged'],
    ]);
  });

  test('one leak sends it back at once, before its time is over', () => {
    const shadow = armOf({ requests: 3, compared: { equal: 1, leak: 1 } });
    expect(guardOf(inShadow({ nowMs: 1, arms: { shadow } }))).toMatchObject({
      verdict: 'back',
      failed: 'leak',
      why: "leak: 1 of 2 compared answers would have shown one principal what is another's",
    });
  });

  test('a loader that answers differently each time is found within some ten comparisons', () => {
    const shadow = (differs: number) => ({ shadow: armOf({ requests: 30, compared: { differs } }) });
    expect(guardOf(inShadow({ nowMs: 1, arms: shadow(9) })).verdict).toBe('stay');
    expect(guardOf(inShadow({ nowMs: 1, arms: shadow(10) }))).toMatchObject({
      verdict: 'back',
      failed: 'differing',
    });
  });

  test('a wrong variant that was sent back goes on differing there, and is switched off when enough of it was compared', () => {
    const plan = [0, 5, 100].map((percent) => ({ percent, dwellMs: 120_000, atLeast: 20 }));
    const held = 'differing: 18 of 32 compared answers (56 %) differ';
    const stands: ClassFlags = {
      ...{ mode: 'shadow', percent: 0, allow: [], deny: [], plan, step: 0 },
      ...{ sinceMs: 0, by: 'guard', why: held, held },
    };
    const decidedBy = (differs: number, equal: number) => {
      const shadow = armOf({ requests: 36, compared: { equal, differs } });
      const bound = { ...rollout, maxDiffering: 0.2 };
      return nextFlags(stands, guardOf(inShadow({ plan, rollout: bound, arms: { shadow } })), MINUTE);
    };
    // As many as one minute brings, more or less, by who was first to fill.
    expect(decidedBy(13, 11)).toBeNull();
    expect(decidedBy(15, 12)).toMatchObject({ decision: 'back', flags: { mode: 'off' } });
  });

  test('twice the share of stale answers that may be', () => {
    const shadow = armOf({ requests: 9_000, compared: { equal: 4_950, stale: 50 } });
    const { verdict, failed, tests } = guardOf(inShadow({ arms: { shadow } }));
    expect([verdict, failed]).toEqual(['back', 'stale']);
    expect(tests[1]).toMatchObject({ is: 'fails', value: 0.01, bound: 0.005, samples: 5_000 });
    expect(tests[1]!.low).toBeGreaterThanOrEqual(0.005);
    expect(tests[1]!.high).toBeLessThan(0.02);
    expect(tests[2]).toMatchObject({ is: 'passes', value: 0.01 });
  });
});

describe('while a percentage is on', () => {
  test('the class goes on where it does as well as the control group', () => {
    const { verdict, tests } = guardOf(atFivePercent({ arms: good }));
    expect(verdict).toBe('advance');
    expect(tests.every(({ is }) => is === 'passes')).toBe(true);
  });

  test('a small percentage may be none of a few tenants: it waits for them, and says so', () => {
    const control = armOf({ ...timed(5_000, 100, 10), units: 40 });
    expect(guardOf(atFivePercent({ arms: { control } }))).toMatchObject({
      verdict: 'stay',
      why: 'it waits for: somebody of the 5 % who are on to ask (about 40 others have); 0 of 500 compared',
    });
  });

  test('errors that everybody gets are none of the cache', () => {
    const on = { ...good.on, errors: 1_200 };
    const control = { ...good.control, errors: 22_800 };
    expect(resultOf(atFivePercent({ arms: { on, control } }), 'errors').is).not.toBe('fails');
  });

  test('errors that only those have whom the cache answers send it back', () => {
    const on = { ...good.on, errors: 160 };
    const report = guardOf(atFivePercent({ arms: { ...good, on } }));
    expect(report).toMatchObject({ verdict: 'back', failed: 'errors' });
    expect(report.why).toBe(
      'errors: 160 of 4000 requests (4 %) are errors, of the others 152 of 76000 requests (0.2 %), at most 1 % more may be',
    );
  });

  test('an origin that fails everybody, always, lets nothing go on', () => {
    const on = { ...good.on, errors: good.on.requests };
    const control = { ...good.control, errors: good.control.requests };
    expect(guardOf(atFivePercent({ arms: { on, control } })).verdict).toBe('stay');
    expect(resultOf(atFivePercent({ arms: { on, control } }), 'errors').is).toBe('undecided');
  });

  test('without anybody to compare with it stays', () => {
    const { verdict, why } = guardOf(atFivePercent({ arms: { on: { ...good.on, units: 1 } } }));
    expect(verdict).toBe('stay');
    expect(why).toContain('errors: 8 of 4000 requests (0.2 %) are errors, of the others 0 of 0 requests');
  });

  test('answers that take longer than the bound on average send it back', () => {
    const on = { ...good.on, ...timed(4_000, 240, 300) };
    const report = guardOf(atFivePercent({ arms: { ...good, on } }));
    expect(report).toMatchObject({ verdict: 'back', failed: 'slower' });
    expect(report.why).toBe(
      'slower: on average it takes 120 ms longer than for the others (100 ms to 140 ms), at most 50 ms more may be',
    );
  });

  test('times of less than a hundred requests say nothing', () => {
    const on = { ...good.on, ...timed(99, 5_000, 10) };
    expect(resultOf(atFivePercent({ arms: { ...good, on } }), 'slower')).toMatchObject({
      is: 'undecided',
      value: null,
      says: '99 and, of the others, 76000 requests; each group needs 100',
    });
  });

  test('units that are missing hold it: neither on nor back', () => {
    const on = { ...good.on, units: 5 };
    expect(guardOf(atFivePercent({ arms: { ...good, on } }))).toMatchObject({
      verdict: 'hold',
      failed: 'ratio',
      why: 'ratio: about 5 of 955 units (0.52 %) are on, 5 % should be',
    });
  });

  test('what else fails sends it back, though units are missing', () => {
    const on = { ...good.on, units: 5, errors: 400 };
    expect(guardOf(atFivePercent({ arms: { ...good, on } }))).toMatchObject({
      verdict: 'back',
      failed: 'errors',
    });
  });

  test('more units than can be counted hold nothing', () => {
    const control = { ...good.control, units: null };
    const input = atFivePercent({ arms: { ...good, control } });
    expect(resultOf(input, 'ratio').is).toBe('not-judged');
    expect(guardOf(input).verdict).toBe('advance');
  });

  test('a leak counts wherever it was found', () => {
    const control = { ...good.control, compared: { ...good.control.compared, leak: 1 } };
    expect(guardOf(atFivePercent({ arms: { ...good, control } }))).toMatchObject({
      verdict: 'back',
      failed: 'leak',
    });
  });
});

describe('at the end of a plan', () => {
  const atAll = { percent: 100, step: 4 };

  test('the last step is finished', () =>
    expect(guardOf(atFivePercent({ ...atAll, arms: { on: good.on } })).verdict).toBe('finish'));

  test('nobody is left to compare errors and times with, and compared answers still send it back', () => {
    const on = { ...good.on, errors: 4_000, compared: { ...good.on.compared, differs: 80 } };
    const { verdict, failed, tests } = guardOf(atFivePercent({ ...atAll, arms: { on } }));
    expect([verdict, failed]).toEqual(['back', 'differing']);
    expect(tests.slice(3).map(({ is }) => is)).toEqual(['not-judged', 'not-judged', 'not-judged']);
  });
});

describe('a class that goes through no plan', () => {
  test('stays as it is', () =>
    expect(guardOf(atFivePercent({ step: null, arms: good }))).toMatchObject({
      verdict: 'stay',
      why: 'nothing speaks against it, and it goes through no plan',
      progress: null,
    }));

  test('is sent back all the same', () => {
    const on = { ...good.on, errors: 160 };
    expect(guardOf(atFivePercent({ step: null, arms: { ...good, on } })).verdict).toBe('back');
  });

  test.each([
    ['it is off', { mode: 'off', percent: 0 }],
    ['it is on for everyone', { mode: 'on', percent: 100 }],
  ] as const)('nothing is tried where %s', (_, parts) => {
    const report = guardOf(inShadow({ ...parts, step: null, arms: good }));
    expect(report).toMatchObject({ verdict: 'stay', why: 'nothing is tried', tests: [] });
  });

  test('a step that the plan has not is none', () =>
    expect(guardOf(inShadow({ step: 9 })).progress).toBeNull());
});

describe('what breaks after a long good time', () => {
  /** At 5 % for good: a look each minute, `of` says what the minute brought. Until the guard says anything but to stay. */
  function watch(minutes: number, of: (minute: number) => { on: GuardArm; control: GuardArm }) {
    let input = atFivePercent({ step: null, nowMs: 0 });
    for (let minute = 1; minute <= minutes; minute += 1) {
      const { on, control } = of(minute);
      const arms = { on: sum(input.arms.on, on), control: sum(input.arms.control, control) };
      const report = guardOf({ ...input, nowMs: minute * MINUTE, arms });
      if (report.verdict !== 'stay') return { minute, report };
      input = { ...input, arms, looks: report.looks };
    }
    return { minute: minutes, looks: input.looks };
  }

  const sum = (a: GuardArm | undefined, b: GuardArm): GuardArm =>
    a
      ? armOf({
          requests: a.requests + b.requests,
          errors: a.errors + b.errors,
          sumMs: a.sumMs + b.sumMs,
          sumSquaredMs: a.sumSquaredMs + b.sumSquaredMs,
          units: b.units,
          compared: {
            equal: a.compared.equal + b.compared.equal,
            differs: a.compared.differs + b.compared.differs,
          },
        })
      : b;

  const minuteOf = ({ differs = 0, on = 0, control = 1, longerMs = 0 }) => ({
    on: armOf({
      ...timed(100, 100 + longerMs, 50),
      errors: on,
      units: 50,
      compared: { differs, equal: 20 - differs },
    }),
    control: armOf({ ...timed(1_900, 100, 50), errors: control, units: 950 }),
  });
  const day = 1_440;
  const broken = (parts: Parameters<typeof minuteOf>[0]) => (minute: number) =>
    minuteOf(minute > day ? parts : {});

  test('answers that all differ are found in two minutes, though 28,800 were equal before', () => {
    const { minute, report } = watch(day + 60, broken({ differs: 20 }));
    expect([minute - day, report?.verdict, report?.failed]).toEqual([2, 'back', 'differing']);
    expect(report?.why).toBe(
      "differing: in the last 2 min: 40 of 40 compared answers (100 %) differ from the origin's, at most 2 % may",
    );
  });

  test('a fifth of them in ten', () => {
    const { minute, report } = watch(day + 60, broken({ differs: 4 }));
    expect(report?.failed).toBe('differing');
    expect(minute - day).toBeLessThanOrEqual(10);
  });

  test('errors of those alone whom the cache answers in two', () => {
    const { minute, report } = watch(day + 60, broken({ on: 50 }));
    expect([minute - day, report?.failed]).toEqual([1, 'errors']);
  });

  test('times that are longer by 200 ms', () => {
    const { minute, report } = watch(day + 60, broken({ longerMs: 200 }));
    expect(report?.failed).toBe('slower');
    expect(minute - day).toBeLessThanOrEqual(5);
  });

  test('errors of everybody are none of the cache then either', () => {
    const { minute } = watch(day + 60, broken({ on: 100, control: 1_900 }));
    expect(minute).toBe(day + 60);
  });

  test('few looks are kept of many, about as far apart as they are old, and none of a minute in which nobody came', () => {
    const { looks } = watch(5_000, (minute) => (minute > 4_000 ? minuteOf({}) : nobody));
    expect(looks?.map(({ number }) => number)).toEqual([512, 768, 896, 960, 976, 992, 996, 998, 999, 1_000]);
    expect(looks?.at(-1)?.atMs).toBe(5_000 * MINUTE);
    expect(looksShape.parse(JSON.parse(JSON.stringify(looks)))).toEqual(looks);
  });
  const nobody = { on: armOf({ units: 50 }), control: armOf({ units: 950 }) };

  test('it does not go on at the very minute in which it breaks: what came last must not speak against it', () => {
    const shadow = (equal: number, differs = 0) => ({
      shadow: armOf({ requests: equal + differs, compared: { equal, differs } }),
    });
    const looks = [{ number: 1_440, atMs: 119 * MINUTE, arms: shadow(28_800) }];
    const broken = guardOf(inShadow({ looks, arms: shadow(28_800, 20) }));
    expect(broken).toMatchObject({
      verdict: 'stay',
      why: "it waits for: differing: in the last 60 s: 20 of 20 compared answers (100 %) differ from the origin's, at most 2 % may; more must be counted",
    });
    expect(broken.tests.find(({ test }) => test === 'differing')).toMatchObject({
      is: 'undecided',
      samples: 20,
    });
    // One of 20 is as ever.
    expect(guardOf(inShadow({ looks, arms: shadow(28_819, 1) })).verdict).toBe('advance');
  });

  test('looks at figures that are lost since say nothing', () => {
    const shadow = (equal: number, differs = 0) => ({
      shadow: armOf({ requests: 40, compared: { equal, differs } }),
    });
    const before = guardOf(inShadow({ arms: shadow(30) }));
    const lost = guardOf(inShadow({ looks: before.looks, arms: shadow(20, 4) }));
    expect(lost.verdict).toBe('stay');
    expect(lost.looks.map(({ number }) => number)).toEqual([2]);
    // Against the look that was lost it would be 20 of 20.
    expect(guardOf(inShadow({ looks: lost.looks, arms: shadow(30, 9) })).verdict).toBe('stay');
  });
});

test('the level is split over the steps: the more a plan has, the more it takes to be sent back', () => {
  // 24 of 500 where 2 % may be: exp(6.8) times as likely at 4 %. One step asks for exp(5.3), twelve for exp(7.8).
  const shadow = armOf({ requests: 900, compared: { equal: 476, differs: 24 } });
  const verdictOf = (steps: number) =>
    guardOf(inShadow({ plan: Array.from({ length: steps }, () => rollout.plan[0]!), arms: { shadow } }))
      .verdict;
  expect([verdictOf(1), verdictOf(12)]).toEqual(['back', 'stay']);
});

test('each test says its figures in one short sentence, whatever they are', () => {
  for (const input of [inShadow({}), atFivePercent({}), atFivePercent({ arms: good })]) {
    const { tests } = guardOf(input);
    expect(tests.map(({ test }) => test)).toEqual([...guardTests]);
    for (const { says } of tests) {
      expect(says.length).toBeLessThan(200);
      expect(says).not.toMatch(/NaN|Infinity|undefined|null/);
    }
  }
});
