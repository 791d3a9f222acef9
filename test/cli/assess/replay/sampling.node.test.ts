import { describe, expect, test } from 'vitest';
import { assess } from '../../../../cli/assess/assess.ts';
import type { CurvePoint } from '../../../../cli/assess/assessment.ts';
import { sourceOf, templatesBy } from '../support/sources.ts';
import { zipfLog } from '../support/zipf-log.ts';

const ttlsMs = [10_000, 120_000, 3_600_000];
const lines = zipfLog(20_000, 20_000, 7);
const routeOf = (path: string) => path.split('/')[1]!;
// A fetch takes long enough for requests to meet.
const common = { templates: templatesBy(routeOf), ttlsMs, assumedFetchMs: 30_000, mostHeldBack: 100 };
const assessed = (mostKeys: number, seed = 0) =>
  assess([sourceOf(lines, 1000)], { ...common, mostKeys, seed });

const truth = await assessed(20_000);
const runs = await Promise.all(Array.from({ length: 100 }, (_, seed) => assessed(400, seed + 1)));

const mean = (list: readonly number[]) => list.reduce((all, it) => all + it, 0) / list.length;
/** How far the mean of these is from the truth, in standard errors of that mean. */
function bias(list: readonly number[], expected: number): number {
  const deviation = Math.sqrt(mean(list.map((it) => (it - mean(list)) ** 2)) / list.length);
  return deviation === 0 ? 0 : Math.abs(mean(list) - expected) / deviation;
}

test('the log has far more keys than there is room for', () => {
  expect(truth.curve.every(({ exact }) => exact)).toBe(true);
  const keys = truth.routes.reduce((all, it) => all + it.keys, 0);
  expect(keys).toBeGreaterThan(10 * 400);
  expect(runs.every(({ curve }) => curve.every(({ exact }) => !exact))).toBe(true);
});

describe.each<[string, (it: (typeof runs)[number]) => readonly CurvePoint[]]>([
  ['in all', ({ curve }) => curve],
  ['items', ({ routes }) => routes.find(({ route }) => route === 'items')!.curve],
  ['news, whose favourites change', ({ routes }) => routes.find(({ route }) => route === 'news')!.curve],
])('the hit rate of the sample, %s', (_, curveOf) => {
  test.each(ttlsMs.map((ttlMs, at) => [ttlMs / 1000, at] as const))(
    'TTL %i s: has no bias, and errs as little as it says',
    (_, at) => {
      const expected = curveOf(truth)[at]!;
      const found = runs.map((it) => curveOf(it)[at]!);
      expect(
        bias(
          found.map((it) => it.hit_rate),
          expected.hit_rate,
        ),
      ).toBeLessThan(3);
      const covered = found.filter((it) => Math.abs(it.hit_rate - expected.hit_rate) <= it.error);
      expect(covered.length).toBeGreaterThanOrEqual(90);
      expect(found.every((it) => it.requests === expected.requests)).toBe(true);
    },
  );
});

test('what else is estimated has no bias either: keys, and requests that would have waited', () => {
  for (const [at, route] of truth.routes.entries()) {
    const found = runs.map(({ routes }) => routes[at]!);
    expect(found.every((it) => it.route === route.route && it.requests === route.requests)).toBe(true);
    expect(
      bias(
        found.map((it) => it.keys),
        route.keys,
      ),
    ).toBeLessThan(3);
    expect(route.stampedes.collapsed).toBeGreaterThan(100);
    expect(
      bias(
        found.map((it) => it.stampedes.collapsed),
        route.stampedes.collapsed,
      ),
    ).toBeLessThan(3);
  }
});

test('the hottest keys are exact: a route of few keys, asked for all the time, errs nothing', async () => {
  const hot = lines.map((line, at) => (at % 4 === 0 ? { ...line, target: `/hot/${at % 3}` } : line));
  const found = await assess([sourceOf(hot, 1000)], { ...common, mostKeys: 400 });
  const exact = await assess([sourceOf(hot, 1000)], { ...common, mostKeys: 20_000 });
  const curveOf = (it: typeof found) => it.routes.find(({ route }) => route === 'hot')!.curve;
  expect(curveOf(found)).toEqual(curveOf(exact));
  expect(found.curve[0]).toMatchObject({ exact: false });
});
