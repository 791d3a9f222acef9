import type { Interval } from './confidence-sequence.ts';
import type { GuardArm, GuardInput, TestResult } from './guard-types.ts';
import { countText, shareText } from './guard-words.ts';
import { stepAlpha } from './levels.ts';
import { type Stretch, stretchesOf } from './looks.ts';
import { type Counted, type Hypotheses, samplesLeft } from './sprt.ts';

/** What a test judges: one stretch of a step. */
export interface Facts extends Pick<GuardInput, 'rollout' | 'mode' | 'percent' | 'arms'> {
  readonly since: Stretch['since'];
  /** The level at which the test may fail. */
  readonly alpha: number;
}

/** The first one is of all the step. */
export function factsOf(input: GuardInput): [Facts, ...Facts[]] {
  const { rollout, mode, percent } = input;
  const alpha = stepAlpha(input.step === null ? 1 : input.plan.length);
  const factsIn = ({ since, weight, arms }: Stretch): Facts => ({
    ...{ rollout, mode, percent, arms, since },
    alpha: alpha * weight,
  });
  const [all, ...later] = stretchesOf(input);
  return [factsIn(all), ...later.map(factsIn)];
}

/** The group that the figures of the step are of; undefined: nobody was counted in it. */
export const judgedArm = ({ mode, arms }: Pick<GuardInput, 'mode' | 'arms'>): GuardArm | undefined =>
  mode === 'shadow' ? arms.shadow : arms.on;

export const comparedIn = (arm: GuardArm | undefined): number =>
  arm ? Object.values(arm.compared).reduce((sum, n) => sum + n, 0) : 0;

export const nothingKnown = { value: null, low: null, high: null } as const;

/** What Wald's test has told says more than the interval of the counts alone. */
export function narrowed(known: Interval, is: TestResult['is'], { good, bad }: Hypotheses): Interval {
  if (is === 'fails') return { ...known, low: Math.max(known.low, good) };
  return is === 'passes' ? { ...known, high: Math.min(known.high, bad) } : known;
}

/** `4 of 800 requests (0.5 %)`. */
export const countedText = ({ failures, samples }: Counted, word: string): string =>
  samples === 0
    ? `0 of 0 ${word}s`
    : `${failures} of ${countText(samples, word)} (${shareText(failures / samples)})`;

/** How many more will tell. */
export function leftText(counted: Counted, hypotheses: Hypotheses, beta: number, word: string): string {
  const left = samplesLeft(counted, hypotheses, beta);
  return left === null ? '; more must be counted' : `; about ${countText(left, word)} more will tell`;
}
