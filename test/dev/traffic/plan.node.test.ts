import { describe, expect, test } from 'vitest';
import { faultKinds, faultWindows } from '../../../dev/traffic/faults.ts';
import { type Action, trafficPlan } from '../../../dev/traffic/plan.ts';
import { zipf } from '../../../dev/traffic/zipf.ts';

const planned = (seed: number, rate = 50, durationMs = 120_000) => [
  ...trafficPlan({ seed, rate, durationMs }),
];
const paths = (actions: readonly Action[]) => actions.flatMap((it) => ('path' in it ? it.path : []));
const count = (actions: readonly Action[], is: (it: Action) => boolean) => actions.filter(is).length;

describe('what is sent', () => {
  test('is the same for a seed, and another for another', () => {
    expect(planned(1)).toEqual(planned(1));
    expect(planned(2)).not.toEqual(planned(1));
  });

  test.each([0, 1, 2, 7, 2 ** 31 - 1])('of seed %i has all kinds, in order and in time', (seed) => {
    const all = planned(seed);
    const times = all.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(120_000);
    // As many as the rate says, and three times as many in a burst of 2 s each 14 s or more.
    expect(all.length).toBeGreaterThan(0.9 * 50 * 120);
    expect(all.length).toBeLessThan(1.5 * 50 * 120);
    const kinds = Map.groupBy(all, ({ kind }) => kind);
    expect([...kinds.keys()].sort()).toEqual(['change', 'purge', 'read', 'write']);
    for (const kind of kinds.values()) expect(kind.length).toBeGreaterThan(10);
    expect(count(all, (it) => it.kind === 'read' && it.as === null)).toBeGreaterThan(10);
    expect(count(all, (it) => it.kind === 'read' && it.as?.user === 'bob')).toBeGreaterThan(10);
    expect(count(all, (it) => it.kind === 'read' && it.conditional)).toBeGreaterThan(100);
    expect(new Set(all.flatMap((it) => ('as' in it && it.as ? it.as.tenant : [])))).toEqual(
      new Set(['acme', 'globex']),
    );
  });

  test('is what is popular far more often than the rest, and yet some of the rest', () => {
    const reads = paths(planned(3, 100, 300_000).filter(({ kind }) => kind === 'read'));
    const of = (pattern: RegExp) =>
      Map.groupBy(
        reads.flatMap((it) => pattern.exec(it)?.[1] ?? []),
        (it) => it,
      );
    const dashboards = of(/dashboards\/(\w+)/);
    expect(dashboards.size).toBe(10);
    expect(dashboards.get('d1')!.length).toBeGreaterThan(5 * dashboards.get('d10')!.length);
    expect(of(/range=(\d{4}-\d\d)/).size).toBe(24);
    const invoices = of(/invoices\/(\w+)/);
    expect(invoices.size).toBeGreaterThan(500);
    expect(invoices.get('inv_0001')!.length).toBeGreaterThan(100);
  });

  test('comes in bursts, each after the change that everybody looks at', () => {
    const all = planned(5);
    const perSecond = Map.groupBy(all, ({ atMs }) => Math.floor(atMs / 1000));
    const busy = [...perSecond.values()].filter((it) => it.length > 110);
    expect(busy.length).toBeGreaterThan(3);
    for (const second of busy) {
      const read = Map.groupBy(paths(second), (it) => it);
      expect(Math.max(...[...read.values()].map((it) => it.length))).toBeGreaterThan(0.8 * second.length);
    }
  });
});

describe('Zipf', () => {
  test.each([
    [10, 1, 0.341],
    [24, 1.3, 0.377],
    [2, 0, 0.5],
    [1, 1, 1],
  ])('of %i ranks, by the power of %d, the first has %d of all', (ranks, exponent, share) => {
    const rankOf = zipf(ranks, exponent);
    const drawn = Array.from({ length: 10_000 }, (_, i) => rankOf(i / 10_000));
    expect(drawn.filter((it) => it === 0).length / 10_000).toBeCloseTo(share, 2);
    expect(Math.max(...drawn)).toBe(ranks - 1);
    expect(Math.min(...drawn)).toBe(0);
  });
});

describe('when things go wrong', () => {
  const kinds = Object.keys(faultKinds) as (keyof typeof faultKinds)[];
  test.each(kinds.map((_, at) => [at + 1]))('%i of them, one after the other, with calm around each', (n) => {
    const windows = faultWindows(kinds.slice(0, n), 100_000);
    expect(windows.map(({ kind }) => kind)).toEqual(kinds.slice(0, n));
    let calmFromMs = 0;
    for (const { fromMs, toMs } of windows) {
      expect(fromMs - calmFromMs).toBeGreaterThan(3_000);
      expect(toMs - fromMs).toBeGreaterThan(5_000);
      calmFromMs = toMs;
    }
    expect(100_000 - calmFromMs).toBeGreaterThan(10_000);
  });

  test('nothing, where nothing is asked for', () => {
    expect(faultWindows([], 60_000)).toEqual([]);
  });
});
