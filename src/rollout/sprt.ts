/** How many of so many. */
export interface Counted {
  readonly failures: number;
  readonly samples: number;
}

/** Two shares that are to be told apart, `good` below `bad`. */
export interface Hypotheses {
  readonly good: number;
  readonly bad: number;
}

/**
 * How much more likely the counts are if the share is `bad` than if it is `good`, as a logarithm: Wald's probability ratio (Sequential Tests of
 * Statistical Hypotheses, 1945). NaN where the two shares cannot be told apart by counts.
 */
export function logRatio({ failures, samples }: Counted, { good, bad }: Hypotheses): number {
  if (good <= 0 || bad >= 1) return Number.NaN;
  return failures * Math.log(bad / good) + (samples - failures) * Math.log((1 - bad) / (1 - good));
}

/**
 * Whether the share is beyond `good`. Where it is not, this is ever true with a chance of at most `alpha`, however often one looks: the ratio is
 * then a supermartingale, which ever reaches 1/alpha with that chance (Ville 1939). Wald's own limit, (1 − beta)/alpha, is a little lower, and
 * holds for one who stops at the first crossing of either; the guard goes on looking.
 */
export const isBeyond = (counted: Counted, hypotheses: Hypotheses, alpha: number): boolean =>
  logRatio(counted, hypotheses) >= -Math.log(alpha);

/** Whether the share is below `bad`. Where it is not, this is ever true with a chance of at most `beta`, for the same reason. */
export const isBelow = (counted: Counted, hypotheses: Hypotheses, beta: number): boolean =>
  logRatio(counted, hypotheses) <= Math.log(beta);

/** How many samples more, of the kind so far, until `isBelow`; null: as they are it never comes. */
export function samplesLeft(counted: Counted, hypotheses: Hypotheses, beta: number): number | null {
  const ratio = logRatio(counted, hypotheses);
  if (!(ratio < 0)) return null;
  return Math.max(0, Math.ceil(counted.samples * (Math.log(beta) / ratio - 1)));
}
