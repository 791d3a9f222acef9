import type { Context } from '../engine/context.ts';
import { guarded } from './guarded.ts';
import { type RolledUp, rollUp } from './roll-up.ts';
import { type Swept, sweep } from './sweep.ts';
import type { TickParts } from './tick-parts.ts';

/** Null: it failed. */
export interface Ticked {
  readonly swept: Swept | null;
  readonly rolledUp: RolledUp | null;
  /** Of its time: before it looked again. */
  readonly waitedMs: number;
}

/**
 * All that the cron does, each minute. Neither waits for the other, nor fails with it: purges must be finished though metrics are broken, and alerts
 * told though a sweep takes its time. Whatever the breaker says: an isolate that serves nothing but failing reads must do both.
 */
export async function tick(context: Context, parts: TickParts): Promise<Ticked> {
  const [swept, { rolledUp, waitedMs }] = await Promise.all([
    guarded(context, () => sweep(context)),
    rollUpOrTell(context, parts),
  ]);
  return { swept, rolledUp, waitedMs };
}

/** Rolls up. Where that fails it looks again for some minutes, and then tells so: alerts are kept in Redis, and would be silent while it is gone. */
async function rollUpOrTell(context: Context, parts: TickParts): Promise<Omit<Ticked, 'swept'>> {
  const { clock, bounds } = context.isolate;
  const tell = parts.alerts?.tellUnsettled;
  const sinceMs = clock.now();
  let waitedMs = 0;
  for (;;) {
    const rolledUp = await guarded(context, () => rollUp(context, parts));
    const isToLookAgain =
      rolledUp === null && tell && (await guarded(context, () => tell(context, { sinceMs, waitedMs })));
    if (!isToLookAgain) return { rolledUp, waitedMs };
    await clock.sleep(bounds.outageLookMs);
    waitedMs += bounds.outageLookMs;
  }
}
