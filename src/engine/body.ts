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
  return join(chunks, bytes);
}

/** Lets go of a body that nobody will read; one that broke off meanwhile is no error. */
export function discard(body: Body['body']): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {});
}

function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
