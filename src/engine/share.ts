import type { Entry } from '../store/wire.ts';
import { type Context, within } from './context.ts';
import type { FetchUnderWay } from './lead.ts';
import { type Contended, contend, type Grant, release } from './lease.ts';
import { type Found, lookupAll } from './lookup.ts';
import { readFailure } from './marker.ts';
import type { FetchFailure } from './origin-call.ts';
import type { Subject } from './subject.ts';

/** How a front end fetches what it did not find. `F`: what the leader has first; `E`: how a fetch ends, for all who join it. */
export interface ShareOptions<S extends Subject, F, E> {
  /** Starts a fetch, by `lead` of lead.ts; it stores under `grant`, and nothing where that is null. */
  readonly lead: (found: Found<S>, grant: Grant | null) => FetchUnderWay<F, E>;
  /** Whether what another request has stored answers this one. Default: it does. */
  readonly suits?: (entry: Entry, found: Found<S>) => boolean;
  /** Whether what is not stored answers those who join as well. Default: it does; where not, nobody joins such a fetch. */
  readonly sharesUnstored?: boolean;
  /** Whether this request waits for another's fetch. Default: it does. */
  readonly mayWait?: () => boolean;
  /** Whether a failure of another's fetch is its own. Default: it is. */
  readonly mayBeTold?: () => boolean;
}

/** How sharing ends. Each front end makes its own answer of it. */
export type ShareEnd<S extends Subject, F, E> = EndOfSharing<F, E> & { readonly found: Found<S> };

type EndOfSharing<F, E> =
  /** Another has stored it. */
  | { readonly is: 'stored'; readonly entry: Entry; readonly waited: boolean }
  /** This request fetches, for itself and for those that join, under the lease or without it. */
  | { readonly is: 'leads'; readonly first: Promise<F | E> }
  /** The fetch of another request has ended: of this isolate, or of another where it failed. */
  | { readonly is: 'joined'; readonly end: E | FetchFailure }
  /** It may not wait, or what it waited for does not suit it, or nobody else may be given what it fetches: it fetches for itself. */
  | { readonly is: 'by-itself' }
  /** The same, past its deadline. */
  | { readonly is: 'past-deadline' }
  | { readonly is: 'store-unavailable' };

/**
 * The one loop of a miss: contend for the lease; lead the fetch, or join one of this isolate, or poll for another
 * isolate's; and contend again where that brought nothing. Not to be granted it is never an error.
 */
export async function share<S extends Subject, F, E>(
  context: Context,
  initial: Found<S>,
  {
    lead,
    suits = () => true,
    sharesUnstored = true,
    mayWait = () => true,
    mayBeTold = () => true,
  }: ShareOptions<S, F, E>,
): Promise<ShareEnd<S, F, E>> {
  const { flights, bounds } = context.isolate;
  let found = initial;
  let polls = 0;
  // Registers the flight in the same step as it knows that it leads: whoever is not granted the lease in this isolate must find it.
  const leads = (contended: Contended, grant: Grant | null): ShareEnd<S, F, E> => {
    const { first, ended } = lead(found, grant);
    flights.register(contended.flightName, ended, grant?.token ?? null); // guard: flight-registered
    return { is: 'leads', first, found };
  };
  for (let round = 0; ; round += 1) {
    const contended = await contend(context, found);
    if (!contended) return { is: 'store-unavailable', found };
    const { grant, entry } = contended;
    if (entry && suits(entry, found)) {
      if (grant) release(context, grant, 'free');
      return { is: 'stored', entry, waited: round > 0, found };
    }
    if (grant) return leads(contended, grant);
    const failure = mayBeTold() ? readFailure(contended.holder) : null;
    if (failure) return { is: 'joined', end: failure, found };
    if (!mayWait()) return { is: 'by-itself', found };
    const waited = waitOf(context, found.subject);
    const flight = flights.get<E>(contended.flightName, contended.holder);
    if (flight) {
      const joined = await join(context, contended, flight);
      waited();
      if (joined === 'past-deadline') return { is: joined, found };
      if (joined !== 'contend-again') return { is: 'joined', end: joined.end, found };
      continue;
    }
    if (contended.holder === 'direct' || polls === bounds.pollsInVain)
      return sharesUnstored ? leads(contended, null) : { is: 'by-itself', found };
    polls += 1;
    const polled = await pollForEntry(context, found.subject, contended);
    waited();
    if (polled === 'past-deadline' || polled === 'store-unavailable') return { is: polled, found };
    if (polled.is === 'joined') return { ...polled, found };
    if (polled.is === 'servable')
      return suits(polled.entry, found)
        ? { is: 'stored', entry: polled.entry, waited: true, found }
        : { is: 'by-itself', found };
    const lateNames = new Set([...polled.lateNames, ...found.lateNames]);
    found = { ...found, lateNames: [...lateNames].slice(0, bounds.tagsPerEntry) };
  }
}

