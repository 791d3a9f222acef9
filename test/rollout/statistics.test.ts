import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meanDifference, shareInterval } from '../../src/rollout/confidence-sequence.ts';
import { unitRatio } from '../../src/rollout/sample-ratio.ts';
import { isBelow, isBeyond, logRatio, samplesLeft } from '../../src/rollout/sprt.ts';

describe("Wald's ratio test of a share", () => {
  test("has the lines of Wald's own example: 0.1 against 0.3, levels 0.02 and 0.03", () => {
    // Sequential Analysis, 1947, §5.3: the slope of both lines is 0.186; with 1/alpha and beta their starts are ln(50)/1.35 and ln(0.03)/1.35.
    const hypotheses = { good: 0.1, bad: 0.3 };
    for (const samples of [10, 100, 1_000]) {
      const on = 0.18617 * samples;
      expect(logRatio({ failures: on, samples }, hypotheses) / samples).toBeCloseTo(0, 4);
      expect(isBeyond({ failures: on + 2.95, samples }, hypotheses, 0.02)).toBe(true);
      expect(isBeyond({ failures: on + 2.85, samples }, hypotheses, 0.02)).toBe(false);
      expect(isBelow({ failures: on - 2.65, samples }, hypotheses, 0.03)).toBe(true);
      expect(isBelow({ failures: on - 2.55, samples }, hypotheses, 0.03)).toBe(false);
    }
  });

  test('of 0.5 % against 1 % without a failure it needs 595 samples: ln(0.05) / ln(0.99 / 0.995)', () => {
    const hypotheses = { good: 0.005, bad: 0.01 };
    expect(isBelow({ failures: 0, samples: 594 }, hypotheses, 0.05)).toBe(false);
    expect(isBelow({ failures: 0, samples: 595 }, hypotheses, 0.05)).toBe(true);
    expect(samplesLeft({ failures: 0, samples: 500 }, hypotheses, 0.05)).toBe(95);
    expect(samplesLeft({ failures: 0, samples: 700 }, hypotheses, 0.05)).toBe(0);
    expect(samplesLeft({ failures: 5, samples: 500 }, hypotheses, 0.05)).toBeNull();
  });

  test.each([
    [0, 0.5],
    [0.2, 1],
    [0.7, 1.4],
  ])('says nothing where %d and %d cannot be told apart by counts', (good, bad) => {
    const counted = { failures: 900, samples: 1_000 };
    expect(isBeyond(counted, { good, bad }, 0.05)).toBe(false);
    expect(isBelow(counted, { good, bad }, 0.05)).toBe(false);
    expect(samplesLeft(counted, { good, bad }, 0.05)).toBeNull();
  });

  test('falls as both shares grow by the same: so an upper bound on the control group keeps the level', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000),
        fc.nat(1_000),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        (failures, successes, share, more) => {
          const counted = { failures, samples: failures + successes };
          const ratio = (from: number) => logRatio(counted, { good: from + 0.01, bad: from + 0.02 });
          expect(ratio(share + more)).toBeLessThanOrEqual(ratio(share) + 1e-9);
        },
      ),
    );
  });
});

describe('the interval of a share', () => {
  test('of none of 100, at 0.05, ends at 5.70 %: B(½, 100½) / π = 0.05635, and 1 − (0.05 · 0.05635)^(1/100)', () => {
    const { value, low, high } = shareInterval(0, 100, 0.05);
    expect([value, low]).toEqual([0, 0]);
    expect(high).toBeCloseTo(0.05703, 5);
  });

  test('of all is the mirror image', () => {
    const [none, all] = [shareInterval(0, 100, 0.05), shareInterval(100, 100, 0.05)];
    expect(all.high).toBe(1);
    expect(all.low).toBeCloseTo(1 - none.high, 5);
  });

  test('of 8 of 10 ends at a half where the Bayes factor of that is 1.676: B(8½, 2½) / π · 2^10', () => {
    const ends = (factor: number) => shareInterval(8, 10, 1 / factor).low;
    expect(ends(1.6756)).toBeGreaterThan(0.5);
    expect(ends(1.676)).toBeLessThan(0.5);
  });

  test('of nothing is everything', () =>
    expect(shareInterval(0, 0, 0.05)).toEqual({ value: 0, low: 0, high: 1 }));

  test('holds its own value, and is the wider the less may go wrong', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (successes, failures) => {
        fc.pre(successes + failures > 0);
        const [loose, strict] = [0.05, 0.001].map((alpha) =>
          shareInterval(successes, successes + failures, alpha),
        );
        expect(strict!.low).toBeLessThanOrEqual(loose!.low);
        expect(loose!.low).toBeLessThanOrEqual(loose!.value);
        expect(loose!.value).toBeLessThanOrEqual(loose!.high);
        expect(loose!.high).toBeLessThanOrEqual(strict!.high);
      }),
    );
  });
});

