import type { Leased } from '../store/port.ts';
import type { Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { type Grant, generationMsOf } from './fill.ts';
import { flightName } from './flights.ts';
import { judge } from './judge.ts';
import { acceptedEntry, type Found } from './lookup.ts';
import { callStore } from './store-call.ts';
import type { Subject } from './subject.ts';

/** What contending for a lease brought. */
export interface Contended {
  /** Null: another holds it. */
  readonly grant: Grant | null;
  readonly lock: string;
  /** Who holds it instead; `direct`: the answer is known not to be storable. */
  readonly holder: string | null;
  /** When that holder's lease ends at the latest: a holder that lives is done before. */
  readonly lockEndsMs: number;
  /** Of a fetch that this request may join, or that it leads. */
  readonly flight: string;
  /** Stored by another meanwhile, and fresh. */
  readonly entry: Entry | null;
}

/** Null: the store did not answer. */
export async function contend(
  context: Context,
  { subject, entry: known, lateNames }: Found,
): Promise<Contended | null> {
  const { isolate } = context;
  const { names } = subject;
  const token = isolate.nonce();
  const lock = await isolate.names.lock(subject.className, names.fullKey);
  const generations = [...names.generations, ...lateNames];
  const leasedMs = isolate.clock.now();
  const { epoch } = isolate.l1;
  const leased = await callStore(context, () =>
    isolate.store.lease({
      key: names.key,
      lock,
      generations,
      ...(names.last !== undefined && { last: names.last }),
      token,
      takeLock: true,
      lockMs: isolate.bounds.leaseMs,
      generationMs: generationMsOf(context, subject.lifeMs),
      ...(known && { knownFill: known.fill }),
    }),
  );
  if (!leased) return null;
  const captured = new Map(generations.map((name, i) => [name, leased.generations[i]!]));
  const entry = await filledMeanwhile(context, subject, leased, captured);
  if (entry) isolate.l1.set(entry, leasedMs, epoch);
  return {
    grant: leased.granted ? { lock, token, leasedMs, epoch, captured, last: leased.last } : null,
    lock,
    holder: leased.holder,
    lockEndsMs: leasedMs + leased.lockRemainingMs,
    flight: flightName(names.key, leased.generations.slice(0, names.generations.length), leased.last),
    entry,
  };
}

async function filledMeanwhile(
  context: Context,
  subject: Subject,
  { entry: stored }: Leased,
  captured: ReadonlyMap<string, string>,
): Promise<Entry | null> {
  const entry = stored === null ? undefined : await acceptedEntry(context, subject, stored);
  if (!entry) return null;
  const { store, clock } = context.isolate;
  const present = new Map<string, string | null>(captured);
  const unchecked = [...entry.generations.keys()].filter((name) => !present.has(name));
  if (unchecked.length > 0) {
    const values = await callStore(context, () => store.lookup(unchecked));
    for (const [i, name] of unchecked.entries()) present.set(name, values?.[i] ?? null);
  }
  const verdict = judge(entry, subject.windowsOf(entry), (name) => present.get(name), clock.now());
  return verdict.is === 'fresh' && verdict.current ? entry : null;
}
