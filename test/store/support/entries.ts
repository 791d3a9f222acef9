import type { Draft, EncodedEntry, Entry } from '../../../src/store/wire.ts';
import { unzipped } from '../../../src/store/wire.ts';

export const generations = new Map([
  ['gen:acme:@t', 'n1.n1'],
  ['gen:acme:dashboard:d1', 'n2.n3'],
]);

export function draftOf(body: Uint8Array | string, over: Partial<Draft> = {}): Draft {
  return {
    fullKey: 'analytics:v2:tenant:acme:dashboard:d1',
    principal: { tenant: 'a-hash', user: 'another-hash' },
    fillToken: 'a-fill-token',
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['content-language', 'de'],
    ],
    etag: '"abc"',
    fetchedMs: 1_750_000_000_000,
    fetchMs: 12,
    ttlMs: 600_000,
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    ...over,
  };
}

/** As a script writes it. */
export function storedText({ parts }: EncodedEntry, of: ReadonlyMap<string, string> = generations): string {
  const pairs = [...of].map(([name, generation]) => `${name}=${generation}`);
  return parts.head + pairs.join(' ') + parts.tail;
}

/** What a client without gzip receives. */
export async function bytesOf(entry: Entry): Promise<Uint8Array> {
  const body = entry.coding === 'gzip' ? unzipped(entry) : entry.body;
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/** Bytes that look random and do not compress; the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
