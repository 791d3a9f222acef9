import {
  type Changed,
  type ChangedGroups,
  changedGroups,
  detailAfterWrite,
  type EventOfWrite,
  purgeAfterWrite,
  purgeAgain,
  resultOfStoring,
} from '../engine/after-write.ts';
import { readFirst } from '../engine/body.ts';
import { type Context, within } from '../engine/context.ts';
import { countFailure, countFetch } from '../engine/count-fetch.ts';
import { generationMsOf } from '../engine/lease.ts';
import { type FetchLabel, noteFailure } from '../engine/notes.ts';
import { callOrigin, type FetchFailure, remarkOf, truncated } from '../engine/origin-call.ts';
import { decide } from '../engine/rollout.ts';
import { type ForwardCause, forwarded, type Served, servedNothing } from '../engine/served.ts';
import { callStore } from '../engine/store-call.ts';
import { passOn } from '../engine/stream.ts';
import { formatEntityTag } from '../http/etag.ts';
import { writtenHeaders } from '../http/headers.ts';
import type { HeaderList } from '../http/message.ts';
import type { Purge } from '../store/port.ts';
import { encodeEntry } from '../store/wire.ts';
import { draftOf, tenantOf } from './fetch.ts';
import { hintOf } from './hints.ts';
import { type OriginAnswer, originAnswerOf, requestOrigin } from './origin.ts';
import type { ClassSubject } from './subject.ts';
import { noteNotStorable, notStorable } from './value.ts';

/** The write as the client sent it. */
export interface Write {
  readonly method: string;
  /** Those that go on to the origin. */
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
  /** What it comes to beside its own tags. */
  readonly events: readonly EventOfWrite[];
}

/**
 * Write-through: the origin's success is followed by a hard purge, applied before the answer leaves. Where the class
 * says that the answer is the new representation, the purge's script stores it, unless another write overtook this one.
 */
export function write(context: Context, subject: ClassSubject, sent: Write): Promise<Served> {
  const done = writeWithinBulkhead(context, subject, sent);
  // A client that goes away ends its request, never a purge that is owed.
  context.waitUntil(done.catch(() => {}));
  return done;
}

const cause: ForwardCause = { fwd: 'method' };

async function writeWithinBulkhead(context: Context, subject: ClassSubject, sent: Write): Promise<Served> {
  const leave = context.isolate.bulkhead.enter(tenantOf(subject));
  countFetch(context, subject.className, 'write', leave);
  if (!leave) return servedNothing({ is: 'overloaded' }, cause);
  try {
    const captured = await captureByMode(context, subject);
    const fetchedMs = context.isolate.clock.now();
    const label: FetchLabel = { className: subject.className };
    const answer = await send(context, subject, label, sent);
    const changed = changedBy(subject, sent);
    if (answer.is === 'failed') {
      noteFailure(context.notes, label, remarkOf(answer));
      countFailure(context, subject.className, answer);
      return await afterFailure(context, changed, answer);
    }
    return await afterAnswer(context, subject, changed, answer, captured, fetchedMs);
  } finally {
    leave();
  }
}

type Captured = [string, string][] | null;

/**
 * What its answer is stored under; null: it is not. What a write changes is purged in every mode; for whom the cache is off nothing is stored, and
 * in the shadow writes wait for Redis as reads do: few of them, and not for long.
 */
async function captureByMode(context: Context, subject: ClassSubject): Promise<Captured> {
  const { cls, names } = subject;
  const { clock, bounds, random } = context.isolate;
  const { mode } = decide(context, cls, names.fullKey);
  if (cls.writeThrough !== 'store' || mode === 'off') return null;
  if (mode === 'on') return capture(context, subject);
  if (random() >= cls.rollout.fillShare) return null;
  return within(clock, bounds.shadowLeaseMs, capture(context, subject), null);
}

/** It may have been carried out all the same: what depends on it must not be served any longer. */
async function afterFailure(
  context: Context,
  changed: Changed,
  { groups, ...failure }: FetchFailure & Named,
): Promise<Served> {
  const purged = await purgeAfterWrite(context, changed, groups);
  if (failure.status === undefined) context.waitUntil(purgeAgain(context, changed));
  const problem = servedNothing(failure, cause);
  const detail = detailAfterWrite[purged] ?? problem.outcome.detail;
  return { ...problem, outcome: { ...problem.outcome, detail } };
}

async function afterAnswer(
  context: Context,
  subject: ClassSubject,
  changed: Changed,
  answer: WriteAnswer,
  captured: Captured,
  fetchedMs: number,
): Promise<Served> {
  const { status, headers, body, groups } = answer;
  const passing = { is: 'passing', status, headers, body } as const;
  // RFC 9111 §4.4: 2xx and 3xx are no errors; what they answer may have changed.
  if (status >= 400 && groups.length === 0)
    return { ...passing, outcome: forwarded(cause, { fwdStatus: status }) };
  const store =
    captured && status === 200
      ? await representation(context, subject, answer, captured, fetchedMs).catch(() => {
          context.notes.noted.add('fill-failed'); // the purge is owed all the same
          return undefined;
        })
      : undefined;
  // What was refused has changed nothing of its own; the groups are what the origin says all the same.
  const isChanged = status < 400;
  const purged = await purgeAfterWrite(
    context,
    isChanged ? changed : { ...changed, tags: [], events: [] },
    groups,
    store,
  );
  if (store) context.isolate.meter.add('fills', 1, subject.className, resultOfStoring(purged));
  const outcome = { fwdStatus: status, stored: purged === 'stored', detail: detailAfterWrite[purged] };
  return { ...passing, outcome: forwarded(cause, outcome) };
}

