import { describe, expect, test } from 'vitest';
import { commandsPer } from '../../../../cli/assess/figures/commands.ts';
import {
  addLoads,
  estimateOf,
  type Load,
  noLoad,
  timesAMonth,
} from '../../../../cli/assess/figures/estimate.ts';
import { ASSUMED_ORIGIN } from '../../../../cli/assess/figures/prices.ts';

const DAY = 86_400_000;
const load: Load = {
  ...{ requests: 1100, candidates: 1000, hits: 800, writes: 10, hitBytes: 8e6 },
  ...{ memoryBytes: 5e6, transferBytes: 2e6, savedMs: 80_000 },
};

test('a month is 30 days, and a log of a moment a minute', () => {
  expect(timesAMonth(0, DAY)).toBe(30);
  expect(timesAMonth(0, 0)).toBe(30 * 24 * 60);
  expect(timesAMonth(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(30 * 24 * 60);
});

test('a hit is one command; a miss pays for the scripts of lease and fill too', () => {
  // docs/decisions.md: a script is billed with every call in it; 15 and 12 for a tenant's entry with one tag.
  expect(commandsPer.hit).toBe(1);
  expect(commandsPer.miss).toBe(1 + 15 + 12);
  expect(commandsPer.write).toBeGreaterThan(10);
});

describe('for a month', () => {
  const estimate = estimateOf(load, 30, {
    dollarsPerRequest: 0.001,
    dollarsPerSecond: 0.01,
    dollarsPerByte: 1e-9,
  });

  test('everything grows with its length, but what is stored at once', () => {
    expect(estimate).toMatchObject({
      memory_bytes: 5e6,
      redis_commands: 30 * (800 + 200 * commandsPer.miss + 10 * commandsPer.write),
      origin_requests: 30 * 300,
      origin_requests_saved: 30 * 800,
      bytes_saved: 30 * 8e6,
    });
  });

  test('net saving is what the origin would have cost, less Redis', () => {
    expect(estimate.plan).toBe('Free');
    expect(estimate.origin_saving).toBeCloseTo(30 * (800 * 0.001 + 80 * 0.01 + 8e6 * 1e-9), 2);
    expect(estimate.net_saving).toBe(estimate.origin_saving);
    const large = estimateOf(load, 3000, ASSUMED_ORIGIN);
    expect(large.prices).toEqual([
      { plan: 'Fixed 250 MB', price: 10 },
      { plan: 'Pay as You Go', price: expect.any(Number) },
    ]);
    expect(large.prices[1]!.price).toBeGreaterThan(10);
    expect(large.net_saving).toBeCloseTo(large.origin_saving - 10, 2);
  });
});

test('loads add up', () => {
  expect(addLoads(noLoad, load)).toEqual(load);
  expect(estimateOf(addLoads(load, load), 1, ASSUMED_ORIGIN).redis_commands).toBe(
    2 * estimateOf(load, 1, ASSUMED_ORIGIN).redis_commands,
  );
});
