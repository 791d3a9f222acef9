import { parseEntityTag } from './etag.ts';
import { parseHttpDate } from './http-date.ts';
import type { FieldSet } from './message.ts';

/** A part of a body, both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Where a part is in a body that is `length` long. */
export interface ContentRange extends ByteRange {
  readonly length: number;
}

/** RFC 9110 §14.4; null: it is not valid, or does not know the length. */
export function contentRangeOf(header: string | null): ContentRange | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(header ?? '');
  if (!match) return null;
  const [first, last, length] = match.slice(1).map(Number) as [number, number, number];
  return first <= last && last < length ? { first, last, length } : null;
}

export const contentRange = ({ first, last, length }: ContentRange) => `bytes ${first}-${last}/${length}`;

const oneRange = /^bytes[ \t]*=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/** Whether it asks for one range of bytes, wherever in the body that is. */
export const isOneRange = (header: string | null) => header !== null && oneRange.test(header);

/**
 * RFC 9110 §14.1.2, §14.2: one range of bytes of a body that is `length` long. `complete`: no range, a malformed one, or several,
 * which a server may ignore. `unsatisfiable`: 416.
 */
export function rangeOf(header: string | null, length: number): ByteRange | 'complete' | 'unsatisfiable' {
  const match = oneRange.exec(header ?? '');
  if (!match) return 'complete';
  const [, first, last, suffix] = match;
  if (suffix !== undefined) {
    if (Number(suffix) === 0) return 'unsatisfiable';
    const bytes = Math.min(Number(suffix), length);
    // No part of an empty body can be named.
    return bytes === 0 ? 'complete' : { first: length - bytes, last: length - 1 };
  }
  const from = Number(first);
  const to = last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== '' && Number(last) < from) return 'complete';
  return from >= length ? 'unsatisfiable' : { first: from, last: to };
}

/** RFC 9110 §13.1.5: a range is answered only from the representation that the client has a part of; strong comparison. */
export function ifRangeHolds(header: string | null, stored: FieldSet, nowMs: number): boolean {
  if (header === null) return true;
  const tag = parseEntityTag(header.trim());
  if (tag) {
    const held = parseEntityTag(stored.get('etag') ?? '');
    return held !== null && !tag.weak && !held.weak && tag.opaque === held.opaque;
  }
  // A date must be exactly the one that was sent; and strong (§8.8.2.2): the content could have changed within its second.
  if (header.trim() !== stored.get('last-modified')) return false;
  const [modifiedMs, sentMs] = [stored.get('last-modified'), stored.get('date')].map((it) =>
    parseHttpDate(it, nowMs),
  );
  return modifiedMs != null && sentMs != null && sentMs - modifiedMs >= 1_000;
}
