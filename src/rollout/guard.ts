import { isTried } from './flags.ts';
import { comparedIn, type Facts, factsOf, judgedArm } from './guard-facts.ts';
import { areErrorsBeyond, isSlowerBeyond, judgeErrors, judgeRatio, judgeSlower } from './guard-groups.ts';
import { isShareBeyond, judgeLeak, judgeShare } from './guard-shares.ts';
import {
  type GuardInput,
  type GuardReport,
  type GuardTest,
  guardTests,
  type TestResult,
} from './guard-types.ts';
import { shareText, spanText } from './guard-words.ts';
import { doubtAlpha } from './levels.ts';
import { looksAfter } from './looks.ts';

/**
 * What is to become of a class, by the figures of its step alone. One test that fails sends it back; it goes on only where its time is over, enough
 * was compared, and every test that can be judged has told that its figure is not twice what it may be, and not lately otherwise. Whatever is not
 * known makes it stay.
 */
export function guardOf(input: GuardInput): GuardReport {
  if (!isTried(input)) return { ...stays, why: 'nothing is tried', tests: [], looks: [], progress: null };
  const facts = factsOf(input);
  const tests = guardTests.map((test) => resultOf(test, facts, input.nowMs));
  const known = { ...stays, tests, looks: looksAfter(input), progress: progressOf(input) };
  const failed = tests.find(({ is }) => is === 'fails');
  // The ratio is the last: whatever else fails sends the class back, since that is the safe side.
  if (failed) {
    const verdict = failed.test === 'ratio' ? 'hold' : 'back';
    return { ...known, verdict, failed: failed.test, why: `${failed.test}: ${failed.says}` };
  }
  if (!known.progress) return { ...known, why: 'nothing speaks against it, and it goes through no plan' };
  const waits = waitsFor(input, known.progress, tests);
  if (waits.length > 0) return { ...known, why: `it waits for: ${waits.join('; ')}` };
  const isLast = input.step === input.plan.length - 1;
  const { compared } = known.progress;
  return {
    ...known,
    verdict: isLast ? 'finish' : 'advance',
    why: `its time is over, and nothing speaks against it in ${compared} compared answers`,
  };
}

const stays = { verdict: 'stay', failed: null } as const;

interface Judge {
  readonly judge: (facts: Facts) => TestResult;
  /** Whether it fails: a part of the above, which costs little. Absent: nothing but the whole step is judged. */
  readonly fails?: (facts: Facts) => boolean;
}

const judges: Readonly<Record<GuardTest, Judge>> = {
  leak: { judge: judgeLeak },
  stale: { judge: (it) => judgeShare(it, 'stale'), fails: (it) => isShareBeyond(it, 'stale') },
  differing: { judge: (it) => judgeShare(it, 'differing'), fails: (it) => isShareBeyond(it, 'differing') },
  errors: { judge: judgeErrors, fails: areErrorsBeyond },
  slower: { judge: judgeSlower, fails: isSlowerBeyond },
  // Units are counted by a bitmap, from which no earlier one can be taken off.
  ratio: { judge: judgeRatio },
};

/**
 * As it is of the whole step, unless it fails only in a later stretch of it: then of the latest such. One that speaks against it without failing yet
 * leaves the test undecided: it must not go on at the very minute in which it breaks.
 */
function resultOf(test: GuardTest, [all, ...later]: readonly [Facts, ...Facts[]], nowMs: number): TestResult {
  const { judge, fails } = judges[test];
  if (!fails || fails(all)) return judge(all);
  const since = later.findLast(fails) ?? later.findLast((it) => fails({ ...it, alpha: doubtAlpha }));
  if (!since?.since) return judge(all);
  const { is, ...result } = judge(since);
  return {
    ...result,
    is: is === 'fails' ? is : 'undecided',
    says: `in the last ${spanText(nowMs - since.since.atMs)}: ${result.says}`,
  };
}

function progressOf(input: GuardInput): GuardReport['progress'] {
  const step = input.step === null ? undefined : input.plan[input.step];
  if (!step) return null;
  const lastsMs = Math.max(0, input.nowMs - input.sinceMs);
  return {
    compared: comparedIn(judgedArm(input)),
    atLeast: step.atLeast,
    dwellLeftMs: Math.max(0, step.dwellMs - lastsMs),
  };
}

/** What is missing until it goes on, each in a few words. */
function waitsFor(
  input: GuardInput,
  { compared, atLeast, dwellLeftMs }: NonNullable<GuardReport['progress']>,
  tests: readonly TestResult[],
): string[] {
  const waits: string[] = [];
  if ((judgedArm(input)?.requests ?? 0) === 0) waits.push(nobodyText(input));
  if (compared < atLeast) waits.push(`${compared} of ${atLeast} compared${fewText(input, compared)}`);
  if (dwellLeftMs > 0) {
    const { dwellMs } = input.plan[input.step!]!;
    waits.push(`${spanText(dwellLeftMs)} of ${spanText(dwellMs)} left`);
  }
  const undecided = tests.filter(({ test, is }) => is === 'undecided' && test !== 'ratio');
  if (undecided.length > 0 && compared >= atLeast)
    waits.push(...undecided.map(({ test, says }) => `${test}: ${says}`));
  return waits;
}

/** So few of the requests come to a comparison that it may never be enough: with a short ttl nearly all are misses, or served stale. */
const FEW = 0.01;
const FEWEST_REQUESTS = 1_000;

function fewText(input: GuardInput, compared: number): string {
  const { requests = 0, errors = 0 } = judgedArm(input) ?? {};
  if (requests < FEWEST_REQUESTS || compared >= FEW * requests) return '';
  const failed = errors > requests / 2 ? ', and most of these failed' : '';
  return ` (of ${requests} requests: only fresh hits are${failed})`;
}

/** A small percentage of few tenants may be none of them, for good. */
function nobodyText({ mode, percent, arms, isFull }: GuardInput): string {
  if (isFull)
    return 'room: nothing is counted of it, because as many other classes are tried as the guard can count';
  if (mode === 'shadow') return 'a first request';
  const others = arms.control?.units ?? 0;
  const seen = others > 0 ? ` (about ${others} others have)` : '';
  return `somebody of the ${shareText(percent / 100)} who are on to ask${seen}`;
}
