import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { canaryNamed } from '../../src/engine/canary.ts';
import { canaryStep, daysOfService, withPurge } from '../../src/figures/canary.ts';
import { type CanaryState, noCanary, readCanaryState } from '../../src/figures/canary-state.ts';
import type { Flush } from '../../src/telemetry/flush.ts';

const start = Date.UTC(2026, 10, 27, 12);
const s = 1_000;
const level = { targetMs: 15 * s, share: 0.99 };
type Told = Pick<Flush, 'isolate' | 'seen'>;

/** The cron as a test drives it: each purge, and what isolates tell, at seconds of its clock. */
function cron() {
  let state: CanaryState = noCanary;
  const made: number[] = [];
  return {
    get state() {
      return state;
    },
    /** Starts anew with what Redis holds, as another isolate does. */
    restart() {
      ({ state } = readCanaryState(JSON.parse(JSON.stringify(state))));
    },
    /** Everything is gone. */
    lose() {
      state = noCanary;
    },
    purge(atS: number, maker = 'cron'): string {
      const next = withPurge(state, start + atS * s, maker);
      state = next.state;
      made.push(next.madeMs);
      return canaryNamed(next.madeMs, 'nonce');
    },
    tick(atS: number, ...told: Told[]) {
      const step = canaryStep(state, told, start + atS * s, level);
      state = step.state;
      return { took: step.visibleMs.map((it) => it / s), results: step.results, early: step.early };
    },
    days: () => daysOfService(state, level),
  };
}

/** Looks of one isolate at these seconds of its clock, each of what it found. */
const told = (
  isolate: string,
  ...looks: (readonly [canary: string, firstS: number, lastS?: number])[]
): Told => ({
  isolate,
  seen: looks.map(([canary, firstS, lastS = firstS]) => [canary, start + firstS * s, start + lastS * s]),
});

const missing = '0-missing';

