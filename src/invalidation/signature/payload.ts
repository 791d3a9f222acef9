import { bounds } from '../../bounds.ts';
import { isPrintable } from './printable.ts';
import type { Place } from './scheme.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Undefined when the body is not JSON in UTF-8. */
export function parseJson(body: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    return undefined;
  }
}

/** The payload's own field: an inherited one is not the sender's. */
export function fieldOf(payload: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, payload);
}

/**
 * A short text, as an id or a type is. A number is ignored: beyond 2^53 JSON.parse rounds it, and two events would have one id.
 */
export function nameAt(place: Place, headers: Headers, payload: unknown): string | null {
  const value = 'field' in place ? fieldOf(payload, place.field) : headers.get(place.header);
  if (typeof value !== 'string' || value === '' || value.length > bounds.hookNameChars) return null;
  return 'field' in place || isPrintable(value) ? value : null;
}
