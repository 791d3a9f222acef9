import type { Context } from '../engine/context.ts';
import { givenBy } from '../engine/given-compared.ts';
import { allTrusted, lookupAll } from '../engine/lookup.ts';
import { keepFlagsFresh } from '../engine/rollout.ts';
import type { Served } from '../engine/served.ts';
import { compareShadowed, leaseForShadow } from '../engine/shadow.ts';
import type { Decision } from '../rollout/live-flags.ts';
import { notLookedUp } from './bypass.ts';
import { hitToCompare } from './compare.ts';
import { fetchClass } from './fetch.ts';
import { servedEnd } from './served-end.ts';
import type { ClassSubject } from './subject.ts';

/** The origin answers this request, as if the class were off; the cache is filled or compared beside it. */
export async function shadowClass(
  context: Context,
  subject: ClassSubject,
  { detail, trial }: Decision,
): Promise<Served> {
  const { className } = subject;
  const none = notLookedUp(subject);
  const grant = mayFill(context, subject) ? await leaseForShadow(context, none) : null;
  const startMs = context.isolate.clock.now();
  const { first, ended } = fetchClass(context, subject, grant, 'pass');
  if (grant) keepFlagsFresh(context, startMs);
  else
    compareShadowed(context, {
      ...{ trial, startMs, present: ended.then(givenBy) },
      lookup: async (apart) => (await lookupAll(apart, [subject])).found[0]!,
      hitOf: (entry) =>
        hitToCompare(subject, entry, { className, originPath: context.notes.originPath }, startMs),
    });
  return servedEnd(none, { fwd: 'bypass', detail }, await first);
}

/** One of the class's share, unless this isolate knows that there is nothing to fill. */
function mayFill(context: Context, subject: ClassSubject): boolean {
  if (context.isolate.random() >= subject.cls.rollout.fillShare) return false;
  return allTrusted(context, [subject])?.[0]?.is !== 'fresh';
}