const changedBy = ({ cls, params, owner }: ClassSubject, { events }: Write): Changed => ({
  tags: cls.tagsOf(params),
  owner,
  settleMs: cls.settleMs,
  events,
});

/** Generations as they are before the write is sent; null when the store does not answer, and then nothing is stored. */
async function capture(context: Context, subject: ClassSubject): Promise<Captured> {
  const { isolate } = context;
  const { names, className, lifeMs } = subject;
  const lock = await isolate.names.lock(className, names.fullKey);
  const leased = await callStore(
    context,
    () =>
      isolate.store.lease({
        key: names.key,
        lock,
        generationNames: names.generationNames,
        token: isolate.nonce(),
        takeLock: false,
        lockMs: 0,
        generationMs: generationMsOf(context, lifeMs),
      }),
    { span: 'lease' },
  );
  return leased && names.generationNames.map((name, i) => [name, leased.generations[i]!]);
}

/** Groups that the origin names, whatever its status. */
interface Named {
  readonly groups: ChangedGroups;
}

interface WriteAnswer extends Named {
  readonly is: 'answer';
  readonly status: number;
  /** For this client: more than an entry may hold. */
  readonly headers: HeaderList;
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** As an entry would have it; null when larger than the class stores. */
  readonly storable: (OriginAnswer & { readonly body: Uint8Array }) | null;
}

async function send(
  context: Context,
  subject: ClassSubject,
  label: FetchLabel,
  { method, headers, body }: Write,
): Promise<WriteAnswer | (FetchFailure & Named)> {
  const { origin, bounds, clock } = context.isolate;
  const { cls, params, owner } = subject;
  const path = cls.originPath(params, owner ?? { tenant: '', user: '' });
  const untilMs = clock.now() + bounds.originMs;
  const list = headers.map(([name, value]): [string, string] => [name, value]);
  const response = await callOrigin(context, label, bounds.originMs, (signal, trace) =>
    requestOrigin(origin, label, owner, path, { method, body, headers: list, signal }, trace),
  );
  if ('is' in response) return { ...response, groups: [] };
  const groups = changedGroups(context, response.headers);
  // Only as it is stored it is for others.
  if (cls.writeThrough === 'store' && response.status === 200) hintOf(context, subject, label, response);
  // RFC 9110 §15.4.4: after a write 303 says where its outcome is, and the client goes there itself.
  const answer = originAnswerOf(response, cls, 'passed');
  if (answer.is === 'failed') return { ...answer, groups };
  const { status, etag, length } = answer;
  if (answer.isCut) noteFailure(context.notes, label, 'pass-headers-too-large');
  const tag = etag === null ? [] : [['etag', formatEntityTag(etag)] as const];
  const passed = {
    is: 'answer',
    status,
    headers: [...writtenHeaders(response.headers, cls.passHeaders), ...tag],
    groups,
  } as const;
  const patience = { bytes: cls.maxBytes, ms: untilMs - clock.now() };
  const first = await readFirst(clock, { body: response.body, length }, patience);
  const { className } = subject;
  if (first.is === 'complete') context.isolate.meter.add('origin_bytes', first.bytes.length, className);
  if (first.is === 'complete')
    return { ...passed, body: first.bytes, storable: { ...answer, body: first.bytes } };
  if (first.is === 'more' && !first.isSlow)
    return {
      ...passed,
      body: passOn(context, first, { className, length, idleMs: bounds.idleMs }),
      storable: null,
    };
  if (first.is === 'more') first.reader.cancel().catch(() => {});
  return { ...truncated(), status, groups };
}

/** The answer as an entry for the purge's script; undefined when the class refuses it. */
async function representation(
  context: Context,
  subject: ClassSubject,
  { storable }: WriteAnswer,
  captured: [string, string][],
  fetchedMs: number,
): Promise<Purge['entryToStore']> {
  const { isolate, notes, identity } = context;
  const { cls, names, lifeMs } = subject;
  const refused = storable === null ? 'too-large' : notStorable(cls, storable.tags, storable.body);
  const label = { className: cls.name, originPath: notes.originPath };
  if (refused !== null) noteNotStorable(notes, label, cls, refused, storable?.body);
  if (refused !== null || storable === null || !identity) return undefined;
  const draft = await draftOf(context, subject, storable, storable.body, fetchedMs, isolate.nonce());
  const { parts } = await encodeEntry(draft);
  return {
    key: names.key,
    captured,
    entryParts: parts,
    lifeMs,
    generationMs: generationMsOf(context, lifeMs),
  };
}
