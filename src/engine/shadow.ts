import type { Entry } from '../store/wire.ts';
import type { Trial } from '../strategy/trial.ts';
import { apartFrom } from './comparison.ts';
import { type Context, within } from './context.ts';
import { compareWithGiven, type Given } from './given-compared.ts';
import type { HitCompared } from './hit-compared.ts';
import { type Contended, contend, type Grant, release } from './lease.ts';
import type { Found } from './lookup.ts';

/*
 * In the shadow the origin answers, as if there were no cache. Beside it the cache is filled by a few, who take the lease before they ask the
 * origin, and compared by all others, when their client has its answer: what was stored, if it would have been a hit, with that answer. Nobody waits
 * for Redis but those few, and these not for long; nobody asks the origin twice.
 */

/** What one request's client was given, and how its front end looks for what the cache would have given. */
export interface ShadowedRead {
  readonly trial: Trial | undefined;
  /** Before its fetch began. */
  readonly startMs: number;
  /** What its client was given, when it has all of it; null: that is not known, as of a body that is too large. */
  readonly present: Promise<Given>;
  readonly lookup: (context: Context) => Promise<Found>;
  readonly hitOf: (entry: Entry) => Omit<HitCompared, 'entry' | 'layer' | 'trial'>;
}

/** In the background. Only what would have been a fresh hit is compared, and was fetched before this request began. */
export function compareShadowed(context: Context, read: ShadowedRead): void {
  context.waitUntil(runShadow(context, read).catch(() => {}));
}

async function runShadow(
  context: Context,
  { trial, startMs, present, lookup, hitOf }: ShadowedRead,
): Promise<void> {
  const { clock, tally } = context.isolate;
  const given = await present;
  const ms = clock.now() - startMs;
  const apart = apartFrom(context);
  const found = await lookup(apart);
  // What was found damaged, or is somebody else's, is told as of any look-up.
  for (const note of apart.notes.noted) context.notes.noted.add(note);
  if (found.is !== 'fresh' || found.entry.fetchedMs >= startMs) return;
  const { entry, layer } = found;
  const commands = apart.notes.redisCommands;
  if (trial) tally.saved(trial, { hits: 1, ms, bytes: entry.length, commands });
  const hit: HitCompared = { ...hitOf(entry), entry, layer, trial };
  await compareWithGiven(context, apart, hit, given);
}

/**
 * The lease of one that is to fill in the shadow. Null: it was not granted in time, or there is nothing to fill; what is granted later is given back.
 * `finding`: what is stored of it, where that is looked up first.
 */
export async function leaseForShadow(
  context: Context,
  finding: Found | Promise<Found>,
): Promise<Grant | null> {
  const { clock, bounds } = context.isolate;
  // Whatever goes wrong beside it, the origin answers.
  const contending = contendFor(context, finding).catch(() => null);
  const contended = await within(clock, bounds.shadowLeaseMs, contending, 'late');
  if (contended !== 'late') return wanted(context, contended);
  context.waitUntil(contending.then((late) => giveBack(context, late)));
  return null;
}

async function contendFor(context: Context, finding: Found | Promise<Found>): Promise<Contended | null> {
  const found = finding instanceof Promise ? await finding : finding;
  return found.is === 'fresh' || found.is === 'unknown' ? null : contend(context, found);
}

function wanted(context: Context, contended: Contended | null): Grant | null {
  if (!contended?.entry) return contended?.grant ?? null;
  giveBack(context, contended);
  return null;
}

function giveBack(context: Context, contended: Contended | null): void {
  if (contended?.grant) release(context, contended.grant, 'free');
}