describe('the difference of two means', () => {
  const group = (samples: number, mean: number, variance: number) => ({
    samples,
    sum: samples * mean,
    sumSquared: samples * mean ** 2 + (samples - 1) * variance,
  });

  test('of two groups of 2,000 of variance 1 it is ±0.0960 at 0.05, where a z-interval would be ±0.0620', () => {
    // Time is 1,000, where rho² = (5.9915 + ln 6.9915) / 1,000 = 0.0079362; the variance of the difference is 1/1,000.
    const known = meanDifference(group(2_000, 3, 1), group(2_000, 3, 1), 0.05, 100)!;
    expect(known.value).toBeCloseTo(0, 9);
    expect(known.low).toBeCloseTo(-0.09598, 5);
    expect(known.high).toBeCloseTo(0.09598, 5);
  });

  test('is of the first less the second', () => {
    const { value, low, high } = meanDifference(group(500, 120, 900), group(9_500, 100, 900), 0.002, 100)!;
    expect(value).toBeCloseTo(20, 9);
    expect(low).toBeGreaterThan(10);
    expect(high).toBeLessThan(30);
  });

  test.each([
    [99, 10_000],
    [10_000, 99],
    [0, 0],
  ])('of %d and %d samples cannot be told', (a, b) =>
    expect(meanDifference(group(a, 1, 1), group(b, 1, 1), 0.05, 100)).toBeNull(),
  );

  test('of samples that are all the same is exact, whatever rounding makes of their squares', () => {
    const same = { samples: 300, sum: 300 * 0.1, sumSquared: 300 * 0.1 ** 2 - 1e-12 };
    expect(meanDifference(same, same, 0.05, 100)).toEqual({ value: 0, low: 0, high: 0 });
  });
});

describe('the share of units that are on', () => {
  const isMissed = (on: number, control: number, share: number) => {
    const { low, high } = unitRatio(on, control, share, 0.002);
    return share < low || share > high;
  };

  test.each([
    ['as many as there should be', 50, 950, 0.05, false],
    ['a few more', 60, 940, 0.05, false],
    ['twice as many', 100, 900, 0.05, true],
    ['half as many', 250, 1_500, 0.25, true],
    ['none of twenty, at 25 %', 0, 20, 0.25, false],
    ['none of thirty, at 25 %', 0, 30, 0.25, true],
    ['one of one, at 1 %', 1, 0, 0.01, false],
    ['three of three, at 1 %', 3, 0, 0.01, true],
    ['all of forty, at 50 %', 40, 0, 0.5, true],
    ['none of forty, at 5 %', 0, 40, 0.05, false],
    ['none of a thousand, at 5 %', 0, 1_000, 0.05, true],
  ])('%s: %d on, %d not', (_, on, control, share, missed) =>
    expect(isMissed(on, control, share)).toBe(missed),
  );

  test('a bitmap that is nearly full errs by more than chance does, and that is no mismatch', () => {
    // At 10,000 of 2,048 bits the count has a standard error of 510; exact counts so far apart would be a mismatch.
    expect(isMissed(10_000, 11_000, 0.5)).toBe(false);
    const { low, high } = shareInterval(10_000, 21_000, 0.002);
    expect([low, high].every((end) => end < 0.5)).toBe(true);
  });
});
