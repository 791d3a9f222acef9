import { formatEntityTag, strongEtagOf } from '../http/etag.ts';
import { type HeaderList, writtenHeaders } from '../http/headers.ts';
import type { Purge } from '../store/port.ts';
import { writeEntry } from '../store/wire.ts';
import type { Asking } from './asking.ts';
import { collect, discard } from './collect.ts';
import { type Answer, answerOf, type FetchFailed, failureOf } from './fetch.ts';
import { generationMsOf, lifeMsOf } from './fill.ts';
import { split } from './lead.ts';
import type { Served } from './served.ts';
import { isStorable } from './storable.ts';
import { askStore } from './store-call.ts';
import { requestOrigin, type Subject, tenantOf } from './subject.ts';

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
export function write(asking: Asking, subject: Subject, sent: Write): Promise<Served> {
  const done = writeAndPurge(asking, subject, sent);
  // A client that goes away ends its request, never a purge that is owed.
  asking.waitUntil(done.catch(() => {}));
  return done;
}

async function writeAndPurge(asking: Asking, subject: Subject, sent: Write): Promise<Served> {
  const { isolate } = asking;
  const captured = subject.cls.writeThrough === 'store' ? await capture(asking, subject) : null;
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
    const answered = await send(asking, subject, sent);
    if (answered.is === 'failed') {
      // It may have been carried out all the same: what depends on it must not be served any longer.
      const purged = await purgeOrRetry(asking, subject, undefined);
      if (answered.status === undefined) asking.waitUntil(purgeAgain(asking, subject));
      const detail = purged ? answered.code : 'purge-pending';
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
    if (status >= 400) return { ...said, outcome: { ...outcome, fwdStatus: status } };
    const store =
      captured && status === 200
        ? await representation(asking, subject, answered, captured, fetchedMs)
        : undefined;
    const purged = await purgeOrRetry(asking, subject, store);
    const pending = purged ? {} : { detail: 'purge-pending' };
    return { ...said, outcome: { ...outcome, fwdStatus: status, stored: purged === 'stored', ...pending } };
  } finally {
    leave();
  }
}

/** Generations as they are before the write is sent; null when the store cannot be asked, and then nothing is stored. */
async function capture(asking: Asking, subject: Subject): Promise<[string, string][] | null> {
  const { isolate } = asking;
  const { names, cls } = subject;
  const lock = await isolate.names.lock(cls, names.fullKey);
  const leased = await askStore(asking, () =>
    isolate.store.lease({
      key: names.key,
      lock,
      generations: names.generations,
      token: isolate.nonce(),
      takeLock: false,
      lockMs: 0,
      generationMs: generationMsOf(asking, subject),
    }),
  );
  return leased && names.generations.map((name, i) => [name, leased.generations[i]!]);
}

interface Written extends Answer {
  /** Null when larger than the class stores; the body is then still coming. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  /** For this client, beside what an entry may keep. */
  readonly passed: HeaderList;
}

async function send(
  asking: Asking,
  { cls, params, owner }: Subject,
  { method, headers, body }: Write,
): Promise<Written | FetchFailed> {
  const { isolate, notes } = asking;
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
    const answered = answerOf(response);
    if (answered.is === 'failed') return answered;
    const { status, length } = answered;
    const passed = writtenHeaders(response.headers);
    const { body: toStore, toClient } = split(answered);
    const bytes = await collect({ body: toStore, length }, cls.maxBytes);
    if (bytes === 'too-large') return { ...answered, passed, body: toClient, bytes: null };
    discard(toClient);
    if (bytes === 'truncated') return { is: 'failed', code: 'origin-failed', status, why: bytes };
    return { ...answered, passed, body: bytes, bytes };
  } catch (error) {
    return failureOf(error);
  } finally {
    notes.originMs += isolate.clock.now() - fromMs;
  }
}

/** The answer as an entry for the purge's script; undefined when the class refuses it. */
async function representation(
  asking: Asking,
  subject: Subject,
  answered: Written,
  captured: [string, string][],
  fetchedMs: number,
): Promise<Purge['store']> {
  const { isolate, notes, identity } = asking;
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
    generationMs: generationMsOf(asking, subject),
  };
}

/** How often and when a purge that failed after a write is tried again, in milliseconds. */
const RETRY_AFTER_MS = [200, 1_000, 5_000, 15_000];

/**
 * When to purge again after a write that the origin may still be carrying out: the later steps of the retries. The
 * platform keeps background work for 30 s.
 */
const AGAIN_AFTER_MS = RETRY_AFTER_MS.slice(2);

/** Purges now, past breaker and all; if that fails, again in the background: the write stands in any case. */
async function purgeOrRetry(
  asking: Asking,
  subject: Subject,
  store: Purge['store'],
): Promise<'stored' | 'purged' | null> {
  // One id for all tries: the store then knows whether one whose answer was lost had been applied.
  const id = asking.isolate.nonce();
  const purged = await purge(asking, subject, id, store);
  if (purged === null) asking.waitUntil(retryPurge(asking, subject, id));
  return purged;
}

async function retryPurge(asking: Asking, subject: Subject, id: string): Promise<void> {
  for (const ms of RETRY_AFTER_MS) {
    await asking.isolate.clock.sleep(ms);
    if (await purge(asking, subject, id, undefined)) return;
  }
  asking.notes.events.add('purge-lost');
}

/** A read may refill the older value after the first purge and before the origin commits. Each is a purge of its own. */
async function purgeAgain(asking: Asking, subject: Subject): Promise<void> {
  const { isolate, notes } = asking;
  let purged: Awaited<ReturnType<typeof purge>> = null;
  for (const ms of AGAIN_AFTER_MS) {
    await isolate.clock.sleep(ms);
    purged = await purge(asking, subject, isolate.nonce(), undefined);
    if (purged !== null) notes.events.add('purged-again');
  }
  if (purged === null) notes.events.add('purge-lost');
}

/** What a write changes: the class's own tags, never its whole tenant. */
async function purge(
  asking: Asking,
  { cls, params, owner, names }: Subject,
  id: string,
  store: Purge['store'],
): Promise<'stored' | 'purged' | null> {
  const { isolate, notes } = asking;
  const generations = await Promise.all(cls.tagsOf(params).map((tag) => isolate.names.tag(owner, tag)));
  // Before and after: what this isolate holds must not outlive the purge, nor a reply that is under way.
  isolate.l1.purge(generations);
  const fromMs = isolate.clock.now();
  notes.redisRequests += 1;
  try {
    const { applied, stored } = await isolate.store.purge({
      receipt: isolate.names.receipt(id),
      receiptValue: JSON.stringify({ purge_id: id, source: 'write-through', key: names.fullKey }),
      receiptMs: isolate.bounds.receiptMs,
      mode: 'hard',
      nowMs: fromMs,
      generations,
      last: isolate.names.last(owner),
      nonce: isolate.nonce(),
      ...(store && { store }),
    });
    return applied === 'deleted' ? null : stored ? 'stored' : 'purged';
  } catch {
    notes.events.add('purge-failed');
    return null;
  } finally {
    isolate.l1.purge(generations);
    notes.redisMs += isolate.clock.now() - fromMs;
  }
}