/** To be called when a wait that begins now has ended. */
function waitOf({ isolate: { clock, meter } }: Context, { className }: Subject): () => void {
  const fromMs = clock.now();
  return () => meter.observe('lease_wait', clock.now() - fromMs, className);
}

/**
 * Every follower has its own way out, because a leader that was cancelled may never end: the end of the lease that
 * was held when it joined, after which it contends again, and the request's deadline.
 */
async function join<E>(
  { isolate: { clock, bounds }, deadlineMs }: Context,
  { holder, leaseEndsMs }: Contended,
  flight: Promise<E>,
): Promise<{ readonly end: E } | 'contend-again' | 'past-deadline'> {
  // Nobody holds the lease of what is fetched directly.
  const goneMs = holder === 'direct' ? Number.POSITIVE_INFINITY : leaseEndsMs + bounds.fillMarginMs;
  const untilMs = Math.min(deadlineMs, goneMs);
  const ended = flight.then((end) => ({ end }));
  const joined = await within(clock, Math.max(0, untilMs - clock.now()), ended, null);
  return joined ?? (clock.now() < deadlineMs ? 'contend-again' : 'past-deadline');
}

type Polled =
  | { readonly is: 'servable'; readonly entry: Entry }
  | { readonly is: 'joined'; readonly end: FetchFailure }
  | { readonly is: 'contend-again'; readonly lateNames: Found['lateNames'] }
  | 'store-unavailable'
  | 'past-deadline';

/** Looks again, with jitter, until the entry is there, a fetch has failed, the holder is gone, or the deadline has passed. */
async function pollForEntry(
  context: Context,
  subject: Subject,
  { holder, lock }: Pick<Contended, 'holder' | 'lock'>,
): Promise<Polled> {
  const { clock, random, bounds, names } = context.isolate;
  const failedKey = names.failed(lock);
  const [leastMs, mostMs] = bounds.lookAgainMs;
  let failures = 0;
  while (clock.now() < context.deadlineMs) {
    await clock.sleep(leastMs + random() * (mostMs - leastMs));
    const { found: all, presentOf } = await lookupAll(context, [subject], {
      pastL1: true,
      also: [lock, failedKey],
    });
    const found = all[0]!;
    failures = found.is === 'unknown' ? failures + 1 : 0;
    if (failures === bounds.failedLooks) return 'store-unavailable';
    if (found.is === 'unknown') continue;
    if (found.is === 'fresh' || (found.is === 'stale' && found.mayRefresh))
      return { is: 'servable', entry: found.entry };
    const failure = readFailure(presentOf(lock)) ?? readFailure(presentOf(failedKey), holder);
    if (failure) return { is: 'joined', end: failure };
    if (presentOf(lock) !== holder) return { is: 'contend-again', lateNames: found.lateNames };
  }
  return 'past-deadline';
}
