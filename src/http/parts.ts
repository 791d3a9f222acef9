import { parseEntityTag } from './etag.ts';
import type { FieldSet } from './message.ts';
import { type ContentRange, contentRangeOf } from './ranges.ts';

/** Bytes of a body, and where in it they are. */
export interface Part {
  readonly range: ContentRange;
  readonly bytes: Uint8Array;
}

export const sizeOfRange = ({ first, last }: ContentRange) => last - first + 1;

/**
 * RFC 9111 §3.3: what a 206 has of a body, if it can be stored: one part, of a body whose length is known, under a strong tag.
 * `length`: of the content as far as that is announced.
 */
export function storableRange(fields: FieldSet, length: number | undefined): ContentRange | null {
  const tag = parseEntityTag(fields.get('etag') ?? '');
  if (!tag || tag.weak) return null;
  // RFC 9110 §15.3.7.2: several parts say within where they are.
  if (/^multipart\//i.test(fields.get('content-type') ?? '')) return null;
  const range = contentRangeOf(fields.get('content-range'));
  return range && (length ?? sizeOfRange(range)) === sizeOfRange(range) ? range : null;
}

/** RFC 9530 §2, RFC 1864: fields that describe the enclosed bytes alone, and would be false beside others. */
export const ofEnclosedBytes: readonly string[] = ['content-digest', 'content-md5'];

/** RFC 9111 §3.4: all of two parts of one body, where they touch or overlap; else null. */
export function union(a: ContentRange, b: ContentRange): ContentRange | null {
  if (a.length !== b.length || a.first > b.last + 1 || b.first > a.last + 1) return null;
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last), length: a.length };
}

/** Bytes of both in their place; where both have them, those of `newer`. */
export function joinParts(older: Part, newer: Part, range: ContentRange): Part {
  const bytes = new Uint8Array(sizeOfRange(range));
  for (const part of [older, newer]) bytes.set(part.bytes, part.range.first - range.first);
  return { range, bytes };
}
