import type { Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import type { Contended } from './lease.ts';
import { type Found, lookupAll } from './lookup.ts';
import type { Subject } from './subject.ts';

/** A leader that lives lands before its lease ends; this much later its followers give it up. */
const LANDING_MARGIN_MS = 100;

/** When a follower goes its own way: after the end of its leader's lease, and at its request's deadline. */
export function followUntilMs(
  { deadlineMs }: Context,
  { holder, lockEndsMs }: Pick<Contended, 'holder' | 'lockEndsMs'>,
): number {
  return Math.min(
    deadlineMs,
    holder === 'direct' ? Number.POSITIVE_INFINITY : lockEndsMs + LANDING_MARGIN_MS,
  );
}

/** A crowd of waiters may slow Redis down: one look that fails must not send them all to the origin. */
const FAILED_LOOKS = 3;

export type Waited =
  | { readonly is: 'filled'; readonly entry: Entry }
  | { readonly is: 'contend-again'; readonly lateNames: Found['lateNames'] }
  | 'store-unavailable'
  | 'too-late';

/** Looks again, with jitter, until the entry is there, the holder is gone, or the deadline has passed. */
export async function waitForFill(
  context: Context,
  subject: Subject,
  { holder, grant }: Pick<Contended, 'holder' | 'grant'>,
): Promise<Waited> {
  const { isolate, deadlineMs } = context;
  const [leastMs, mostMs] = isolate.bounds.lookAgainMs;
  let failed = 0;
  while (isolate.clock.now() < deadlineMs) {
    await isolate.clock.sleep(leastMs + isolate.random() * (mostMs - leastMs));
    const { found, values } = await lookupAll(context, [subject], { past: 'l1', also: [grant.lock] });
    const { verdict, entry, lateNames } = found[0]!;
    failed = verdict.is === 'unknown' ? failed + 1 : 0;
    if (failed === FAILED_LOOKS) return 'store-unavailable';
    if (failed > 0) continue;
    const usable = verdict.is === 'fresh' || (verdict.is === 'stale' && verdict.mayRevalidate);
    if (entry && usable) return { is: 'filled', entry };
    if (values(grant.lock) !== holder) return { is: 'contend-again', lateNames };
  }
  return 'too-late';
}
