import type { Context } from '../engine/context.ts';
import type { FetchCause } from '../engine/count-fetch.ts';
import { fill } from '../engine/fill.ts';
import { type FetchUnderWay, type HeldLease, lead, type NoAnswer } from '../engine/lead.ts';
import type { Grant } from '../engine/lease.ts';
import { noteFailure } from '../engine/notes.ts';
import { takeBody, type Unshared } from '../engine/shared-body.ts';
import { formatEntityTag, strongEtagOf } from '../http/etag.ts';
import type { Draft, Entry } from '../store/wire.ts';
import { askAsColleague, hinting } from './hints.ts';
import type { OriginAnswer } from './origin.ts';
import { readSource } from './source.ts';
import type { ClassSubject } from './subject.ts';
import { templateMark } from './template-mark.ts';
import { hasTooManyTags, noteNotStorable, notStorable } from './value.ts';

/** How a fetch ended: what its leader and its followers can be told. */
export type ClassEnd =
  | { readonly is: 'entry'; readonly entry: Entry; readonly stored: boolean }
  | { readonly is: 'passing'; readonly answer: OriginAnswer & { readonly body: Uint8Array } }
  | Unshared
  | NoAnswer;

/** What only the leader can have: a body that is still coming. */
export interface ClassBegun {
  readonly is: 'begun';
  readonly answer: OriginAnswer;
  readonly body: ReadableStream<Uint8Array>;
  /** Admitted; whether the fill succeeds is not known yet. */
  readonly stored: boolean;
}

/** One fetch of a class, which stores under `grant`. */
export function fetchClass(
  context: Context,
  subject: ClassSubject,
  grant: Grant | null,
  cause: FetchCause = 'miss',
): FetchUnderWay<ClassBegun, ClassEnd> {
  return lead<ClassBegun, ClassEnd>(context, grant, {
    bulkhead: context.isolate.bulkhead,
    tenant: tenantOf(subject),
    label: { className: subject.className },
    cause,
    sharesUnstored: true,
    fetch: async (held, tellBegun) => {
      const { clock, colleagues } = context.isolate;
      const fetchedMs = clock.now();
      const around = colleagues ? hinting(context, subject, held.label) : undefined;
      const answer = await readSource(context, subject, held.label, around);
      if (answer.is === 'failed') return answer;
      return finishClass({ context, subject, held, answer, fetchedMs, cause }, tellBegun);
    },
  });
}

/** The tenant whose share of the bulkhead a fetch takes. */
export const tenantOf = ({ owner }: Pick<ClassSubject, 'owner'>): string => owner?.tenant ?? '@public';

/** An answer whose body is still to be read. */
interface FetchedAnswer {
  readonly context: Context;
  readonly subject: ClassSubject;
  readonly held: HeldLease;
  readonly answer: OriginAnswer;
  readonly fetchedMs: number;
  readonly cause: FetchCause;
}

/** Reads the body, and what becomes of it: all of it first, or passed on as it comes. */
function finishClass(fetched: FetchedAnswer, tellBegun: (first: ClassBegun) => void): Promise<ClassEnd> {
  const { context, subject, held, answer, fetchedMs } = fetched;
  const { body, length } = answer;
  if (answer.isCut) noteFailure(context.notes, held.label, 'pass-headers-too-large');
  const { clock, bounds, meter } = context.isolate;
  if (body instanceof Uint8Array) {
    // A loader's value, which stands for what it was made of.
    meter.add('origin_bytes', body.length, subject.className);
    return finishBytes(fetched, body, false);
  }
  const { maxBytes, value, storeWhen } = subject.cls;
  // A class that looks at the value before it stores waits for all of it, within its bound; so does a small body.
  const looksAtValue = value !== undefined || storeWhen !== undefined;
  const mustComplete = looksAtValue || (length !== undefined && length <= bounds.readFirstBytes);
  return takeBody<ClassEnd>(
    context,
    held,
    { body, length },
    {
      patience: {
        bytes: looksAtValue ? Math.max(maxBytes, bounds.readFirstBytes) : bounds.readFirstBytes,
        ms: mustComplete ? fetchedMs + bounds.originMs - clock.now() : bounds.valueReadFirstMs,
      },
      mustComplete,
      collectBytes: maxBytes,
      idleMs: bounds.idleMs,
      joinedWaitMs: fetchedMs + bounds.originMs - clock.now(),
      complete: (bytes, isPassedOn) => finishBytes(fetched, bytes, isPassedOn),
      tellBegun: (rest, isTooLarge) => {
        if (isTooLarge) noteFailure(context.notes, held.label, 'too-large');
        const isRefused = isTooLarge || hasTooManyTags(subject.cls, answer.tags);
        const stored = answer.status === 200 && held.grant !== null && !isRefused;
        tellBegun({ is: 'begun', answer, body: rest, stored });
      },
    },
  );
}

/** The answer ends when the entry is in this isolate's memory, for whoever comes next. */
async function finishBytes(
  { context, subject, held, answer, fetchedMs, cause }: FetchedAnswer,
  bytes: Uint8Array,
  isPassedOn: boolean,
): Promise<ClassEnd> {
  if (answer.status !== 200) return { is: 'passing', answer: { ...answer, body: bytes } };
  const draft = await draftOf(context, subject, answer, bytes, fetchedMs, held.grant?.token ?? '');
  const entry: Entry = { ...draft, generations: new Map(), coding: 'identity', length: bytes.length };
  const refused = notStorable(subject.cls, answer.tags, bytes, subject.readsValue);
  if (refused !== null) noteNotStorable(context.notes, held.label, subject.cls, refused, bytes);
  const { grant } = held;
  if (refused !== null || !grant) return { is: 'entry', entry, stored: false };
  held.handToFill();
  const { inMemory, done } = fill(context, { subject, grant, draft, tags: answer.tags });
  context.waitUntil(done);
  // In the shadow the answer waits for nothing, and its origin is asked once.
  if (cause === 'pass') return { is: 'entry', entry, stored: true };
  if (context.isolate.colleagues) askAsColleague(context, subject, bytes);
  // Tags may be late: then Redis has the word first, and a small answer is not kept waiting for it.
  const mayBeLate = subject.tagsFromAnswer && answer.tags.length > 0;
  if (isPassedOn || !mayBeLate) await inMemory;
  return { is: 'entry', entry, stored: true };
}

/** A complete 200 as an entry that is still to be written; `fillToken` tells it from other fills of its key. */
export async function draftOf(
  { isolate, identity }: Context,
  { cls, names }: ClassSubject,
  { status, headers, etag }: OriginAnswer,
  body: Uint8Array,
  fetchedMs: number,
  fillToken: string,
): Promise<Draft> {
  return {
    fillToken: fillToken + templateMark(cls),
    fullKey: names.fullKey,
    principal: identity?.principal ?? { tenant: '', user: '' },
    status,
    headers,
    etag: formatEntityTag(etag ?? (await strongEtagOf(body))),
    fetchedMs,
    fetchMs: isolate.clock.now() - fetchedMs,
    ttlMs: cls.ttlMs,
    body,
  };
}
