import { sha256, toBase64url } from '../digest.ts';
import type { Context } from '../engine/context.ts';
import { type RolloutState, stepKey } from '../figures/rollout-state.ts';
import { Problem } from '../http/problem.ts';
import { acceptPurge } from '../invalidation/accept.ts';
import { type Flags, guardName, isSentBack } from '../rollout/flags.ts';
import { orderOf, purgeId } from '../strategy/purge-order.ts';
import { stepName } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { guarded } from './guarded.ts';

/**
 * Purges what classes have stored that the guard has sent back, as these flags say, whoever did it and whenever, and what was left of that before,
 * however the class is switched by now. What nobody took is tried again, under the same id, so that it is one purge however often.
 */
export async function purgeSentBack(
  context: Context,
  classes: readonly DataClass[],
  flags: Flags,
  { purged, unpurged }: Purges,
): Promise<Purges> {
  const due = new Map(Object.entries(unpurged));
  const taken: string[] = [];
  for (const { name, rollout } of classes) {
    if (rollout.onFailure === 'keep') continue;
    for (const [fingerprint, it] of Object.entries(flags.classes[name] ?? {})) {
      if (!it || !isSentBack(it)) continue;
      const id = await purgeIdOf(context, name, stepName(fingerprint, it.sinceMs));
      if (purged.includes(id)) taken.push(id);
      else due.set(stepKey(name, fingerprint), id);
    }
  }
  for (const [version, id] of due) {
    if (!(await guarded(context, () => isTaken(context, id, version.split(' ')[0]!)))) continue;
    due.delete(version);
    taken.push(id);
  }
  return { purged: taken, unpurged: Object.fromEntries(due) };
}

type Purges = Pick<RolloutState, 'purged' | 'unpurged'>;

/** Of one decision in one deployment, whoever finds it. */
async function purgeIdOf({ isolate }: Context, className: string, step: string): Promise<string> {
  const digest = await sha256(JSON.stringify([isolate.names.rollout(), className, step]));
  return purgeId(toBase64url(digest.subarray(0, 24)));
}

async function isTaken(context: Context, id: string, className: string): Promise<boolean> {
  const order = orderOf({
    ...{ id, source: guardName, whose: 'everyone', tenant: null, classes: [className] },
    acceptedMs: context.isolate.clock.now(),
  });
  try {
    await acceptPurge(context, order, { eager: true });
    return true;
  } catch (error) {
    // Why is noted already.
    if (error instanceof Problem) return false;
    throw error;
  }
}
