import { type Interval, meanDifference, shareInterval } from './confidence-sequence.ts';
import { countedText, type Facts, leftText, narrowed, nothingKnown } from './guard-facts.ts';
import type { GuardArm, TestResult } from './guard-types.ts';
import { countText, msText, shareText } from './guard-words.ts';
import { stepBeta } from './levels.ts';
import { unitRatio } from './sample-ratio.ts';
import { type Counted, type Hypotheses, isBelow, isBeyond } from './sprt.ts';

/** Requests that each group needs before its times are judged: their variance is estimated from them. */
const FEWEST_TIMES = 100;

/** In the shadow all answers are the origin's, and at 100 % there is no control group: then errors and times say nothing of the cache. */
const hasNoControl = ({ mode, percent }: Facts) => mode !== 'on' || percent >= 100;

const notJudged = (test: TestResult['test'], bound: number, { mode }: Facts): TestResult => ({
  ...{ test, is: 'not-judged', ...nothingKnown, bound, samples: 0 },
  says:
    mode === 'shadow' ? 'the origin answers everybody' : 'there is nobody outside of 100 % to compare with',
});

/**
 * Whether more answers are errors than the control group has and the class's bound allows beyond them: what fails for everybody is no fault of the
 * cache. The control's share is not known either: its upper end is taken, at half of the level. The ratio falls as that grows, so that the other half
 * is kept whatever the true share is.
 */
export function areErrorsBeyond(facts: Facts): boolean {
  if (hasNoControl(facts)) return false;
  const [on, control, more] = [
    errorsOf(facts.arms.on),
    errorsOf(facts.arms.control),
    facts.rollout.maxErrors,
  ];
  // At the control's own share, which costs less to know, it is beyond all the sooner.
  const seen = control.samples > 0 ? control.failures / control.samples : 0;
  const isNear = isBeyond(on, hypothesesFrom(seen, more), facts.alpha / 2);
  return isNear && isBeyond(on, hypothesesFrom(controlOf(facts, facts.alpha).high, more), facts.alpha / 2);
}

export function judgeErrors(facts: Facts): TestResult {
  const { rollout, arms, alpha } = facts;
  const more = rollout.maxErrors;
  if (hasNoControl(facts)) return notJudged('errors', more, facts);
  const [on, control] = [errorsOf(arms.on), errorsOf(arms.control)];
  const beyond = hypothesesFrom(controlOf(facts, alpha).high, more);
  // By the same reasoning its lower end is what the errors must stay below.
  const below = hypothesesFrom(controlOf(facts, stepBeta).low, more);
  const isGood = control.samples > 0 && isBelow(on, below, stepBeta / 2);
  const is = areErrorsBeyond(facts) ? 'fails' : isGood ? 'passes' : 'undecided';
  const known =
    on.samples > 0
      ? narrowed(shareInterval(on.failures, on.samples, alpha), is, { good: beyond.good, bad: below.bad })
      : null;
  const left = is === 'undecided' ? leftText(on, below, stepBeta / 2, 'request') : '';
  return {
    ...{ test: 'errors', is, ...(known ?? nothingKnown) },
    ...{ bound: Math.min(1, beyond.good), samples: on.samples },
    says: `${countedText(on, 'request')} are errors, of the others ${countedText(control, 'request')}, at most ${shareText(more)} more may be${left}`,
  };
}

const errorsOf = (arm: GuardArm | undefined): Counted => ({
  failures: arm?.errors ?? 0,
  samples: arm?.requests ?? 0,
});

function controlOf({ arms }: Facts, level: number): Interval {
  const { failures, samples } = errorsOf(arms.control);
  return shareInterval(failures, samples, level / 2);
}

const hypothesesFrom = (share: number, more: number): Hypotheses => ({
  good: share + more,
  bad: share + 2 * more,
});

/** Whether answers take longer on average than those of the control group, by more than the class's bound. */
export const isSlowerBeyond = (facts: Facts): boolean =>
  !hasNoControl(facts) && (longerBy(facts, facts.alpha)?.low ?? 0) > facts.rollout.maxSlowerMs;

export function judgeSlower(facts: Facts): TestResult {
  const bound = facts.rollout.maxSlowerMs;
  if (hasNoControl(facts)) return notJudged('slower', bound, facts);
  const [samples, others] = [facts.arms.on?.requests ?? 0, facts.arms.control?.requests ?? 0];
  const [known, loose] = [longerBy(facts, facts.alpha), longerBy(facts, stepBeta)];
  if (!known || !loose) {
    const says = `${samples} and, of the others, ${countText(others, 'request')}; each group needs ${FEWEST_TIMES}`;
    return { test: 'slower', is: 'undecided', ...nothingKnown, bound, samples, says };
  }
  const is = isSlowerBeyond(facts) ? 'fails' : loose.high < bound ? 'passes' : 'undecided';
  const than = `${msText(Math.abs(known.value))} ${known.value > 0 ? 'longer' : 'less'}`;
  const range = `${msText(known.low)} to ${msText(known.high)}`;
  return {
    ...{ test: 'slower', is, ...known, bound, samples },
    ...(is === 'passes' && { high: Math.min(known.high, bound) }),
    says: `on average it takes ${than} than for the others (${range}), at most ${msText(bound)} more may be`,
  };
}

const longerBy = ({ arms }: Facts, level: number) =>
  meanDifference(timesOf(arms.on), timesOf(arms.control), level, FEWEST_TIMES);

const timesOf = (arm: GuardArm | undefined) => ({
  samples: arm?.requests ?? 0,
  sum: arm?.sumMs ?? 0,
  sumSquared: arm?.sumSquaredMs ?? 0,
});

/** Whether as many units are on as should be. If not, the groups cannot be compared, and no other figure of theirs can be trusted. */
export function judgeRatio(facts: Facts): TestResult {
  const share = facts.percent / 100;
  if (hasNoControl(facts) || share <= 0) return notJudged('ratio', share, facts);
  const [on, control] = [unitsOf(facts.arms.on), unitsOf(facts.arms.control)];
  const untold = { test: 'ratio', ...nothingKnown, bound: share, samples: 0 } as const;
  if (on === null || control === null)
    return { ...untold, is: 'not-judged', says: 'more units came than can be counted' };
  const samples = on + control;
  if (samples === 0) return { ...untold, is: 'undecided', says: 'nobody has come yet' };
  const known = unitRatio(on, control, share, facts.alpha);
  return {
    test: 'ratio',
    is: share < known.low || share > known.high ? 'fails' : 'passes',
    ...{ ...known, bound: share, samples },
    says: `about ${on} of ${countText(samples, 'unit')} (${shareText(known.value)}) are on, ${shareText(share)} should be`,
  };
}

const unitsOf = (arm: GuardArm | undefined) => (arm ? arm.units : 0);
