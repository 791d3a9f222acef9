import { auditOf } from '../rollout/audit.ts';
import { backFrom } from '../rollout/back.ts';
import { fingerprintOf } from '../rollout/fingerprint.ts';
import { type Flags, standingOf, withClass } from '../rollout/flags.ts';
import type { DataClass } from '../strategy/types.ts';
import type { Context } from './context.ts';
import { changeFlags, type FlagsChange } from './rollout-change.ts';
import { noteStoreFailure } from './store-call.ts';

/**
 * Switches a class off at once, for all isolates, because users were given what is another's. What is stored is purged by the cron, which sees
 * that the guard holds it. Where Redis cannot be told, the next answer that proves it tells it again.
 */
export async function stopForLeak(context: Context, cls: DataClass, at: readonly string[]): Promise<void> {
  const why = `leak: under one key the origin gives one answer to some users and another to others, while nothing is purged; they differ at ${at.join(', ')}`;
  const atMs = context.isolate.clock.now();
  try {
    await changeFlags(context, (flags) => switchedOff(flags, cls, why, atMs));
  } catch (error) {
    noteStoreFailure(context.notes, error);
  }
}

function switchedOff(flags: Flags, cls: DataClass, why: string, atMs: number): FlagsChange {
  const fingerprint = fingerprintOf(cls);
  const { from: _, ...stands } = standingOf(cls, fingerprint, flags);
  if (stands.mode === 'off') return { is: 'nothing' };
  const back = backFrom(stands, { isLeak: true, why, atMs });
  return {
    is: 'change',
    flags: withClass(flags, cls.name, fingerprint, back),
    audit: [auditOf(atMs, back.by, cls.name, stands, back, back.why)],
  };
}
