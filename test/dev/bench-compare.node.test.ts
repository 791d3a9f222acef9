import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from '../../cli/args/parse.ts';
import { bundle } from '../../dev/bundle.ts';
import { type Compared, reportOf } from '../bench/compare-report.ts';
import { benchCommand, benchOptions } from '../bench/options.ts';
import { geometricMean, ratioOf, studentT } from '../bench/ratio.ts';
import { withoutTelemetry } from '../bench/without-telemetry.ts';

const optionsOf = (args: readonly string[]) => benchOptions(parse(benchCommand, args).values!);
const root = fileURLToPath(new URL('../..', import.meta.url));

describe("Student's t, the 97.5 % quantile", () => {
  // As tables print it.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [8, 2.306],
    [9, 2.262],
    [10, 2.228],
    [15, 2.131],
    [30, 2.042],
    [60, 2.0],
    [99, 1.984],
  ])('for %i degrees of freedom is %f', (freedom, t) => {
    expect(Math.abs(studentT(freedom) - t)).toBeLessThan(0.0007);
  });
});

describe('the ratio of pairs', () => {
  it('is their geometric mean', () => {
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
    expect(ratioOf([0.5, 2]).ratio).toBeCloseTo(1, 12);
    expect(ratioOf([0.9, 0.9, 0.9])).toMatchObject({ interval: 'below 1' });
  });

  it('has an interval by the spread of their logarithms', () => {
    // The logarithms are -0.1, 0 and 0.1: mean 0, deviation 0.1, so that t · 0.1 / √3 = 0.2484.
    const { ratio, low, high, interval } = ratioOf([Math.exp(-0.1), 1, Math.exp(0.1)]);
    expect([ratio, low, high].map((it) => it.toFixed(4))).toEqual(['1.0000', '0.7800', '1.2820']);
    expect(interval).toBe('includes 1');
  });

  it.each([
    ['below 1', [0.95, 0.96, 0.94, 0.95]],
    ['includes 1', [0.95, 1.04, 0.99, 1.01]],
    ['above 1', [1.05, 1.04, 1.06, 1.05]],
  ] as const)('says where its interval lies: %s', (interval, ratios) => {
    expect(ratioOf(ratios).interval).toBe(interval);
    const opposite = { 'below 1': 'above 1', 'includes 1': 'includes 1', 'above 1': 'below 1' }[interval];
    expect(ratioOf(ratios.map((it) => 1 / it)).interval).toBe(opposite);
  });

  it('holds the true one in 95 of 100 runs', () => {
    const random = randomFrom(1);
    const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const runs = Array.from({ length: 4_000 }, () =>
      ratioOf(Array.from({ length: 9 }, () => 0.97 * Math.exp(0.05 * gauss()))),
    );
    const held = runs.filter(({ low, high }) => low < 0.97 && 0.97 < high).length;
    expect(held / runs.length).toBeCloseTo(0.95, 2);
  });
});

describe('the result', () => {
  const pairs = [0.95, 0.96].map((ratio) => ({
    first: 'this' as const,
    this: { cpuUs: 100 * ratio, requestsPerSecond: 9_000 },
    that: { cpuUs: 100, requestsPerSecond: 8_000 },
  }));
  const compared: Compared = {
    ...{ variant: 'L1 hit', size: '1KB', encoding: 'gzip', pairs },
    ...ratioOf([0.95, 0.96]),
  };
  const machine = { cores: 2, cpu: 'any', redis: 'here' };
  const report = (...args: string[]) => {
    const options = optionsOf(['--against', root, '--pairs', '2', ...args]);
    return reportOf(machine, options, { ...options.against!, dir: 'there' }, [compared]);
  };

  it('is a table', () => {
    const [head, table] = report().split('\n\n');
    expect(head).toBe('2 cores, any, Redis: here; 2 pairs of 2.5 s, against there');
    expect(table!.split('\n')[1]!.trim().split(/ {2,}/)).toEqual([
      'L1 hit, 1KB, gzip',
      '95.5',
      '100.0',
      '0.955',
      '0.894–1.021',
      'includes 1: no difference shown',
    ]);
  });

  it('is the same as data, with every pair', () => {
    expect(JSON.parse(report('--json'))).toEqual({
      machine,
      settings: { connections: 32, seconds: 2.5, requests: null, dir: 'there', pairs: 2 },
      variants: [compared],
    });
  });
});

describe('options', () => {
  it('are those of the table, or those of a comparison', () => {
    expect(optionsOf([])).toMatchObject({ seconds: 0.3, rounds: 14, only: null, against: null });
    const against = { dir: root, pairs: 9 };
    expect(optionsOf(['--against', root])).toMatchObject({ seconds: 2.5, only: null, against });
    expect(optionsOf(['--against', root, '--seconds', '1'])).toMatchObject({ seconds: 1 });
    const without = { without: 'telemetry', pairs: 3 };
    expect(optionsOf(['--without', 'telemetry', '--pairs', '3'])).toMatchObject({
      seconds: 2.5,
      against: without,
    });
  });

  it.each([
    ['--pairs only with --against', ['--pairs', '3'], '--pairs: only with --against DIR'],
    ['no --rounds with it', ['--against', root, '--rounds', '3'], '--rounds: not with --against'],
    ['two pairs at least', ['--against', root, '--pairs', '1'], 'give a whole number from 2 to 100'],
    ['one side at a time', ['--against', root, '--without', 'telemetry'], '--without: not with --against'],
    ['a folder that is a checkout', ['--against', `${root}/docs`], 'there is no test/bench in it'],
  ])('refuse what cannot be meant: %s', (_, args, message) => {
    expect(() => optionsOf(args)).toThrow(message);
  });
});

describe('this checkout without telemetry', () => {
  it('is the Worker with stubs in the place of what counts', async () => {
    const [counts, silent] = await Promise.all([
      bundle('test/bench/worker-l1.ts'),
      bundle('test/bench/worker-l1.ts', [withoutTelemetry]),
    ]);
    const signs = ['isolate = "silent"', 'newHistogramSeries'];
    expect(signs.map((it) => counts.includes(it))).toEqual([false, true]);
    expect(signs.map((it) => silent.includes(it))).toEqual([true, false]);
  });

  it('does not build where what counts is elsewhere', async () => {
    await expect(bundle('test/bench/worker-bare.ts', [withoutTelemetry])).rejects.toThrow(
      'is not in the Worker any more',
    );
  });
});

/** A generator of the same numbers each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
