import type { Fill } from '../store/port.ts';
import { type Draft, writeEntry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { callStore } from './store-call.ts';
import type { Subject } from './subject.ts';

/** A lease in hand, and what it captured. */
export interface Grant {
  readonly lock: string;
  readonly token: string;
  /** Before LEASE was sent, and the local epoch then: what it captured was current at least until that moment. */
  readonly leasedMs: number;
  readonly epoch: number;
  readonly captured: ReadonlyMap<string, string>;
  readonly last: string | null;
}

/** How long generations must live, so that no entry that names them outlives them. */
export const generationMsOf = ({ isolate: { bounds } }: Context, lifeMs: number): number =>
  bounds.leaseMs + lifeMs + bounds.generationMarginMs;

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
  readonly rule?: Fill['rule'];
}

/** Neither promise rejects. */
export interface Filling {
  /** The next request of this isolate finds it, unless it was refused. */
  readonly inMemory: Promise<void>;
  readonly done: Promise<void>;
}

/**
 * Writes the entry, into isolate memory at once (as new as the lease) and into Redis, where the script has the last
 * word: a purge since the lease discards it. One whose tags nobody has captured is in memory only after that.
 */
export function fill(context: Context, input: FillInput): Filling {
  const inMemory = Promise.withResolvers<void>();
  const done = runFill(context, input, inMemory.resolve)
    .catch(() => void context.notes.events.add('fill-failed'))
    .finally(inMemory.resolve);
  return { inMemory: inMemory.promise, done };
}

async function runFill(
  context: Context,
  { subject, grant, draft, tags, rule, lifeMs = subject.lifeMs }: FillInput,
  tellInMemory: () => void,
): Promise<void> {
  const { isolate, notes } = context;
  const { l1 } = isolate;
  const written = await writeEntry(draft);
  const { captured, late } = await generationsOf(context, subject, grant, tags);
  if (late.length === 0) {
    l1.set(written.withGenerations(captured), grant.leasedMs, grant.epoch);
    tellInMemory();
  }

  const sentMs = isolate.clock.now();
  const { epoch } = l1;
  const filled = await callStore(context, async () =>
    isolate.store.fill({
      key: subject.names.key,
      lock: grant.lock,
      token: grant.token,
      captured: [...captured],
      ...(late.length > 0 && {
        late: {
          generations: late,
          last: subject.names.last!,
          capturedLast: grant.last ?? '',
          names: await lateNameOf(context, subject),
        },
      }),
      entry: written.parts,
      ...(rule && { rule }),
      ttlMs: lifeMs,
      generationMs: generationMsOf(context, lifeMs),
    }),
  );
  if (filled?.stored) {
    const created = late.map((name, i) => [name, filled.lateGenerations[i]!] as const);
    l1.set(written.withGenerations(new Map([...captured, ...created])), sentMs, epoch);
    return;
  }
  notes.events.add(`fill-${filled?.why ?? 'failed'}`);
  // Purged meanwhile: nobody may have it. Otherwise it stays as good as its lease found it.
  if (filled && filled.why !== 'lease-lost') l1.drop(subject.names.fullKey);
}

/** Generations that the entry names: the declared ones, and of the answer's tags those captured at LEASE or not (late). */
async function generationsOf(
  { isolate }: Context,
  { tagsFromAnswer, owner, names }: Subject,
  grant: Grant,
  answerTags: readonly string[],
) {
  const captured = new Map(names.generations.map((name) => [name, grant.captured.get(name)!]));
  const late: string[] = [];
  for (const tag of tagsFromAnswer ? answerTags : []) {
    const name = await isolate.names.tag(owner, tag);
    const generation = grant.captured.get(name);
    if (generation !== undefined) captured.set(name, generation);
    else if (!late.includes(name)) late.push(name);
  }
  return { captured, late };
}

/** Where the names of late tags stand, when their fill was refused. */
export const lateNameOf = ({ isolate }: Context, { className, names }: Subject): Promise<string> =>
  isolate.names.late(className, names.fullKey);

/** What stands in the lock's place: nothing, or for a while a marker, so that nobody waits in line for what is not stored. */
export type Marker = 'free' | 'fetch-directly';

export function release(context: Context, { lock, token }: Grant, marker: Marker): void {
  const { store, bounds } = context.isolate;
  let directMs = 0;
  if (marker === 'fetch-directly') directMs = bounds.directMs; // guard: direct-marker
  context.waitUntil(callStore(context, () => store.release({ lock, token, directMs })));
}
