import { type AfterWrite, changedBy, purgeAgain, purgeWritten } from '../engine/after-write.ts';
import { collect, discard } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { generationMsOf, lifeMsOf } from '../engine/fill.ts';
import type { Served } from '../engine/served.ts';
import { callStore } from '../engine/store-call.ts';
import { requestOrigin, type Subject, tenantOf } from '../engine/subject.ts';
import { parseCacheGroups } from '../http/cache-groups.ts';
import { formatEntityTag, strongEtagOf } from '../http/etag.ts';
import { type HeaderList, writtenHeaders } from '../http/headers.ts';
import type { Purge } from '../store/port.ts';
import { writeEntry } from '../store/wire.ts';
import { split } from './lead.ts';
import { type Answer, answerOf, type FetchFailed, failureOf } from './origin.ts';
import { isStorable } from './value.ts';

/** The write as the client sent it. */
export interface Write {
  readonly method: string;
  /** Those that go on to the origin. */
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
}

/**
 * Write-through: the origin's success is followed by a hard purge, applied before the answer leaves. Where the class
 * says that the answer is the new representation, the purge's script stores it, unless another write overtook this one.
 */
export function write(context: Context, subject: Subject, sent: Write): Promise<Served> {
  const done = writeAndPurge(context, subject, sent);
  // A client that goes away ends its request, never a purge that is owed.
  context.waitUntil(done.catch(() => {}));
  return done;
}

async function writeAndPurge(context: Context, subject: Subject, sent: Write): Promise<Served> {
  const { isolate } = context;
  const changed = changedBy(subject);
  const captured = subject.cls.writeThrough === 'store' ? await capture(context, subject) : null;
  const leave = isolate.bulkhead.enter(tenantOf(subject.owner));
  const outcome = { kind: 'fwd', fwd: 'method', stored: false } as const;
  if (!leave)
    return {
      is: 'problem',
      code: 'overloaded',
      why: 'bulkhead full',
      outcome: { ...outcome, detail: 'overloaded' },
    };
  try {
    const fetchedMs = isolate.clock.now();
    const answered = await send(context, subject, sent);
    if (answered.is === 'failed') {
      // It may have been carried out all the same: what depends on it must not be served any longer.
      const purged = await purgeWritten(context, changed, answered.groups);
      if (answered.status === undefined) context.waitUntil(purgeAgain(context, changed));
      const detail = detailOf[purged] ?? answered.code;
      const { status, code, why } = answered;
      const is5xx = status !== undefined && status >= 500;
      return {
        is: 'problem',
        code,
        why,
        ...(is5xx && { status }),
        outcome: { ...outcome, detail, ...(status !== undefined && { fwdStatus: status }) },
      };
    }
    const { status, passed, etag, body } = answered;
    const said = { is: 'passing', status, headers: passed, etag, body } as const;
    if (status >= 400 && answered.groups.length === 0)
      return { ...said, outcome: { ...outcome, fwdStatus: status } };
    const store =
      captured && status === 200
        ? await representation(context, subject, answered, captured, fetchedMs)
        : undefined;
    const purged = await purgeWritten(context, changed, answered.groups, store);
    const detail = detailOf[purged];
    return {
      ...said,
      outcome: { ...outcome, fwdStatus: status, stored: purged === 'stored', ...(detail && { detail }) },
    };
  } finally {
    leave();
  }
}

/** What the caller is told of a purge that was not applied before the answer. */
export const detailOf: Partial<Record<AfterWrite, string>> = {
  queued: 'purge-queued',
  pending: 'purge-pending',
};

/** Generations as they are before the write is sent; null when the store cannot be asked, and then nothing is stored. */
async function capture(context: Context, subject: Subject): Promise<[string, string][] | null> {
  const { isolate } = context;
  const { names, cls } = subject;
  const lock = await isolate.names.lock(cls, names.fullKey);
  const leased = await callStore(context, () =>
    isolate.store.lease({
      key: names.key,
      lock,
      generations: names.generations,
      token: isolate.nonce(),
      takeLock: false,
      lockMs: 0,
      generationMs: generationMsOf(context, subject),
    }),
  );
  return leased && names.generations.map((name, i) => [name, leased.generations[i]!]);
}

/** RFC 9875 §3: groups that the origin says are to be invalidated, whatever its status; too many to tell apart are all. */
interface Groups {
  readonly groups: readonly string[] | 'all';
}

interface Written extends Answer, Groups {
  /** Null when larger than the class stores; the body is then still coming. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  /** For this client, beside what an entry may keep. */
  readonly passed: HeaderList;
}

async function send(
  context: Context,
  { cls, params, owner }: Subject,
  { method, headers, body }: Write,
): Promise<Written | (FetchFailed & Groups)> {
  const { isolate, notes } = context;
  let groups: Groups['groups'] = [];
  const fromMs = isolate.clock.now();
  notes.originRequests += 1;
  try {
    const response = await requestOrigin(
      isolate.origin,
      owner,
      cls.originPath(params, owner ?? { tenant: '', user: '' }),
      {
        method,
        body,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        signal: AbortSignal.timeout(isolate.bounds.originMs),
      },
    );
    groups = groupsToInvalidate(context, response.headers);
    const answered = answerOf(response);
    if (answered.is === 'failed') return { ...answered, groups };
    const { status, length } = answered;
    const passed = writtenHeaders(response.headers);
    const { body: toStore, toClient } = split(answered);
    const bytes = await collect({ body: toStore, length }, cls.maxBytes);
    if (bytes === 'too-large') return { ...answered, groups, passed, body: toClient, bytes: null };
    discard(toClient);
    if (bytes === 'truncated') return { is: 'failed', code: 'origin-failed', status, why: bytes, groups };
    return { ...answered, groups, passed, body: bytes, bytes };
  } catch (error) {
    return { ...failureOf(error), groups };
  } finally {
    notes.originMs += isolate.clock.now() - fromMs;
  }
}

/** What cannot be read purges nothing; it is noted, because the origin meant something. */
export function groupsToInvalidate({ notes }: Context, headers: Pick<Headers, 'get'>): Groups['groups'] {
  const groups = parseCacheGroups(headers.get('Cache-Group-Invalidation'));
  if (groups === 'too-many') return 'all';
  if (groups !== 'malformed') return groups;
  notes.events.add('cache-group-invalidation-malformed');
  return [];
}

/** The answer as an entry for the purge's script; undefined when the class refuses it. */
async function representation(
  context: Context,
  subject: Subject,
  answered: Written,
  captured: [string, string][],
  fetchedMs: number,
): Promise<Purge['store']> {
  const { isolate, notes, identity } = context;
  const { cls, names } = subject;
  const { bytes, headers, etag } = answered;
  const refused = bytes === null ? 'too-large' : isStorable(cls, answered, bytes);
  if (refused !== null) notes.events.add(refused);
  if (refused !== null || bytes === null || !identity) return undefined;
  const { parts } = await writeEntry({
    fill: isolate.nonce(),
    key: names.fullKey,
    principal: identity.principal,
    status: 200,
    headers: headers.map(([name, value]) => [name, value]),
    etag: formatEntityTag(etag ?? (await strongEtagOf(bytes))),
    fetchedMs,
    fetchMs: isolate.clock.now() - fetchedMs,
    ttlMs: cls.ttlMs,
    body: bytes,
  });
  return {
    key: names.key,
    captured,
    entry: parts,
    ttlMs: lifeMsOf(subject),
    generationMs: generationMsOf(context, subject),
  };
}