describe('when a purge is visible', () => {
  test('the last isolate that told counts', () => {
    const it = cron();
    const before = it.purge(-180);
    it.tick(0, told('a', [before, -175, -4]), told('b', [before, -172, -1]));
    const canary = it.purge(0);
    it.tick(60, told('a', [canary, 6]), told('b', [canary, 9]));
    expect(it.tick(119).results, 'who saw it may not have told').toEqual([]);
    expect(it.tick(120)).toEqual({ took: [9], results: ['within'], early: 0 });
    expect(it.tick(180)).toEqual({ took: [], results: [], early: 0 });
  });

  test('a lagging one is late: what counts is its first look that found it', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('a', [before, -5]), told('lagging', [before, -3]));
    const canary = it.purge(0);
    it.tick(60, told('a', [canary, 5]), told('lagging', [before, 7, 27], [canary, 37]));
    expect(it.tick(120).took).toContain(37);
    expect(it.days()).toMatchObject([{ late: 1, longestMs: 37 * s, isMet: false }]);
  });

  test('which it told only after the purge could have been judged', () => {
    const it = cron();
    const before = it.purge(0);
    it.tick(60, told('a', [before, 55]));
    const canary = it.purge(60);
    it.tick(120, told('a', [before, 65, 115]));
    expect(it.tick(180, told('a', [before, 125, 175])).took, 'it still looks in vain').toEqual([]);
    expect(it.tick(240, told('a', [canary, 185])).took).toEqual([125]);
  });

  test.each([
    ['who purged, alone', (canary: string) => [told('cron', [canary, 3])]],
    ['nobody', () => []],
    ['an isolate that was asleep, and finds it when it wakes', (canary: string) => [told('a', [canary, 50])]],
  ])('%s: it is not measured', (_, tell) => {
    const it = cron();
    const before = it.purge(-300);
    it.tick(-60, told('cron', [before, -295]), told('a', [before, -280]));
    const canary = it.purge(0);
    it.tick(60, ...tell(canary));
    expect(it.tick(120)).toMatchObject({ took: [], results: ['unmeasured'] });
    expect(it.days()).toMatchObject([{ unmeasured: 2, share: null, isMet: null }]);
  });

  test('who purged counts for what another purged', () => {
    const it = cron();
    const first = it.purge(0, 'a');
    it.tick(60, told('a', [first, 5, 55]), told('b', [first, 8, 58]));
    const second = it.purge(60, 'b');
    it.tick(120, told('a', [second, 65]), told('b', [second, 61]));
    expect(it.tick(180).took, 'b for the first, a for the second').toEqual([8, 5].slice(1));
    expect(it.days()).toMatchObject([{ within: 2, longestMs: 8 * s }]);
  });

  test.each([
    ['each minute', [5, 15, 25, 35, 45, 55]],
    ['the last moment of each minute', [55]],
    ['the first moment of each minute', [1]],
    ['every other minute', [115]],
    ['the last of five minutes', [295]],
  ])('who purged alone measures nothing, whichever of its own it sees: asked in %s', (_, looksS) => {
    const it = cron();
    const everyS = Math.ceil(looksS.at(-1)! / 60) * 60;
    const results = [];
    for (let atS = 0; atS < 1_800; atS += 60) {
      const [canary, inS] = [it.purge(atS, 'only'), atS % everyS];
      const now = looksS
        .filter((lookS) => lookS >= inS && lookS < inS + 60)
        .map((lookS) => atS - inS + lookS);
      results.push(
        ...it.tick(atS + 60, told('only', ...now.map((lookS) => [canary, lookS] as const))).results,
      );
    }
    expect(new Set(results)).toEqual(new Set(['unmeasured']));
    expect(it.days()).toMatchObject([{ share: null, longestMs: 0, early: 0 }]);
  });

  test('who purged, before a replica that lags, says no more', () => {
    const it = cron();
    const before = it.purge(0, 'only');
    it.tick(60, told('only', [before, 5]));
    const canary = it.purge(60, 'only');
    it.tick(120, told('only', [before, 61], [canary, 75]));
    expect(it.tick(240).results).toEqual(['unmeasured', 'unmeasured'].slice(1));
  });

  test('of purges by several, each counts for those of the others', () => {
    const it = cron();
    const before = it.purge(-60, 'a');
    it.tick(0, told('a', [before, -4]), told('b', [before, -3]));
    it.purge(0, 'a');
    it.purge(10, 'b');
    const last = it.purge(20, 'a');
    it.tick(60, told('a', [before, 5], [last, 26]), told('b', [before, 6], [last, 27]));
    expect(it.tick(140).took, 'by b, by a, by b').toEqual([16, 5, 7]);
  });

  test('a purge that another overtook is seen with it', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('a', [before, -2]));
    it.purge(0);
    const second = it.purge(5);
    it.tick(60, told('a', [second, 8]));
    expect(it.tick(130).took.sort()).toEqual([3, 8]);
  });

  test('no look of a quiet isolate is missed: it counts until its last one in vain was good for', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('a', [before, -4]));
    const canary = it.purge(0);
    // Any lookup from 6 s on would have looked, and none came.
    expect(it.tick(120, told('a', [canary, 40])).took).toEqual([6]);
  });

  test('a replica that goes back is found out', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('a', [before, -4]));
    const canary = it.purge(0);
    it.tick(60, told('a', [canary, 3], [before, 13, 23], [canary, 33]));
    expect(it.tick(120).took).toEqual([33]);
  });

  test('an evicted canary hides no purge', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('a', [before, -4]));
    it.purge(0);
    it.tick(60, told('a', [missing, 6, 56]));
    expect(it.tick(120)).toMatchObject({ took: [6], results: ['within'] });
  });
});

