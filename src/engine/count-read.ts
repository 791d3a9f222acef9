import type { Entry } from '../store/wire.ts';
import { PUBLIC_TENANT } from '../strategy/key.ts';
import { type Hit, outcomeName } from '../telemetry/outcome.ts';
import type { Clock, Context } from './context.ts';
import { type Served, statusOf } from './served.ts';
import type { Subject } from './subject.ts';

/**
 * Counts one read, once it is known what it is served: every read of either front end passes here, those of access rules and handlers too.
 * With what lead.ts and pass-through.ts count, of each class and once all has ended:
 *
 *     origin_fetches{miss} + origin_fetches{pass} = reads{miss} + reads{bypass} + reads{error} - collapsed - unfetched + fetches_in_vain
 *
 * `subject`: null where nothing was looked for.
 */
export function countRead(
  { isolate: { meter, clock } }: Pick<Context, 'isolate'>,
  className: string,
  subject: Subject | null,
  served: Served,
): Served {
  const { outcome } = served;
  const name = outcomeName({ outcome }, statusOf(served));
  const isHit = outcome.kind === 'hit';
  meter.add('reads', 1, className, name);
  if (served.is === 'entry') {
    if (isHit) meter.observe('age_at_hit', ageOf(served.entry, outcome, clock), className);
    if (served.isInVain) meter.add('fetches_in_vain', 1, className);
  }
  if (outcome.kind === 'fwd' && outcome.collapsed) meter.add('collapsed', 1, className);
  else if (name === 'error' && (isHit || (served.is === 'problem' && served.code === 'overloaded')))
    meter.add('unfetched', 1, className);
  if (!subject) return served;
  const { names, owner } = subject;
  const tagged = isHit && served.is === 'entry' ? served.entry : names;
  meter.names.read(tagged, owner?.tenant ?? PUBLIC_TENANT, isHit);
  if (name === 'miss') meter.names.miss(names.fullKey);
  return served;
}

/** Of a fresh one its ttl says it, without a look at the clock: a soft purge leaves none fresh. */
const ageOf = (entry: Entry, { ttlMs }: Hit, clock: Clock): number =>
  ttlMs > 0 ? entry.ttlMs - ttlMs : clock.now() - entry.fetchedMs;
