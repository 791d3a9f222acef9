import type { Clock } from './context.ts';

/** A body read to its end within a bound. */
export type Collected = Uint8Array<ArrayBuffer> | 'too-large' | 'truncated';

export interface Body {
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** As announced; a body of another length was truncated on the way. */
  readonly length: number | undefined;
}

/** Never holds more than `maxBytes` and one chunk; cancels what it does not read. */
export async function collect({ body, length }: Body, maxBytes: number): Promise<Collected> {
  if (body instanceof Uint8Array) return body.length > maxBytes ? 'too-large' : new Uint8Array(body);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'truncated';
  }
  if (length !== undefined && bytes !== length) return 'truncated';
  return concat(chunks);
}

/** Lets go of a body that nobody will read; one that broke off meanwhile is no error. */
export function discard(body: Body['body']): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
}

export const bytesIn = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((bytes, chunk) => bytes + chunk.length, 0);

export function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(bytesIn(chunks));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
export type PendingRead = ReturnType<Reader['read']>;

/** A body as far as it was read before any of it is sent. */
export type ReadFirst =
  | { readonly is: 'complete'; readonly bytes: Uint8Array<ArrayBuffer> }
  | MoreToRead
  | { readonly is: 'truncated' };

export interface MoreToRead {
  readonly is: 'more';
  /** It did not come within its time; otherwise it is larger than what is read first. */
  readonly isSlow: boolean;
  readonly chunks: readonly Uint8Array[];
  readonly reader: Reader;
  readonly next: PendingRead;
}

/** How much of a body is read before any of it is sent, and for how long. */
export interface Patience {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Reads a small body to its end, so that one that breaks off becomes an error and not half an answer; gives up when
 * its time is over, or there is more. One that announces more is not waited for.
 */
export async function readFirst(
  clock: Clock,
  { body, length }: { readonly body: ReadableStream<Uint8Array> | null; readonly length: number | undefined },
  patience: Patience,
): Promise<ReadFirst> {
  if (!body) return { is: 'complete', bytes: new Uint8Array() };
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const abort = new AbortController();
  const isExpectedSoon = length === undefined || length <= patience.bytes;
  const patienceOver = isExpectedSoon
    ? clock.sleep(patience.ms, abort.signal).then(() => null)
    : Promise.resolve(null);
  try {
    for (;;) {
      const next = pending(reader.read());
      if (size > patience.bytes) return { is: 'more', isSlow: false, chunks, reader, next };
      const read = await Promise.race([next, patienceOver]);
      if (read === null) return { is: 'more', isSlow: isExpectedSoon, chunks, reader, next };
      if (read.done)
        return size === (length ?? size) ? { is: 'complete', bytes: concat(chunks) } : { is: 'truncated' };
      chunks.push(read.value);
      size += read.value.length;
    }
  } catch {
    return { is: 'truncated' };
  } finally {
    abort.abort();
  }
}

/** Its failure is looked at later. */
function pending(read: PendingRead): PendingRead {
  read.catch(() => {});
  return read;
}
