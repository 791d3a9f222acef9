import * as z from 'zod';
import { bounds } from '../bounds.ts';

const ms = z.number().min(0);
const count = z.int().min(0);
const isolateId = z.string().max(64);

/** A canary purge that is not judged yet. */
const purgeShape = z.object({
  madeMs: ms,
  /** The isolate that made it, and so saw it at once, which tells nothing of the others. */
  maker: isolateId,
  /** The longest that an isolate took which has seen it; null: none has told yet. */
  longestMs: ms.nullable(),
});

const dayShape = z.object({
  startMs: ms,
  /** The purges of a day count by the target that there was: another target is another row. */
  targetMs: ms,
  within: count,
  late: count,
  /** An isolate went on without it to the end of what is waited for. */
  unseen: count,
  /** Nobody told of it but who made it. */
  unmeasured: count,
  /** Times that an isolate saw one before it was made: its clock and the cron's differ by that much. */
  early: count,
  longestMs: ms,
});

/** The canary that an isolate's last look found, by when it was made, and when that was. */
const lookShape = z.tuple([ms, ms]);
const isolateShape = z.tuple([isolateId, lookShape]);

/** Purges that nobody measured, and that are not in the figures yet. */
const waitingShape = z.object({ sinceMs: ms, unmeasured: count });

export type CanaryPurge = z.infer<typeof purgeShape>;
export type CanaryDay = z.infer<typeof dayShape>;
export type LastLook = z.infer<typeof lookShape>;
export type CanaryWaiting = z.infer<typeof waitingShape>;

/** What the cron keeps from one tick to the next: bounded, and as JSON in Redis. */
export interface CanaryState {
  readonly purges: readonly CanaryPurge[];
  /** Of each isolate that told lately. */
  readonly isolates: Readonly<Record<string, LastLook>>;
  readonly days: readonly CanaryDay[];
  readonly waiting: CanaryWaiting | null;
}

export const noCanary: CanaryState = { purges: [], isolates: {}, days: [], waiting: null };

/**
 * What was kept, whoever wrote it, row by row: one that cannot be read takes no other with it. Fields that another version has added are left out.
 * `isUnreadable`: something is lost.
 */
export function readCanaryState(kept: unknown): { state: CanaryState; isUnreadable: boolean } {
  let isUnreadable = false;
  const parse = <T>(shape: z.ZodType<T>, given: unknown): T[] => {
    if (given === undefined || given === null) return [];
    const parsed = shape.safeParse(given);
    if (parsed.success) return [parsed.data];
    isUnreadable = true;
    return [];
  };
  const rows = <T>(shape: z.ZodType<T>, given: unknown): T[] =>
    parse(z.array(z.unknown()), given).flatMap((them) => them.flatMap((it) => parse(shape, it)));

  const [fields = {}] = parse(z.record(z.string(), z.unknown()), kept);
  const [isolates = {}] = parse(z.record(z.string(), z.unknown()), fields['isolates']);
  const [waiting = null] = parse(waitingShape, fields['waiting']);
  const state = {
    purges: rows(purgeShape, fields['purges']).slice(-bounds.canaryPurges),
    isolates: Object.fromEntries(rows(isolateShape, Object.entries(isolates))),
    days: rows(dayShape, fields['days']),
    waiting,
  };
  return { state, isUnreadable };
}
