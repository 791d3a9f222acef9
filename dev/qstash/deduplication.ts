import { createHash } from 'node:crypto';
import { bounds } from './bounds.ts';
import type { HeaderMap } from './settings.ts';

export interface Deduplication {
  /** The id of the message that was published with this key within the window, else undefined. */
  find(key: string, now: number): string | undefined;
  remember(key: string, messageId: string, now: number): void;
}

export function createDeduplication(): Deduplication {
  // In order of time, since the window is the same for all.
  const known = new Map<string, { readonly messageId: string; readonly until: number }>();
  return {
    find(key, now) {
      for (const [old, { until }] of known) {
        if (until > now) break;
        known.delete(old);
      }
      return known.get(key)?.messageId;
    },
    remember(key, messageId, now) {
      known.set(key, { messageId, until: now + bounds.deduplicationMs });
      const [oldest] = known.keys();
      if (known.size > bounds.deduplicationIds && oldest !== undefined) known.delete(oldest);
    },
  };
}

/** Undefined when the publisher asks for no deduplication. */
export function deduplicationKey(
  headers: HeaderMap,
  message: { readonly url: string; readonly header: HeaderMap; readonly body: Buffer },
): string | undefined {
  const id = headers['upstash-deduplication-id'];
  if (id !== undefined) return `id ${id}`;
  if (headers['upstash-content-based-deduplication']?.toLowerCase() !== 'true') return undefined;
  const hash = createHash('sha256')
    .update(JSON.stringify([message.url, message.header]))
    .update(message.body);
  return `content ${hash.digest('base64url')}`;
}
