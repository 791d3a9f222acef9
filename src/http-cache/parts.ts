import type { Grant } from '../engine/lease.ts';
import type { FieldSet, HeaderList } from '../http/message.ts';
import { joinParts, ofEnclosedBytes, type Part, sizeOfRange, storableRange, union } from '../http/parts.ts';
import { type ContentRange, contentRange, ifRangeHolds, isOneRange, rangeOf } from '../http/ranges.ts';
import type { Entry } from '../store/wire.ts';
import type { OriginResponse } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { isPurgedHard, type PartFetch } from './revalidate.ts';
import { bytesOf, storedOf } from './stored.ts';

/*
 * RFC 9111 §3.3, §3.4: of a body that nobody has asked for completely, one part is stored, as a 206 in a key of its own beside
 * that of the complete response. It answers ranges within it. A further part of the same representation that touches
 * it is joined to it; another takes its place; and what is complete is stored as the 200 that it is, unless another has stored
 * or fetches one: then it stays a part.
 */

/** A 206 that may be stored, when its header section is there. */
export interface FetchedPart {
  readonly range: ContentRange;
  /** What it is joined to. */
  readonly joins: (Part & Pick<Entry, 'headers'>) | undefined;
}

export const wantsPart = ({ method, fields }: ClientRequest) =>
  method === 'GET' && isOneRange(fields.get('range'));

export const partFetch = (
  { headers }: ClientRequest,
  stored: Pick<PartFetch, 'held' | 'replaces'>,
): PartFetch => ({
  asks: headers.filter(([name]) => name === 'range' || name === 'if-range'),
  ...stored,
});

/** The range that is asked for, if all of it is stored and the client's condition holds. */
export function sliceOf(entry: Entry, request: FieldSet, nowMs: number): Entry | null {
  const part = partOf(entry);
  if (!part || !ifRangeHolds(request.get('if-range'), storedOf(entry).fields, nowMs)) return null;
  const { range: held, bytes } = part;
  const range = rangeOf(request.get('range'), held.length);
  if (typeof range === 'string' || range.first < held.first || range.last > held.last) return null;
  const body = bytes.subarray(range.first - held.first, range.last - held.first + 1);
  const described = body.length === bytes.length ? entry.headers : withoutDigests(entry.headers);
  const headers = withRange(described, { ...range, length: held.length });
  return { ...entry, headers, body, length: body.length };
}

export function fetchedPart(
  { asks, held }: PartFetch,
  { status, fields, length }: OriginResponse,
  grant: Grant | null,
  maxBytes: number,
): FetchedPart | null {
  const range = status === 206 ? storableRange(fields, length) : null;
  if (!range) return null;
  const joins = held && joinable(held, fields, range, grant, maxBytes) ? held : undefined;
  // RFC 9110 §15.3.7: what answers it may leave out fields that its client has already.
  if (!joins && asks.some(([name]) => name === 'if-range')) return null;
  return { range, joins: joins && { ...partOf(joins)!, headers: joins.headers } };
}

/** RFC 9111 §3.4: a part of the same representation, by its strong tag, and both together are one part, small enough. */
function joinable(
  held: Entry,
  fields: FieldSet,
  range: ContentRange,
  grant: Grant | null,
  maxBytes: number,
): boolean {
  if (!grant) return false;
  if (isPurgedHard(held, grant)) return false; // guard: http-part
  const part = partOf(held);
  const both = part && union(part.range, range);
  return !!both && sizeOfRange(both) <= maxBytes && storedOf(held).fields.get('etag') === fields.get('etag');
}

/** What is stored of it: the part, or what it is joined to. Null: its content is not as long as it says. */
export function partToStore({ range, joins }: FetchedPart, headers: HeaderList, bytes: Uint8Array) {
  if (bytes.length !== sizeOfRange(range)) return null;
  const came = { range, bytes };
  const part = joins ? joinParts(joins, came, union(joins.range, range)!) : came;
  const described = joins ? withoutDigests(headers) : headers;
  return { status: 206, headers: withRange(described, part.range), bytes: part.bytes };
}

/** The complete response that a part of all of it is; null: it is not. */
export const completeOf = (
  { range }: FetchedPart,
  { headers, bytes }: { readonly headers: HeaderList; readonly bytes: Uint8Array },
) =>
  bytes.length === range.length
    ? { status: 200, headers: headers.filter(([name]) => name !== CONTENT_RANGE), bytes }
    : null;

const withoutDigests = (headers: HeaderList): HeaderList =>
  headers.filter(([name]) => !ofEnclosedBytes.includes(name));

const CONTENT_RANGE = 'content-range';

const withRange = (headers: HeaderList, range: ContentRange): HeaderList => [
  ...headers.filter(([name]) => name !== CONTENT_RANGE),
  [CONTENT_RANGE, contentRange(range)],
];

/** Null: it is none. */
function partOf(entry: Entry): Part | null {
  const range = entry.status === 206 ? storableRange(storedOf(entry).fields, entry.length) : null;
  return range && { range, bytes: bytesOf(entry) };
}
