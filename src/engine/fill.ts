import type { Fill } from '../store/port.ts';
import { type Draft, encodeEntry } from '../store/wire.ts';
import { PUBLIC_TENANT } from '../strategy/key.ts';
import type { Context } from './context.ts';
import type { L1Copy } from './l1.ts';
import { type Grant, generationMsOf, release } from './lease.ts';
import { callStore } from './store-call.ts';
import { lateKeyOf, type Subject } from './subject.ts';

/** What is filled, under a grant. */
export interface FillInput {
  readonly subject: Subject;
  readonly grant: Grant;
  readonly draft: Draft;
  /** Tags that the answer names, raw. */
  readonly tags: readonly string[];
  /** How long Redis keeps the entry. Default: as its subject says of all. */
  readonly lifeMs?: number;
  /** How this entry and those beside it are told apart. */
  readonly beside?: Fill['beside'];
}

/** Neither promise rejects. */
export interface Filling {
  /** The next request of this isolate finds it, unless it was refused. */
  readonly inMemory: Promise<void>;
  readonly done: Promise<void>;
}

/**
 * Writes the entry, into isolate memory at once (as new as the lease) and into Redis, where the script has the last
 * word: a purge since the lease discards it, or makes it stale where it was soft. One whose tags nobody has captured is in memory only after that.
 */
export function fill(context: Context, input: FillInput): Filling {
  const inMemory = Promise.withResolvers<void>();
  const done = runFill(context, input, inMemory.resolve)
    .catch(() => {
      context.notes.noted.add('fill-failed');
      context.isolate.meter.add('fills', 1, input.subject.className, 'failed');
      // Nothing comes that is worth a wait; if Redis has carried it out all the same, the lock is not this grant's any more.
      release(context, input.grant, 'free');
    })
    .finally(inMemory.resolve);
  return { inMemory: inMemory.promise, done };
}

async function runFill(
  context: Context,
  { subject, grant, draft, tags, beside, lifeMs = subject.lifeMs }: FillInput,
  tellInMemory: () => void,
): Promise<void> {
  const { isolate, notes } = context;
  const { l1 } = isolate;
  const encoded = await encodeEntry(draft);
  const { captured, uncaptured } = await generationsOf(context, subject, grant, tags);
  if (uncaptured.length === 0) {
    l1.set(encoded.withGenerations(captured), grant.leasedMs, grant.epoch);
    tellInMemory();
  }

  const { consistency, swrMs, sieMs } = subject.windowsOf(encoded.withGenerations(captured));
  const sentMs = isolate.clock.now();
  const { epoch } = l1;
  const filled = await callStore(context, async () =>
    isolate.store.fill({
      key: subject.names.key,
      lock: grant.lock,
      token: grant.token,
      captured: [...captured],
      mustBeCurrent: consistency === 'strict' || (swrMs === 0 && sieMs === 0),
      ...(uncaptured.length > 0 && {
        uncaptured: {
          generationNames: uncaptured,
          lastName: subject.names.lastName!,
          capturedLast: grant.last ?? '',
          namesKey: await lateKeyOf(context, subject),
        },
      }),
      entryParts: encoded.parts,
      ...(beside && { beside }),
      lifeMs,
      generationMs: generationMsOf(context, lifeMs),
    }),
  );
  if (!filled) throw new Error('no answer');
  if (filled.stored) {
    const created = uncaptured.map((name, i) => [name, filled.created[i]!] as const);
    const entry = encoded.withGenerations(new Map([...captured, ...created]));
    let validity: L1Copy['validity'] = sentMs;
    // When the first of them came is not known here: at the earliest with the fetch.
    if (!filled.current) validity = { sinceMs: draft.fetchedMs, askedMs: sentMs }; // guard: fill-current
    l1.set(entry, validity, epoch);
    const { meter } = isolate;
    meter.add('fills', 1, subject.className, filled.current ? 'stored' : 'stale');
    meter.names.fill(entry, subject.owner?.tenant ?? PUBLIC_TENANT);
    if (!filled.current) notes.noted.add('fill-stale');
    return;
  }
  notes.noted.add(`fill-${filled.refusal}`);
  isolate.meter.add('fills', 1, subject.className, filled.refusal);
  // Purged meanwhile: nobody may have it. Otherwise it stays as good as its lease found it.
  if (filled.refusal !== 'lease-lost') l1.drop(subject.names.fullKey);
}

/** What the entry names: the declared generations, and the answer's tags, told apart by whether the lease captured them. */
async function generationsOf(
  { isolate }: Context,
  { tagsFromAnswer, owner, names }: Subject,
  grant: Grant,
  answerTags: readonly string[],
) {
  const captured = new Map(names.generationNames.map((name) => [name, grant.captured.get(name)!]));
  const uncaptured: string[] = [];
  for (const tag of tagsFromAnswer ? answerTags : []) {
    const name = await isolate.names.tag(owner, tag);
    const generation = grant.captured.get(name);
    if (generation !== undefined) captured.set(name, generation);
    else if (!uncaptured.includes(name)) uncaptured.push(name);
  }
  return { captured, uncaptured };
}
