import { guardTests } from './guard-types.ts';

/** The chance that the guard as a whole, over all steps of a plan, raises a false alarm, whatever is looked at, and however often. */
const GUARD_ALPHA = 0.05;

/** The chance that one test lets a share of twice its bound pass one step. It is not split: whoever is to get through a plan must pass each step. */
export const stepBeta = 0.05;

/** A leak is no matter of chance: one is enough. */
const testsOfChance = guardTests.length - 1;

/**
 * The level of one test in one step. By the union bound (Bonferroni), which holds however the tests depend on each other; and each holds at every
 * look (Ville's inequality), so that how often the cron looks costs nothing. A class that goes through no plan is in one step without an end.
 */
export const stepAlpha = (steps: number): number => GUARD_ALPHA / (testsOfChance * Math.max(1, steps));

/** The level at which what came lately speaks against a class, so that it does not go on. It costs no more than time, and is not split. */
export const doubtAlpha = 0.05;
