import { expect, test } from 'vitest';
import { plansFor } from '../../../../cli/assess/figures/plan.ts';

const MB = 1e6;
const GB = 1e9;

test.each<[string, number, number, number, string, number]>([
  ['little is free', 500_000, 256 * MB, 10 * GB, 'Free', 0],
  ['one command more is paid for', 500_001, 256 * MB, 10 * GB, 'Pay as You Go', 1.000002],
  ['one byte stored more, too', 500_000, 256 * MB + 1, 10 * GB, 'Pay as You Go', 1],
  ['and one byte sent more', 500_000, 256 * MB, 10 * GB + 1, 'Pay as You Go', 1],
  ['up to 5 million commands by use', 4_999_999, 100 * MB, GB, 'Pay as You Go', 9.999998],
  ['beyond that fixed', 5_000_001, 100 * MB, GB, 'Fixed 250 MB', 10],
  ['which has to hold it', 9_999_999, 300 * MB, GB, 'Pay as You Go', 19.999998],
  ['1 GB fixed from 10 million commands on', 10_000_001, 300 * MB, GB, 'Fixed 1 GB', 20],
  ['what is stored beyond 1 GB costs', 1_000_000, 3 * GB, GB, 'Pay as You Go', 2.5],
  ['what is sent beyond 200 GB costs', 1_000_000, GB, 300 * GB, 'Pay as You Go', 5],
  ['a fixed plan has to send it', 20_000_000, 300 * MB, 150 * GB, 'Pay as You Go', 40],
  ['by use holds 100 GB', 1_000_000, 101 * GB, GB, 'Fixed 500 GB', 1500],
  ['more than any holds is more than one', 1_000_000, 1001 * GB, GB, '3 × Fixed 500 GB', 4500],
])('%s', (_, commands, memoryBytes, transferBytes, plan, price) => {
  const [cheapest, ...others] = plansFor({ commands, memoryBytes, transferBytes });
  expect(cheapest!.plan).toBe(plan);
  expect(cheapest!.price).toBeCloseTo(price, 6);
  expect(others.every((it) => it.price >= price)).toBe(true);
});
