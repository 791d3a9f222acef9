import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { keepFlagsFresh } from '../engine/rollout.ts';
import type { Served } from '../engine/served.ts';
import type { Decision } from '../rollout/live-flags.ts';
import { fetchClass } from './fetch.ts';
import { servedEnd } from './served-end.ts';
import type { ClassSubject } from './subject.ts';

/** Straight to the origin, for this request alone, and nothing is stored. */
export async function bypassClass(
  context: Context,
  subject: ClassSubject,
  { detail }: Decision,
): Promise<Served> {
  keepFlagsFresh(context, context.isolate.clock.now());
  const { first } = fetchClass(context, subject, null, 'pass');
  return servedEnd(notLookedUp(subject), { fwd: 'bypass', detail }, await first);
}

/** Of what the cache does not answer: its origin does, whatever is stored. */
export const notLookedUp = (subject: ClassSubject): Found<ClassSubject> => ({
  is: 'absent',
  subject,
  layer: 'l2',
  lateNames: [],
});
