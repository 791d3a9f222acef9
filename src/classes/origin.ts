import { bounds } from '../bounds.ts';
import { collect, discard } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { type OriginClient, requestOrigin, type Subject } from '../engine/subject.ts';
import { parseCacheGroups } from '../http/cache-groups.ts';
import { type EntityTag, parseEntityTag } from '../http/etag.ts';
import { type HeaderList, passedHeaders, storableHeaders } from '../http/headers.ts';

/** What the origin, or a loader, gave. */
export type Fetched = Answer | FetchFailed;

export interface Answer {
  readonly is: 'answer';
  readonly status: number;
  readonly headers: HeaderList;
  /** The origin's, if it sent one that can be kept. */
  readonly etag: EntityTag | null;
  /** Tags named by the answer, raw. */
  readonly tags: readonly string[];
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** As announced; unknown otherwise. */
  readonly length: number | undefined;
}

export interface FetchFailed {
  readonly is: 'failed';
  readonly code: 'origin-failed' | 'origin-timeout';
  /** The origin's, when it gave one. */
  readonly status?: number;
  readonly retryAfter?: string;
  /** For the log. */
  readonly why: string;
}

export async function fetchSubject(context: Context, subject: Subject): Promise<Fetched> {
  const { isolate, notes } = context;
  const signal = AbortSignal.timeout(isolate.bounds.originMs);
  const fromMs = isolate.clock.now();
  notes.originRequests += 1;
  try {
    return await (subject.load ? loadValue(context, subject, signal) : fetchAnswer(context, subject, signal));
  } catch (error) {
    return failureOf(error);
  } finally {
    notes.originMs += isolate.clock.now() - fromMs;
  }
}

async function fetchAnswer({ isolate }: Context, subject: Subject, signal: AbortSignal): Promise<Fetched> {
  const { cls, params, owner } = subject;
  const path = cls.originPath(params, owner ?? { tenant: '', user: '' });
  return answerOf(await requestOrigin(isolate.origin, owner, path, { signal }));
}

/** It does not accept the edge: the caller, whom the edge has verified, can do nothing about it. */
const refusesTheEdge = (status: number) => status === 401 || status === 407;

/** 5xx, redirects and a refusal of the edge itself are failures; every other status is the origin's answer. */
export function answerOf(response: Response): Fetched {
  const { status, headers, body } = response;
  if (status >= 500 || (status >= 300 && status < 400) || refusesTheEdge(status)) {
    discard(body);
    const retryAfter = headers.get('Retry-After');
    return {
      is: 'failed',
      code: 'origin-failed',
      status,
      why: refusesTheEdge(status) ? `status ${status}: is ORIGIN_SECRET right?` : `status ${status}`,
      ...(retryAfter !== null && { retryAfter }),
    };
  }
  const length =
    headers.get('Content-Encoding') === null
      ? Number(headers.get('Content-Length') ?? Number.NaN)
      : Number.NaN;
  return {
    is: 'answer',
    status,
    headers: status === 200 ? storableHeaders(headers) : passedHeaders(headers),
    etag: parseEntityTag(headers.get('ETag') ?? ''),
    tags: tagsNamedBy(headers),
    body,
    length: Number.isSafeInteger(length) ? length : undefined,
  };
}

/** `Cache-Tag` parts names by commas, `Surrogate-Key` and `xkey` by spaces; `Cache-Groups` (RFC 9875 §2) is a list of strings. */
export function tagsNamedBy(headers: Pick<Headers, 'get'>, ofGroup = (name: string) => name): string[] {
  const groups = parseCacheGroups(headers.get('Cache-Groups'));
  const cacheTags = (headers.get('Cache-Tag') ?? '').split(',');
  const surrogateKeys = ['Surrogate-Key', 'xkey'].flatMap((name) => (headers.get(name) ?? '').split(/[ ,]/));
  const named = [...cacheTags, ...surrogateKeys].map((tag) => tag.trim());
  return [...named, ...groupTags(groups).map(ofGroup)].filter((tag) => tag !== '');
}

/** Too many are more than any entry may name, so that it is not stored. */
function groupTags(groups: ReturnType<typeof parseCacheGroups>): readonly string[] {
  if (groups === 'malformed') return [];
  return groups === 'too-many'
    ? Array.from({ length: bounds.tagsPerEntry }, (_, i) => `too-many-${i}`)
    : groups;
}

async function loadValue(context: Context, subject: Subject, signal: AbortSignal): Promise<Fetched> {
  const tags: string[] = [];
  try {
    const value = await withDeadline(
      subject.load!({
        params: subject.params,
        identity: subject.owner,
        origin: originClient(context, subject, signal),
        tag: (name) => void tags.push(name),
      }),
      signal,
    );
    const body = new TextEncoder().encode(JSON.stringify(value ?? null));
    const headers = [['content-type', 'application/json']] as const;
    return { is: 'answer', status: 200, headers, etag: null, tags, body, length: body.length };
  } catch (error) {
    if (error instanceof NotTheValue) return error.fetched;
    throw error;
  }
}

/** Carries an answer other than 200 out of a loader. */
class NotTheValue extends Error {
  readonly fetched: Fetched;
  constructor(fetched: Fetched) {
    super('the origin gave no value');
    this.fetched = fetched;
  }
}

function originClient({ isolate }: Context, { owner }: Subject, signal: AbortSignal): OriginClient {
  const ask = (path: string, init: RequestInit = {}) =>
    requestOrigin(isolate.origin, owner, path, { ...init, signal });
  return {
    fetch: ask,
    async json(path) {
      const response = await ask(path);
      const answered = answerOf(response);
      if (answered.is === 'failed' || answered.status !== 200) throw new NotTheValue(answered);
      const bytes = await collect(answered, isolate.bounds.loaderBytes);
      if (typeof bytes === 'string')
        throw new NotTheValue({
          is: 'failed',
          code: 'origin-failed',
          why: `the answer to a loader is ${bytes}`,
        });
      return JSON.parse(new TextDecoder().decode(bytes));
    },
  };
}

/** A loader that never settles must not hold its request. */
function withDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return Promise.race([work, late]);
}

export function failureOf(error: unknown): FetchFailed {
  const name = error instanceof Error ? error.name : 'unknown';
  const late = name === 'TimeoutError' || name === 'AbortError';
  return { is: 'failed', code: late ? 'origin-timeout' : 'origin-failed', why: whyOf(name, error) };
}

/** For the log. What a parser complains of quotes the data that it read. */
function whyOf(name: string, error: unknown): string {
  if (!(error instanceof Error) || name === 'SyntaxError' || name === 'ZodError') return name;
  return `${name}: ${error.message.slice(0, 200)}`;
}
