import type { Fill } from '../store/port.ts';
import { type Draft, writeEntry } from '../store/wire.ts';
import type { Asking } from './context.ts';
import { askStore } from './store-call.ts';
import type { Subject } from './subject.ts';

/** A lease in hand, and what it captured. */
export interface Grant {
  readonly lock: string;
  readonly token: string;
  /** Before LEASE was sent, and the local epoch then: what it captured was current at least until that moment. */
  readonly askedMs: number;
  readonly epoch: number;
  readonly captured: ReadonlyMap<string, string>;
  readonly last: string | null;
}

/** What Redis needs to live as long as any entry that can name it. */
export function generationMsOf(
  { isolate: { bounds } }: Asking,
  { cls }: Subject,
  lifeMs = lifeMsOf({ cls }),
): number {
  return bounds.leaseMs + lifeMs + bounds.generationMarginMs;
}

export const lifeMsOf = ({ cls }: Pick<Subject, 'cls'>) => cls.ttlMs + Math.max(cls.swrMs, cls.sieMs);

/** Where an entry says itself what the class says elsewhere. */
export interface FillOptions {
  /** How long Redis keeps the entry. Default: by the class. */
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
export function fillEntry(
  asking: Asking,
  subject: Subject,
  grant: Grant,
  draft: Draft,
  answerTags: readonly string[],
  options: FillOptions = {},
): Filling {
  const kept = Promise.withResolvers<void>();
  const done = run(asking, subject, grant, draft, answerTags, options, kept.resolve)
    .catch(() => void asking.notes.events.add('fill-failed'))
    .finally(kept.resolve);
  return { inMemory: kept.promise, done };
}

async function run(
  asking: Asking,
  subject: Subject,
  grant: Grant,
  draft: Draft,
  answerTags: readonly string[],
  { lifeMs = lifeMsOf(subject), rule }: FillOptions,
  kept: () => void,
): Promise<void> {
  const { isolate, notes } = asking;
  const written = await writeEntry(draft);
  const { captured, late } = await namesOf(asking, subject, grant, answerTags);
  if (late.length === 0) {
    isolate.l1.keep(written.withGenerations(captured), grant.askedMs, grant.epoch);
    kept();
  }

  const askedMs = isolate.clock.now();
  const { epoch } = isolate.l1;
  const filled = await askStore(asking, async () =>
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
          names: await lateName(asking, subject),
        },
      }),
      entry: written.parts,
      ...(rule && { rule }),
      ttlMs: lifeMs,
      generationMs: generationMsOf(asking, subject, lifeMs),
    }),
  );
  if (filled?.stored) {
    const generations = new Map([
      ...captured,
      ...late.map((name, i) => [name, filled.lateGenerations[i]!] as const),
    ]);
    isolate.l1.keep(written.withGenerations(generations), askedMs, epoch);
    return;
  }
  notes.events.add(`fill-${filled?.why ?? 'failed'}`);
  // Purged meanwhile: nobody may have it. Otherwise it stays as good as its lease found it.
  if (filled && filled.why !== 'lease-lost') isolate.l1.drop(subject.names.fullKey);
}

/** The tags that the entry names: the declared ones, and of the answer's those captured at LEASE or not (late). */
async function namesOf(
  { isolate }: Asking,
  { cls, owner, names }: Subject,
  grant: Grant,
  answerTags: readonly string[],
) {
  const captured = new Map(names.generations.map((name) => [name, grant.captured.get(name)!]));
  const late: string[] = [];
  for (const tag of cls.tagsFromAnswer ? answerTags : []) {
    const name = await isolate.names.tag(owner, tag);
    const generation = grant.captured.get(name);
    if (generation !== undefined) captured.set(name, generation);
    else if (!late.includes(name)) late.push(name);
  }
  return { captured, late };
}

export const lateName = ({ isolate }: Asking, { cls, names }: Subject) =>
  isolate.names.late(cls, names.fullKey);

/** `fetch-directly`: leaves a marker for a while, so that nobody waits in line for what is not stored. */
export function release(asking: Asking, { lock, token }: Grant, then: 'free' | 'fetch-directly'): void {
  const { isolate } = asking;
  let directMs = 0;
  if (then === 'fetch-directly') directMs = isolate.bounds.directMs; // guard: direct-marker
  asking.waitUntil(askStore(asking, () => isolate.store.release({ lock, token, directMs })));
}
