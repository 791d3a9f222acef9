import { formatEntityTag, strongEtagOf } from '../http/etag.ts';
import type { Purge } from '../store/port.ts';
import { writeEntry } from '../store/wire.ts';
import type { Asking } from './asking.ts';
import { collect } from './collect.ts';
import { type Answer, answerOf, type FetchFailed, failureOf } from './fetch.ts';
import { generationMsOf, lifeMsOf } from './fill.ts';
import type { Served } from './served.ts';
import { isStorable } from './storable.ts';
import { askStore } from './store-call.ts';
import { requestOrigin, type Subject, tenantOf } from './subject.ts';

/** The write as the client sent it. */
export interface Write {
  readonly method: string;
  readonly contentType: string | null;
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
    const { status, headers, etag, bytes } = answered;
    const said = { is: 'passing', status, headers, etag, body: bytes } as const;
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

type Written = (Answer & { readonly bytes: Uint8Array<ArrayBuffer> }) | FetchFailed;

async function send(
  asking: Asking,
  { cls, params, owner }: Subject,
  { method, contentType, body }: Write,
): Promise<Written> {
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
        headers: contentType === null ? {} : { 'Content-Type': contentType },
        signal: AbortSignal.timeout(isolate.bounds.originMs),
      },
    );
    const answered = answerOf(response);
    if (answered.is === 'failed') return answered;
    const bytes = await collect(answered, cls.maxBytes);
    if (typeof bytes === 'string') return { is: 'failed', code: 'origin-failed', why: bytes };
    return { ...answered, bytes };
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
  answered: Answer & { readonly bytes: Uint8Array<ArrayBuffer> },
  captured: [string, string][],
  fetchedMs: number,
): Promise<Purge['store']> {
  const { isolate, notes, identity } = asking;
  const { cls, names } = subject;
  const { bytes, headers, etag } = answered;
  const refused = isStorable(cls, answered, bytes);
  if (refused !== null) notes.events.add(refused);
  if (refused !== null || !identity) return undefined;
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

/** Purges now, past breaker and all; if that fails, again in the background: the write stands in any case. */
async function purgeOrRetry(
  asking: Asking,
  subject: Subject,
  store: Purge['store'],
): Promise<'stored' | 'purged' | null> {
  const purged = await purge(asking, subject, store);
  if (purged === null) asking.waitUntil(retryPurge(asking, subject));
  return purged;
}

async function retryPurge(asking: Asking, subject: Subject): Promise<void> {
  for (const ms of RETRY_AFTER_MS) {
    await asking.isolate.clock.sleep(ms);
    if (await purge(asking, subject, undefined)) return;
  }
  asking.notes.events.add('purge-lost');
}

/** What a write changes: the class's own tags, never its whole tenant. */
async function purge(
  asking: Asking,
  { cls, params, owner, names }: Subject,
  store: Purge['store'],
): Promise<'stored' | 'purged' | null> {
  const { isolate, notes } = asking;
  const generations = await Promise.all(cls.tagsOf(params).map((tag) => isolate.names.tag(owner, tag)));
  // Before and after: what this isolate holds must not outlive the purge, nor a reply that is under way.
  isolate.l1.purge(generations);
  const fromMs = isolate.clock.now();
  const id = isolate.nonce();
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
