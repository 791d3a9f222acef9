import { shareInterval } from './confidence-sequence.ts';
import {
  comparedIn,
  countedText,
  type Facts,
  judgedArm,
  leftText,
  narrowed,
  nothingKnown,
} from './guard-facts.ts';
import type { TestResult } from './guard-types.ts';
import { countText, shareText } from './guard-words.ts';
import { stepBeta } from './levels.ts';
import { isBelow, isBeyond } from './sprt.ts';

/** Whoever it was found for: one is enough. */
export function judgeLeak({ arms }: Facts): TestResult {
  const all = Object.values(arms);
  const samples = all.reduce((sum, arm) => sum + comparedIn(arm), 0);
  const leaks = all.reduce((sum, arm) => sum + arm.compared.leak, 0);
  return {
    test: 'leak',
    is: leaks > 0 ? 'fails' : samples > 0 ? 'passes' : 'undecided',
    ...nothingKnown,
    value: samples > 0 ? leaks / samples : null,
    ...{ bound: 0, samples },
    says: `${leaks} of ${countText(samples, 'compared answer')} would have shown one principal what is another's`,
  };
}

type ShareTest = 'stale' | 'differing';

/** Whether more of the compared answers are such than the class's bound allows: told apart from twice as many. */
export const isShareBeyond = (facts: Facts, test: ShareTest): boolean =>
  isBeyond(countedOf(facts, test), hypothesesOf(facts, test), facts.alpha);

export function judgeShare(facts: Facts, test: ShareTest): TestResult {
  const [counted, hypotheses] = [countedOf(facts, test), hypothesesOf(facts, test)];
  const { failures, samples } = counted;
  const is = isShareBeyond(facts, test)
    ? 'fails'
    : isBelow(counted, hypotheses, stepBeta)
      ? 'passes'
      : 'undecided';
  const known = samples > 0 ? narrowed(shareInterval(failures, samples, facts.alpha), is, hypotheses) : null;
  const what = test === 'stale' ? 'differ and are older than `freshWithin`' : "differ from the origin's";
  const left = is === 'undecided' ? leftText(counted, hypotheses, stepBeta, 'compared answer') : '';
  return {
    ...{ test, is, ...(known ?? nothingKnown), bound: hypotheses.good, samples },
    says: `${countedText(counted, 'compared answer')} ${what}, at most ${shareText(hypotheses.good)} may${left}`,
  };
}

function countedOf(facts: Facts, test: ShareTest) {
  const arm = judgedArm(facts);
  const stale = arm?.compared.stale ?? 0;
  return {
    failures: test === 'stale' ? stale : stale + (arm?.compared.differs ?? 0),
    samples: comparedIn(arm),
  };
}

function hypothesesOf({ rollout }: Facts, test: ShareTest) {
  const good = test === 'stale' ? rollout.maxStale : rollout.maxDiffering;
  return { good, bad: 2 * good };
}
