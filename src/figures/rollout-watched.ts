import { fingerprintOf } from '../rollout/fingerprint.ts';
import {
  type ClassFlags,
  type Flags,
  guardName,
  isHeldByGuard,
  isSentBack,
  isTried,
} from '../rollout/flags.ts';
import { stepName } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import type { HeldClass, RolloutState } from './rollout-state.ts';

/** Those that are being switched on, or of which the guard has stopped a version: whichever of them runs the cron. What is held comes first. */
export function watchedOf(flags: Flags, classes: readonly DataClass[]): RolloutState['watched'] {
  const watched = classes.flatMap((cls): HeldClass[] => {
    const { name } = cls;
    const fingerprint = fingerprintOf(cls);
    const known = flags.classes[name] ?? {};
    const own = known[fingerprint];
    if (own && isHeldByGuard(own)) return [heldAs(name, fingerprint, own, 'it')];
    const another = unmended(known, fingerprint);
    if (another) return [heldAs(name, another[0], another[1], `another version of it (${another[0]})`)];
    return own && isTried(own) ? [{ name, decision: null, isSentBack: false, says: quiet }] : [];
  });
  return watched.sort((a, b) => Number(b.decision !== null) - Number(a.decision !== null));
}

/**
 * Another version that was sent back. One that came before is mended by this one, and one that came after is withdrawn, as soon as this one is
 * switched; but that the guard sends the older of two on mends nothing of the newer.
 */
function unmended(
  known: Flags['classes'][string],
  fingerprint: string,
): readonly [string, ClassFlags] | undefined {
  const all = Object.entries(known);
  const at = all.findIndex(([it]) => it === fingerprint);
  const own = known[fingerprint];
  return all.findLast((it, i): it is [string, ClassFlags] => {
    const [other, its] = it;
    if (other === fingerprint || !its || !isSentBack(its)) return false;
    return !own || its.sinceMs >= own.sinceMs || (i > at && own.by === guardName);
  });
}

function heldAs(name: string, fingerprint: string, it: ClassFlags, what: string): HeldClass {
  const isBack = isSentBack(it);
  const did = isBack ? `sent ${what} back: it is ${it.mode === 'off' ? 'off' : 'in the shadow'}` : 'holds it';
  const decision = stepName(fingerprint, it.sinceMs);
  return { name, decision, isSentBack: isBack, says: `The guard ${did}. ${it.held}` };
}

const quiet = 'The class is being switched on; this fires when the guard stops that.';
