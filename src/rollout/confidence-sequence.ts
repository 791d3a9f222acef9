/** What was estimated, and between what it lies at every look, with a chance of at most alpha that it ever does not. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Jeffreys' prior, as if half a success and half a failure had been counted: sharp for shares near 0 and 1. */
const PRIOR = 0.5;

/**
 * A share from its counts: all shares that Robbins' beta-binomial mixture (Statistical Methods Related to the Law of the Iterated Logarithm, 1970)
 * does not make 1/alpha times less likely than itself. Exact at every number of samples, not only at great ones.
 */
export function shareInterval(successes: number, samples: number, alpha: number): Interval {
  if (samples <= 0) return { value: 0, low: 0, high: 1 };
  const failures = samples - successes;
  const mixture = logBeta(PRIOR + successes, PRIOR + failures) - logBeta(PRIOR, PRIOR);
  const isIn = (share: number) =>
    mixture - times(successes, Math.log(share)) - times(failures, Math.log1p(-share)) < -Math.log(alpha);
  const value = successes / samples;
  return { value, low: edge(isIn, value, 0), high: edge(isIn, value, 1) };
}

/** 0 of something impossible is nothing. */
const times = (count: number, logarithm: number) => (count === 0 ? 0 : count * logarithm);

/** To one in a million. */
const BISECTIONS = 20;

/** The last share that `isIn`, on the way from one that is to the end. */
function edge(isIn: (share: number) => boolean, from: number, end: number): number {
  if (isIn(end)) return end;
  let [inside, outside] = [from, end];
  for (let i = 0; i < BISECTIONS; i += 1) {
    const middle = (inside + outside) / 2;
    if (isIn(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

/** A sum, and that of its squares. */
export interface Moments {
  readonly samples: number;
  readonly sum: number;
  readonly sumSquared: number;
}

/** The number of samples in the smaller group, about, at which the interval is the narrowest that it can be. */
const SHARPEST_AT = 1_000;

/**
 * The difference of two means, a − b: the Gaussian mixture's asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: Time-uniform
 * Central Limit Theory and Asymptotic Confidence Sequences, Annals of Statistics 2024), whose rho is tuned as there. It takes the variance from the
 * samples, which needs some of them: null below `fewest` in either group.
 */
export function meanDifference(a: Moments, b: Moments, alpha: number, fewest: number): Interval | null {
  if (Math.min(a.samples, b.samples) < Math.max(2, fewest)) return null;
  // Time is counted by the harmonic mean: while the groups keep their proportion it grows as all samples do.
  const time = (a.samples * b.samples) / (a.samples + b.samples);
  const variance = time * (varianceOf(a) / a.samples + varianceOf(b) / b.samples);
  const log = -2 * Math.log(alpha);
  const scaled = (time / SHARPEST_AT) * (log + Math.log(log + 1));
  const margin = Math.sqrt(
    (variance * 2 * (scaled + 1) * Math.log(Math.sqrt(scaled + 1) / alpha)) / (time * scaled),
  );
  const value = a.sum / a.samples - b.sum / b.samples;
  return { value, low: value - margin, high: value + margin };
}

/** Rounding may make a little less than nothing of it. */
const varianceOf = ({ samples, sum, sumSquared }: Moments) =>
  Math.max(0, (sumSquared - sum ** 2 / samples) / (samples - 1));

const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b);

/** Stirling's series (Abramowitz and Stegun 6.1.41), from 10 on exact to 12 digits; below it by the recurrence 6.1.15. */
function logGamma(x: number): number {
  let [z, shift] = [x, 0];
  for (; z < 10; z += 1) shift += Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1_260 * z ** 5) - 1 / (1_680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
