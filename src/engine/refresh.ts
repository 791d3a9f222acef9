import { lead } from '../classes/lead.ts';
import type { Context } from './context.ts';
import { type Grant, release } from './fill.ts';
import { contend } from './lease.ts';
import type { Found } from './lookup.ts';

/** Beyond this many keys with a refresh under way the isolate has enough to do. */
const MOST = 1_000;

/** Fetches again in the background, once per key and isolate; the lease makes it once over all isolates. */
export function refresh(context: Context, found: Found, fetchAgain = leadAgain): void {
  const { refreshing, clock, bounds } = context.isolate;
  const { fullKey } = found.subject.names;
  const nowMs = clock.now();
  for (const [key, untilMs] of refreshing) if (untilMs <= nowMs) refreshing.delete(key);
  if (refreshing.has(fullKey) || refreshing.size >= MOST) return;
  refreshing.set(fullKey, nowMs + bounds.requestMs);
  const ended = (lost: boolean) => {
    refreshing.delete(fullKey);
    if (lost) refreshing.set(fullKey, clock.now() + bounds.refreshAgainMs);
  };
  context.waitUntil(run(context, found, fetchAgain).then(ended, () => ended(true)));
}

/** Fetches under this grant; settles when it has landed. */
export type FetchAgain = (context: Context, found: Found, grant: Grant) => Promise<unknown>;

const leadAgain: FetchAgain = (context, { subject }, grant) => lead(context, subject, grant).landed;

/** True when it was lost: another refreshes, or Redis could not be asked. */
async function run(context: Context, found: Found, fetchAgain: FetchAgain): Promise<boolean> {
  const contended = await contend(context, found);
  if (!contended?.granted) return true;
  const { grant, entry, flight } = contended;
  if (entry && entry.fetchedMs > found.entry!.fetchedMs) {
    release(context, grant, 'free');
    return false;
  }
  const landed = fetchAgain(context, found, grant);
  context.isolate.flights.start(flight, landed);
  await landed;
  return false;
}
