import type { Leased } from '../store/port.ts';
import type { Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { type Grant, generationMsOf } from './fill.ts';
import { flightName } from './flights.ts';
import { judge } from './judge.ts';
import { type Found, usableShape } from './lookup.ts';
import { callStore } from './store-call.ts';
import { windowsOf } from './subject.ts';

/** A lease asked for by one request. */
export interface Contended {
  readonly granted: boolean;
  /** Who holds it instead; `direct`: the answer is known not to be storable. */
  readonly holder: string | null;
  /** When that holder's lease ends at the latest: a holder that lives is done before. */
  readonly lockEndsMs: number;
  readonly grant: Grant;
  /** Of a fetch that this request may join, or that it leads. */
  readonly flight: string;
  /** Stored by another meanwhile, and fresh. */
  readonly entry: Entry | null;
}

/** Null: the store could not be asked. */
export async function contend(
  context: Context,
  { subject, entry: known, lateNames }: Found,
): Promise<Contended | null> {
  const { isolate } = context;
  const { cls, names } = subject;
  const token = isolate.nonce();
  const lock = await isolate.names.lock(cls, names.fullKey);
  const generations = [...names.generations, ...lateNames];
  const askedMs = isolate.clock.now();
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
      generationMs: generationMsOf(context, subject),
      ...(known && { knownFill: known.fill }),
    }),
  );
  if (!leased) return null;
  const captured = new Map(generations.map((name, i) => [name, leased.generations[i]!]));
  const entry = await filledMeanwhile(context, subject, leased, captured);
  if (entry) isolate.l1.keep(entry, askedMs, epoch);
  return {
    granted: leased.granted,
    holder: leased.holder,
    lockEndsMs: askedMs + leased.lockRemainingMs,
    grant: { lock, token, askedMs, epoch, captured, last: leased.last },
    flight: flightName(names.key, leased.generations.slice(0, names.generations.length), leased.last),
    entry,
  };
}

async function filledMeanwhile(
  context: Context,
  subject: Found['subject'],
  { entry: stored }: Leased,
  captured: ReadonlyMap<string, string>,
): Promise<Entry | null> {
  const entry = stored === null ? undefined : await usableShape(context, subject, stored);
  if (!entry) return null;
  const current = new Map<string, string | null>(captured);
  const unchecked = [...entry.generations.keys()].filter((name) => !current.has(name));
  if (unchecked.length > 0) {
    const values = await callStore(context, () => context.isolate.store.lookup(unchecked));
    for (const [i, name] of unchecked.entries()) current.set(name, values?.[i] ?? null);
  }
  const verdict = judge(
    entry,
    windowsOf(subject, entry),
    (name) => current.get(name),
    context.isolate.clock.now(),
  );
  return verdict.is === 'fresh' && verdict.whole ? entry : null;
}
