/** What one of two takes as a share of the other, measured in pairs. */
export interface Ratio {
  /** The geometric mean: half as much once and twice as much once is the same. */
  readonly ratio: number;
  /** The true mean lies between these with 95 %. */
  readonly low: number;
  readonly high: number;
  readonly interval: 'below 1' | 'includes 1' | 'above 1';
}

/** Student's t on the logarithms. At least two ratios, all above 0. */
export function ratioOf(ratios: readonly number[]): Ratio {
  const logs = ratios.map(Math.log);
  const mean = meanOf(logs);
  const freedom = logs.length - 1;
  const variance = logs.reduce((sum, it) => sum + (it - mean) ** 2, 0) / freedom;
  const half = studentT(freedom) * Math.sqrt(variance / logs.length);
  const [low, high] = [Math.exp(mean - half), Math.exp(mean + half)];
  const interval = high < 1 ? 'below 1' : low > 1 ? 'above 1' : 'includes 1';
  return { ratio: Math.exp(mean), low, high, interval };
}

export const geometricMean = (numbers: readonly number[]) => Math.exp(meanOf(numbers.map(Math.log)));

const meanOf = (numbers: readonly number[]) => numbers.reduce((sum, it) => sum + it, 0) / numbers.length;

/** The 97.5 % quantile for 1 to 9 degrees of freedom. */
const FEW = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622];
/** And of the normal distribution. */
const Z = 1.959964;

/** The 97.5 % quantile of Student's t; beyond the table by its expansion in 1/n (Abramowitz and Stegun 26.7.5), right to 0.0002. */
export function studentT(n: number): number {
  return (
    FEW[n - 1] ??
    Z +
      (Z ** 3 + Z) / (4 * n) +
      (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * n ** 2) +
      (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * n ** 3)
  );
}