describe('isolates come and go', () => {
  function lagging() {
    const it = cron();
    const before = it.purge(-180);
    it.tick(0, told('a', [before, -5]), told('b', [before, -3]));
    return { it, before, canary: it.purge(0) };
  }

  test('one that looked in vain and fell silent counts for as long as its look was good for', () => {
    const { it, before, canary } = lagging();
    it.tick(60, told('a', [canary, 5]), told('b', [before, 7]));
    expect(it.tick(120).results, 'it may still tell').toEqual([]);
    expect(it.tick(128)).toMatchObject({ took: [17], results: ['late'] });
  });

  test('one that still looks in vain after the bound has not seen it', () => {
    const { it, before, canary } = lagging();
    for (let tick = 60; tick < 300; tick += 60)
      expect(
        it.tick(tick, told('a', [canary, tick - 5]), told('b', [before, tick - 55, tick - 5])).results,
      ).toEqual([]);
    expect(it.tick(300, told('b', [before, 245, 295]))).toMatchObject({ took: [300], results: ['unseen'] });
    expect(it.days()).toMatchObject([{ unseen: 1, share: 0, isMet: false }]);
  });

  test('a new one finds what there is, and counts if that was made a moment ago', () => {
    const { it, canary } = lagging();
    it.tick(60, told('new', [canary, 8]), told('later', [canary, 30]));
    expect(it.tick(120).took).toEqual([8]);
  });

  test('however many look in vain, what is kept has a bound, and the purge waits for them', () => {
    const it = cron();
    const isolates = Array.from({ length: 5_000 }, (_, i) => `an-isolate-of-many-${i}`);
    const before = it.purge(-60);
    it.tick(0, ...isolates.map((isolate) => told(isolate, [before, -5])));
    it.purge(0);
    for (let tick = 60; tick <= 240; tick += 60) {
      const looks = isolates.map((isolate, i) =>
        told(isolate, [before, tick - 55, tick - 10 + (i % 100) / 10]),
      );
      // Of the first one nobody knows what there was before.
      expect(it.tick(tick, ...looks).results).toEqual(tick === 60 ? ['unmeasured'] : []);
      it.purge(tick);
      expect(JSON.stringify(it.state).length).toBeLessThan(bounds.canaryIsolates * 120);
    }
    expect(it.tick(300, ...isolates.map((isolate) => told(isolate, [before, 245, 295]))).results).toEqual([
      'unseen',
    ]);
  });

  test('those that a purge waits for are known before all others', () => {
    const it = cron();
    const before = it.purge(-180);
    it.tick(0, told('lagging', [before, -5]));
    const canary = it.purge(0);
    const many = Array.from({ length: 2 * bounds.canaryIsolates }, (_, i) => told(`i${i}`, [canary, 9, 58]));
    it.tick(60, told('lagging', [before, 30]), ...many);
    expect(it.tick(120, told('lagging', [canary, 70]), ...many).took).toEqual([40]);
  });

  test('only those that looked last are known', () => {
    const it = cron();
    const canary = it.purge(0);
    const many = Array.from({ length: bounds.canaryIsolates + 100 }, (_, i) =>
      told(`i${i}`, [canary, i / 100]),
    );
    it.tick(60, ...many);
    expect(Object.keys(it.state.isolates)).toHaveLength(bounds.canaryIsolates);
    it.tick(400);
    expect(it.state.isolates).toEqual({});
  });
});

describe('clocks', () => {
  test('an isolate whose clock is behind saw it before it was made: that is no time, and is counted', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('behind', [before, -12]));
    const canary = it.purge(0);
    expect(it.tick(60, told('behind', [canary, -2])).early).toBe(1);
    expect(it.tick(120)).toMatchObject({ took: [0], results: ['within'] });
    expect(it.days()).toMatchObject([{ early: 1, within: 1 }]);
  });

  test('one whose clock is ahead adds what it is ahead', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('ahead', [before, 1]));
    const canary = it.purge(0);
    it.tick(60, told('ahead', [canary, 11]));
    expect(it.tick(120).took).toEqual([11]);
  });

  test('a cron whose clock goes back still makes the later purge', () => {
    const it = cron();
    const first = it.purge(0);
    const second = it.purge(-5);
    expect(Number.parseInt(second, 10)).toBe(Number.parseInt(first, 10) + 1);
  });

  test('a purge of a clock that was far ahead is forgotten, and holds nothing up', () => {
    const it = cron();
    it.purge(86_400);
    expect(it.tick(60).results).toEqual([]);
    expect(it.state.purges).toEqual([]);
    expect(Number.parseInt(it.purge(60), 10)).toBe(start + 60 * s);
  });
});

