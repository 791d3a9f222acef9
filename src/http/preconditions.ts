import { bounds } from '../bounds.ts';
import { type EntityTag, entityTagAt, parseEntityTag, weaklyEqual } from './etag.ts';
import { parseHttpDate } from './http-date.ts';
import type { FieldSet } from './message.ts';

/** `*`, or the tags that the client holds. */
export type IfNoneMatch = '*' | readonly EntityTag[];

/** Around tags: RFC 9110 §5.6.1 allows empty elements. */
const gap = /[ \t,]*/y;

/** RFC 9110 §13.1.2: `If-None-Match = "*" / #entity-tag`. An absent header holds no tag, so that nothing matches. */
export function parseIfNoneMatch(header: string | null): IfNoneMatch | 'malformed' {
  if (header === null) return [];
  if (header.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  gap.lastIndex = 0;
  for (;;) {
    const between = gap.exec(header)![0];
    if (gap.lastIndex === header.length) return tags;
    if (tags.length > 0 && !between.includes(',')) return 'malformed';
    const read = entityTagAt(header, gap.lastIndex);
    if (!read || tags.length === bounds.ifNoneMatchTags) return 'malformed';
    tags.push(read.tag);
    gap.lastIndex = read.end;
  }
}

/**
 * RFC 9110 §13.2.2 for GET and HEAD. `current` are the entry's tags, one per content coding, first the one that this
 * answer would carry: a client that holds the same content in another coding has nothing to fetch.
 */
export function evaluatePreconditions(
  ifNoneMatch: IfNoneMatch,
  current: readonly EntityTag[],
): 'proceed' | { readonly notModified: EntityTag } {
  const matched =
    ifNoneMatch === '*'
      ? current[0]
      : current.find((tag) => ifNoneMatch.some((held) => weaklyEqual(held, tag)));
  return matched ? { notModified: matched } : 'proceed';
}

/**
 * RFC 9111 §4.3.2, RFC 9110 §13.2.2: whether the client has what is stored. `If-None-Match` goes before
 * `If-Modified-Since`; what is malformed is compared as it stands, or is no condition.
 */
export function hasAlready(
  request: FieldSet,
  stored: FieldSet,
  { receivedMs, nowMs }: { readonly receivedMs: number; readonly nowMs: number },
): boolean {
  const ifNoneMatch = request.get('if-none-match');
  if (ifNoneMatch !== null) {
    const etag = stored.get('etag');
    const held = parseIfNoneMatch(ifNoneMatch);
    const current = parseEntityTag(etag ?? '');
    if (held === 'malformed' || (!current && held !== '*'))
      return etag !== null && ifNoneMatch.trim() === etag;
    return held === '*' || held.some((tag) => weaklyEqual(tag, current!));
  }
  const sinceMs = parseHttpDate(request.get('if-modified-since'), nowMs);
  if (sinceMs === null) return false;
  const modifiedMs =
    parseHttpDate(stored.get('last-modified'), nowMs) ??
    parseHttpDate(stored.get('date'), nowMs) ??
    receivedMs;
  return modifiedMs <= sinceMs;
}

/** RFC 9110 §13.1.2, §13.1.3: conditions by which a client says what it has. */
export const saysWhatItHas = (request: FieldSet) =>
  request.has('if-none-match') || request.has('if-modified-since');

/** RFC 9110 §13.1.1, §13.1.4: conditions that only the origin can evaluate. */
export const isForOrigin = (request: FieldSet) =>
  request.has('if-match') || request.has('if-unmodified-since');
