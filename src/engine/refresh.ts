import { type Body, discard } from './body.ts';
import type { Context } from './context.ts';
import { compareRefreshed, type GivingEnd } from './given-compared.ts';
import type { HitCompared } from './hit-compared.ts';
import type { FetchUnderWay } from './lead.ts';
import { contend, type Grant, release } from './lease.ts';
import type { Found } from './lookup.ts';
import { isFailure } from './origin-call.ts';
import type { Subject } from './subject.ts';

/** What a fetch has for a client before it has ended: a body that is still coming. */
interface Begun {
  readonly is: 'begun';
  readonly body: Body['body'];
}

/** Starts a fetch under this grant. */
export type FetchAgain = (grant: Grant) => FetchUnderWay<Begun, GivingEnd>;

/** Fetches again in the background, once per key and isolate; the lease makes it once over all isolates. `hit`: what is served meanwhile. */
export function refresh<S extends Subject>(
  context: Context,
  found: Found<S>,
  fetchAgain: FetchAgain,
  hit: HitCompared,
): void {
  const { refreshing, clock, bounds } = context.isolate;
  const { fullKey } = found.subject.names;
  const nowMs = clock.now();
  if ((refreshing.get(fullKey) ?? 0) > nowMs) return;
  refreshing.set(fullKey, nowMs + bounds.requestMs);
  const afterRefresh = (isInVain: boolean) => {
    refreshing.delete(fullKey);
    if (isInVain) refreshing.set(fullKey, clock.now() + bounds.refreshAgainMs);
  };
  context.waitUntil(runRefresh(context, found, fetchAgain, hit).then(afterRefresh, () => afterRefresh(true)));
}

/** True when the lease was not granted, Redis did not answer, or the fetch failed. */
async function runRefresh(
  context: Context,
  found: Found,
  fetchAgain: FetchAgain,
  hit: HitCompared,
): Promise<boolean> {
  const contended = await contend(context, found);
  if (!contended?.grant) return true;
  const { grant, entry, flightName } = contended;
  if (entry && entry.fetchedMs > (found.entry?.fetchedMs ?? 0)) {
    release(context, grant, 'free');
    return false;
  }
  const { first, ended } = fetchAgain(grant);
  context.isolate.flights.register(flightName, ended, grant.token);
  // No client takes the body: what is passed on must not wait for one.
  const firstOrEnd = await first;
  if ('body' in firstOrEnd) discard(firstOrEnd.body);
  const end = await ended;
  compareRefreshed(context, found, hit, end);
  return isFailure(end);
}