describe('restarts and repeats', () => {
  test('another isolate goes on with what Redis holds', () => {
    const it = cron();
    const before = it.purge(-60);
    it.tick(0, told('a', [before, -4]));
    it.restart();
    const canary = it.purge(0);
    it.restart();
    it.tick(60, told('a', [canary, 6]));
    it.restart();
    expect(it.tick(120).took).toEqual([6]);
  });

  test('where all is lost it starts anew, and what it does not know is nobody’s', () => {
    const it = cron();
    const before = it.purge(-60);
    it.lose();
    expect(it.tick(0, told('a', [before, -4]))).toEqual({ took: [], results: [], early: 0 });
    const canary = it.purge(0);
    it.tick(60, told('a', [canary, 6]));
    expect(it.tick(120).took).toEqual([6]);
  });

  test('what an isolate told before counts for nothing when it comes again, late and alone', () => {
    const it = cron();
    const before = it.purge(-180);
    const old = told('a', [before, -4, 6]);
    it.tick(0, told('a', [before, -4]));
    const canary = it.purge(0);
    it.tick(60, old, told('a', [canary, 16]));
    expect(it.tick(120, old)).toMatchObject({ took: [16], results: ['late'] });
  });

  test('two documents of one isolate, the later one first', () => {
    const it = cron();
    const before = it.purge(-180);
    it.tick(0, told('a', [before, -4]));
    const canary = it.purge(0);
    it.tick(60, told('a', [canary, 36]), told('a', [before, 6, 26]));
    expect(it.tick(120).took).toEqual([36]);
  });

  test('what is no canary of ours is left out', () => {
    const it = cron();
    it.tick(0, told('a', ['', 1], ['other', 2], ['1-', 3], [`${'9'.repeat(20)}-n`, 4]));
    expect(it.state.isolates).toEqual({});
  });

  /** Isolates that look every 10 s, some behind by a while, over ten minutes; a tick every minute. */
  const run = (delaysS: readonly number[], repeat: boolean, shuffle: boolean) => {
    const it = cron();
    const canaries: { readonly atS: number; readonly name: string }[] = [];
    const all: Told[] = [];
    const took: number[] = [];
    for (let minute = 0; minute < 10; minute += 1) {
      const flushes = delaysS.map((delayS, i) => {
        const looks = Array.from({ length: 6 }, (_, n) => (minute - 1) * 60 + 10 * n + i);
        const found = looks.flatMap((atS) => {
          const canary = canaries.findLast((one) => one.atS + delayS <= atS);
          return atS < 0 || !canary ? [] : [[canary.name, atS] as const];
        });
        return told(`i${i}`, ...found);
      });
      all.push(...flushes);
      const now = shuffle ? flushes.toReversed() : flushes;
      took.push(...it.tick(minute * 60, ...(repeat ? all : now)).took);
      canaries.push({ atS: minute * 60, name: it.purge(minute * 60) });
    }
    return { took, days: it.days() };
  };

  test('whatever comes again, or in another order, counts once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 }), (delaysS) => {
        const once = run(delaysS, false, false);
        expect(run(delaysS, true, false)).toEqual(once);
        expect(run(delaysS, false, true)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  test('no figure is below how far the last isolate was behind, nor a look above it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 4 }), (delaysS) => {
        const last = Math.max(...delaysS);
        // Of the first one nobody knows what there was before.
        const took = run(delaysS, false, false).took.slice(1);
        expect(took.length).toBeGreaterThan(4);
        for (const it of took) {
          expect(it).toBeGreaterThanOrEqual(last);
          expect(it).toBeLessThanOrEqual(last + bounds.canaryLookMs / s);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the service level of each day', () => {
  /** A day of purges, of which so many are late. */
  function day(it: ReturnType<typeof cron>, fromS: number, purges: number, late: number) {
    for (let n = 0; n < purges; n += 1) {
      const atS = fromS + n * 60;
      const canary = it.purge(atS);
      it.tick(atS + 60, told('a', [canary, atS + (n < late ? 10 : 4), atS + 55]));
    }
  }

  test('x seconds for y % of purges', () => {
    const it = cron();
    const strict = { targetMs: 5 * s, share: 0.9 };
    day(it, 0, 100, 9);
    // The target in force when it is judged counts; this one is met by the figures' own times.
    expect(daysOfService(it.state, strict)[0]).toMatchObject({ within: 99, share: 1, isMet: true });
  });

  test('a target that changes begins another row', () => {
    let { state } = withPurge(noCanary, start, 'cron');
    const seen: Told = told('a', [canaryNamed(start, 'n'), 7]);
    state = canaryStep(state, [seen], start + 120 * s, { targetMs: 5 * s, share: 0.9 }).state;
    const next = withPurge(state, start + 120 * s, 'cron');
    const again = told('a', [canaryNamed(next.madeMs, 'n'), 127]);
    ({ state } = canaryStep(next.state, [again], start + 240 * s, { targetMs: 10 * s, share: 0.9 }));
    expect(state.days).toMatchObject([
      { targetMs: 5 * s, late: 1, within: 0 },
      { targetMs: 10 * s, late: 0, within: 1 },
    ]);
  });

  test('35 days are kept, and the state has a bound', () => {
    const it = cron();
    for (let n = 0; n < 50; n += 1) day(it, n * 86_400, 3, 1);
    const days = it.days();
    expect(days.length).toBeGreaterThanOrEqual(35);
    expect(days.length).toBeLessThanOrEqual(37);
    expect(readCanaryState(it.state)).toEqual({ state: it.state, isUnreadable: false });
    expect(JSON.stringify(it.state).length).toBeLessThan(10_000);
  });
});

describe('what was kept is read row by row', () => {
  const none = { within: 0, late: 0, unseen: 0, unmeasured: 0, early: 0, longestMs: 0 };
  const full: CanaryState = {
    purges: [{ madeMs: 1, maker: 'a', longestMs: null }],
    isolates: { a: [1, 2], b: [1, 3] },
    days: [
      { startMs: 0, targetMs: 1, ...none, within: 3 },
      { startMs: 1, targetMs: 1, ...none },
    ],
    waiting: { sinceMs: 4, unmeasured: 1 },
  };
  const [firstDay, secondDay] = full.days;

  test.each<readonly [string, unknown, CanaryState]>([
    ['as it was', full, full],
    ['nothing yet', undefined, noCanary],
    ['nothing at all', null, noCanary],
    ['parts that a version before did not have', { days: full.days }, { ...noCanary, days: full.days }],
    [
      'what a version after has added',
      { ...full, more: 1, days: full.days.map((it) => ({ ...it, more: 2 })) },
      full,
    ],
  ])('%s', (_, kept, state) => expect(readCanaryState(kept)).toEqual({ state, isUnreadable: false }));

  test.each<readonly [string, unknown, CanaryState]>([
    ['a day', { ...full, days: [firstDay, { ...secondDay, within: 1.5 }] }, { ...full, days: [firstDay!] }],
    ['a day that is none', { ...full, days: ['x', ...full.days] }, full],
    ['all days', { ...full, days: 'none' }, { ...full, days: [] }],
    ['a purge', { ...full, purges: [...full.purges, { madeMs: 'x' }] }, full],
    [
      'an isolate',
      { ...full, isolates: { ...full.isolates, c: ['x', 1], [`d${'x'.repeat(64)}`]: [1, 2] } },
      full,
    ],
    [
      'an isolate in another form',
      { ...full, isolates: { a: [1, 2], b: [1, 3, 4] } },
      { ...full, isolates: { a: [1, 2] } },
    ],
    ['isolates', { ...full, isolates: 7 }, { ...full, isolates: {} }],
    ['counts that wait', { ...full, waiting: { sinceMs: 1 } }, { ...full, waiting: null }],
    ['all of it', 'x', noCanary],
    ['a list', [full], noCanary],
  ])('%s that cannot be read takes nothing else with it, and is told of', (_, kept, state) =>
    expect(readCanaryState(kept)).toEqual({ state, isUnreadable: true }),
  );

  test('more purges than this version keeps: the latest', () => {
    const purges = Array.from({ length: 100 }, (_, i) => ({ madeMs: i, maker: 'a', longestMs: null }));
    const { state, isUnreadable } = readCanaryState({ ...full, purges });
    expect([state.purges.length, state.purges.at(-1)!.madeMs, isUnreadable]).toEqual([
      bounds.canaryPurges,
      99,
      false,
    ]);
  });
});
