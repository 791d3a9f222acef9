import { sha256, toBase64url } from '../digest.ts';
import type { Context } from '../engine/context.ts';
import { Problem } from '../http/problem.ts';
import { acceptPurge } from '../invalidation/accept.ts';
import { type Flags, guardName, isSentBack } from '../rollout/flags.ts';
import { orderOf, purgeId } from '../strategy/purge-order.ts';
import { stepName } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { guarded } from './guarded.ts';

/**
 * Purges what classes have stored that the guard has sent back, as these flags say, whoever did it and whenever. `taken`: the purges that somebody
 * has taken already. Those that are now: what nobody took is tried again, under the same id, so that it is one purge however often.
 */
export async function purgeSentBack(
  context: Context,
  classes: readonly DataClass[],
  flags: Flags,
  taken: readonly string[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { name, rollout } of classes) {
    if (rollout.onFailure === 'keep') continue;
    for (const [fingerprint, it] of Object.entries(flags.classes[name] ?? {})) {
      if (!it || !isSentBack(it)) continue;
      const id = await purgeIdOf(context, name, stepName(fingerprint, it.sinceMs));
      if (taken.includes(id) || (await guarded(context, () => isTaken(context, id, name)))) ids.push(id);
    }
  }
  return ids;
}

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
