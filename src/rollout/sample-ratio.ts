import { bounds } from '../bounds.ts';
import { type Interval, shareInterval } from './confidence-sequence.ts';

/**
 * The share of units that are on, of all that came: units and not requests, since one great tenant sends more than a hundred small ones. Each new unit
 * falls to either side by its hash, so that `share` is a beta-binomial test's null at every look (Lindon and Malek: Anytime-Valid Inference for
 * Multinomial Count Data, 2022): where it lies outside of the interval, units are lost or counted on the wrong side.
 */
export function unitRatio(on: number, control: number, share: number, alpha: number): Interval {
  const units = on + control;
  const kept = weightOf(on, control, share);
  return {
    ...shareInterval(on * kept, units * kept, alpha),
    value: units > 0 ? on / units : 0,
  };
}

/**
 * What one counted unit is worth, at most 1. The counts are estimates (linear counting), whose errors would be taken for a mismatch: the units weigh less by as much
 * as these add to the variance of the share (overdispersion, as McCullagh and Nelder have it in Generalized Linear Models, 4.5).
 */
function weightOf(on: number, control: number, share: number): number {
  const units = on + control;
  if (units <= 0) return 1;
  const counting = (control ** 2 * countingVariance(on) + on ** 2 * countingVariance(control)) / units ** 4;
  return 1 / (1 + (counting * units) / (share * (1 - share)));
}

/** Of a count by a bitmap: Whang, Vander-Zanden, Taylor: A Linear-Time Probabilistic Counting Algorithm for Database Applications, 1990. */
function countingVariance(units: number): number {
  const load = units / bounds.trialUnitBits;
  return bounds.trialUnitBits * (Math.expm1(load) - load);
}
