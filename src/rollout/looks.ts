import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { added, arms as allArms } from '../strategy/trial.ts';
import type { GuardArm, GuardInput, Look } from './guard-types.ts';

/** A stretch of a step, and its part of a test's level. */
export interface Stretch {
  /** Null: since the step began. */
  readonly since: Look | null;
  readonly weight: number;
  readonly arms: GuardInput['arms'];
}

/**
 * The stretches of a step that are judged each by itself: all of it, and what came since each look that is known. Against all that was good before,
 * what breaks late would be found late. The weights add up to 1 over all looks there may ever be: ½ for the whole, and of the rest 1/(n(n + 1)) since
 * look n, so that together they keep the level of one test (the sum of Shin, Ramdas, Rinaldo: E-detectors, 2023, weighted).
 */
export function stretchesOf({ arms, looks }: GuardInput): [Stretch, ...Stretch[]] {
  const since = looks.flatMap((look): Stretch[] => {
    const left = armsSince(arms, look);
    return left ? [{ since: look, weight: 0.5 / (look.number * (look.number + 1)), arms: left }] : [];
  });
  return [{ since: null, weight: 0.5, arms }, ...since];
}

/** Null: less is known than was, so that they are of different figures. */
function armsSince(arms: GuardInput['arms'], look: Look): GuardInput['arms'] | null {
  const left: Partial<Record<(typeof allArms)[number], GuardArm>> = {};
  for (const name of allArms) {
    const [now, then] = [arms[name], look.arms[name]];
    if (!now) {
      if (then) return null;
      continue;
    }
    left[name] = then ? armSince(now, then) : now;
    if (left[name].requests < 0 || Object.values(left[name].compared).some((n) => n < 0)) return null;
  }
  return left;
}

const armSince = (now: GuardArm, { compared, ...then }: NonNullable<Look['arms']['on']>): GuardArm => ({
  ...now,
  ...added(then, now, -1),
  compared: added(compared, now.compared, -1),
});

/**
 * Which looks the next one is to know: this one, where anything came, and of the earlier ones fewer the older they are. One whose number is an odd
 * multiple of 2^k is known for 2^(k+1) looks, so that one of each such kind is, and for any time in the past there is one from about then.
 */
export function looksAfter({ arms, looks, nowMs }: GuardInput): readonly Look[] {
  const last = looks.at(-1);
  if (totalOf(arms) === totalOf(last?.arms ?? {})) return looks;
  const number = (last?.number ?? 0) + 1;
  return [
    ...looks.filter((it) => number - it.number < 2 * (it.number & -it.number) && armsSince(arms, it)),
    { number, atMs: nowMs, arms: slimmed(arms) },
  ];
}

const totalOf = (arms: Look['arms']) =>
  Object.values(arms).reduce(
    (sum, { requests, compared }) => sum + requests + Object.values(compared).reduce((n, it) => n + it, 0),
    0,
  );

const slimmed = (arms: GuardInput['arms']): Look['arms'] =>
  Object.fromEntries(
    Object.entries(arms).map(([name, { requests, errors, sumMs, sumSquaredMs, compared }]) => [
      name,
      { requests, errors, sumMs, sumSquaredMs, compared },
    ]),
  );

const count = z.number().min(0);

/** As they were kept; another version may have written them. */
export const looksShape: z.ZodType<readonly Look[]> = z
  .array(
    z.object({
      number: z.int().min(1),
      atMs: z.number(),
      arms: z.partialRecord(
        z.enum(allArms),
        z.object({
          ...{ requests: count, errors: count, sumMs: count, sumSquaredMs: count },
          compared: z.object({ equal: count, differs: count, stale: count, leak: count }),
        }),
      ),
    }),
  )
  .max(bounds.guardLooks);
