import type { Context } from '../engine/context.ts';
import { guarded } from './guarded.ts';
import { type RolledUp, rollUp } from './roll-up.ts';
import { type Swept, sweep } from './sweep.ts';
import type { TickParts } from './tick-parts.ts';

/** Null: it failed. */
export interface Ticked {
  readonly swept: Swept | null;
  readonly rolledUp: RolledUp | null;
}

/**
 * All that the cron does, each minute. Neither waits for the other, nor fails with it: purges must be finished though metrics are broken, and alerts
 * told though a sweep takes its time. Whatever the breaker says: an isolate that serves nothing but failing reads must do both.
 */
export async function tick(context: Context, parts: TickParts): Promise<Ticked> {
  const [swept, rolledUp] = await Promise.all([
    guarded(context, () => sweep(context)),
    guarded(context, () => rollUp(context, parts)),
  ]);
  return { swept, rolledUp };
}
