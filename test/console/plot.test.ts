import { describe, expect, test } from 'vitest';
import { bytes, count, dollars, duration, percent } from '../../src/console/format.ts';
import { timePlot } from '../../src/console/plot.ts';
import { linearScale, logScale, timeTicks } from '../../src/console/scale.ts';

describe('A linear scale', () => {
  test.each<[number, 1000 | 1024, number[]]>([
    [0, 1000, [0, 0.25, 0.5, 0.75, 1]],
    [1, 1000, [0, 0.25, 0.5, 0.75, 1]],
    [7, 1000, [0, 2, 4, 6, 8]],
    [100, 1000, [0, 25, 50, 75, 100]],
    [101, 1000, [0, 50, 100, 150]],
    [390, 1000, [0, 100, 200, 300, 400]],
    [0.003, 1000, [0, 0.001, 0.002, 0.003]],
    [1_250_000, 1000, [0, 500_000, 1_000_000, 1_500_000]],
    [4 * 1024 ** 2, 1024, [0, 1, 2, 3, 4].map((it) => it * 1024 ** 2)],
    [3000, 1024, [0, 1024, 2048, 3072]],
    [1.7 * 1024 ** 2, 1024, [0, 0.5, 1, 1.5, 2].map((it) => it * 1024 ** 2)],
  ])('to %f has round ticks', (most, base, ticks) => {
    const scale = linearScale(most, base);
    expect(scale.ticks.map((it) => Number(it.toPrecision(9)))).toEqual(ticks);
    expect(scale.at(0)).toBe(0);
    expect(scale.at(scale.ticks.at(-1)!)).toBeCloseTo(1);
    expect(scale.at(most)).toBeLessThanOrEqual(1);
  });

  test('holds whatever is counted', () => {
    for (let most = 1; most < 1e12; most *= 1.37)
      for (const base of [1000, 1024] as const) {
        const { ticks, at } = linearScale(most, base);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThan(7);
        expect(at(most)).toBeGreaterThan(0.2);
        expect(at(most)).toBeLessThanOrEqual(1);
      }
  });
});

test('a scale of powers of ten shows 1 ms and 10 s', () => {
  const { ticks, at } = logScale([0.8, 3, 11_585]);
  expect(ticks).toEqual([0.1, 1, 10, 100, 1000, 10_000, 100_000]);
  expect(at(0)).toBe(0);
  expect(at(100_000)).toBe(1);
  expect(logScale([]).ticks).toEqual([1, 10]);
});

describe('Ticks of time', () => {
  const noon = Date.UTC(2026, 10, 27, 12, 3);
  test.each<[string, number, number, boolean]>([
    ['an hour', 3_600_000, 600_000, false],
    ['6 hours', 21_600_000, 3_600_000, false],
    ['a day', 86_400_000, 14_400_000, false],
    ['a week', 604_800_000, 86_400_000, true],
    ['35 days', 3_024_000_000, 604_800_000, true],
  ])('over %s are round, few, and not at the ends', (_, span, step, isDays) => {
    const found = timeTicks(noon - span, noon);
    expect(found.isDays).toBe(isDays);
    expect(found.ticks.length).toBeGreaterThan(3);
    expect(found.ticks.length).toBeLessThan(8);
    for (const [i, tick] of found.ticks.entries()) {
      expect(tick % step).toBe(0);
      expect(tick).toBeGreaterThan(noon - span);
      expect(tick).toBeLessThan(noon);
      if (i > 0) expect(tick - found.ticks[i - 1]!).toBe(step);
    }
  });
});

describe('A plot', () => {
  const at = (i: number) => i * 60_000;
  const plot = (kind: 'stack' | 'lines', ...rows: (number | null)[][]) =>
    timePlot({
      id: 'p',
      title: 'A <plot>',
      kind,
      unit: 'count',
      startsMs: rows[0]!.map((_, i) => at(i)),
      stepMs: 60_000,
      fromMs: 0,
      toMs: at(rows[0]!.length),
      series: rows.map((values, i) => ({ name: `s${i}`, color: 'one', values })),
    }).toString();
  const paths = (svg: string) => [...svg.matchAll(/ d="(M[^"]*)"/g)].map((it) => it[1]);

  test('stacks areas on each other, each bucket as a step', () => {
    const [low, high] = paths(plot('stack', [1, 2], [3, 2]));
    // From 14 (4, the top) to 184 (0).
    expect(low).toBe('M0 141.5H500L500 99H1000L1000 184H500L500 184H0Z');
    expect(high).toBe('M0 14H500L500 14H1000L1000 99H500L500 141.5H0Z');
  });

  test('breaks a line where nothing was measured', () => {
    const [line] = paths(plot('lines', [1, null, 1, 2]));
    expect(line).toMatch(/^M0 \S+H250M500 \S+H750L750 \S+H1000$/);
  });

  test('names itself, escapes what it is named, and has all of it in a table', () => {
    const svg = plot('lines', [1, null]);
    expect(svg).toContain('<title id="p-title">A &lt;plot&gt;</title>');
    expect(svg).toMatch(/<summary>A &lt;plot&gt; as a table<\/summary>/);
    expect(svg.match(/<tr>/g)).toHaveLength(3);
    expect(svg).toContain('<td class="figure">–</td>');
  });

  test('of no bucket at all is drawn too', () => {
    expect(plot('stack', [])).toContain('<svg');
    expect(plot('lines', [0, 0])).not.toContain('NaN');
    expect(plot('stack', [0])).not.toContain('NaN');
  });
});

test('figures read as people write them', () => {
  expect([0, 12, 1234, 99_999, 123_456, 4_500_000, null].map(count)).toEqual([
    '0',
    '12',
    '1,234',
    '99,999',
    '123 k',
    '4.5 M',
    '–',
  ]);
  expect([0, 512, 1024, 1_300_000, 5e12].map(bytes)).toEqual([
    '0 B',
    '512 B',
    '1 KiB',
    '1.24 MiB',
    '4.55 TiB',
  ]);
  expect([0, 0.8612, 1, null].map(percent)).toEqual(['0 %', '86.1 %', '100 %', '–']);
  expect([0, 0.71, 45.25, 1400, 90_000, 7_200_000, 604_800_000, null].map(duration)).toEqual([
    '0 ms',
    '0.71 ms',
    '45.3 ms',
    '1.4 s',
    '1.5 min',
    '2 h',
    '7 d',
    '–',
  ]);
  expect([0, 0.0000123, 0.05, 1234.5].map(dollars)).toEqual(['$0', '$0.000012', '$0.05', '$1,234.50']);
});
