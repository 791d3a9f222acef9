import { bounds } from '../bounds.ts';
import { entityTagWithout, formatEntityTag } from './etag.ts';
import { connectionOptions } from './hop.ts';
import type { HeaderList } from './message.ts';
import { parseIfNoneMatch } from './preconditions.ts';

/**
 * Headers of the origin's answer that are stored in an entry. An allow list, because what one user's answer carries is shown to the
 * next: never cookies, credentials, connection headers, or the origin's own caching rules (we send ours).
 * `ETag` is not here: it is parsed, and differs per coding.
 */
const storable = [
  'content-type',
  'content-language',
  'content-disposition',
  'content-security-policy',
  'cross-origin-resource-policy',
  'deprecation',
  'last-modified',
  'link',
  'referrer-policy',
  'sunset',
  'x-content-type-options',
  'x-frame-options',
  'x-robots-tag',
];

/** Passed on from an answer that is not stored: the further ones speak of that one request. */
const passed = [...storable, 'allow', 'retry-after'];

/** Passed on from the answer to a write: also where what it made or changed now is. */
const written = [...passed, 'location', 'content-location'];

/**
 * Request fields that a write takes to the origin. An allow list, because the origin trusts what the edge sends, and
 * credentials end at the edge. Without its conditions or its key a write would be another one (a lost update, a second
 * booking); without the body's coding and language the body could not be read.
 */
const sentWithWrite = [
  'content-type',
  'content-encoding',
  'content-language',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'idempotency-key',
  'prefer',
];

/** Those of them that hold entity tags, which the edge's codings change. */
const tagLists: Readonly<Record<string, string>> = {
  'if-match': 'If-Match',
  'if-none-match': 'If-None-Match',
};

/** Names in lower case, in a fixed order; `further`: those that the class passes on besides. */
export const storableHeaders = (headers: Headers, further: readonly string[] = []) =>
  pickWith(headers, storable, further);

/** Headers of an answer that goes to one client only. */
export const passedHeaders = (headers: Headers, further: readonly string[] = []) =>
  pickWith(headers, passed, further);

/** Headers of the answer to a write: also what it made, and where. */
export const writtenHeaders = (headers: Headers, further: readonly string[] = []) =>
  pickWith(headers, written, further);

/** A write's fields for the origin. None is dropped silently: without its condition a write overwrites what it should not. */
export function headersOfWrite(headers: Headers): HeaderList | { readonly malformed: string } {
  const sent: (readonly [string, string])[] = [];
  for (const name of sentWithWrite) {
    const value = headers.get(name);
    if (value === null) continue;
    const tagList = tagLists[name];
    const forOrigin = tagList === undefined ? value : tagsForOrigin(value);
    if (forOrigin === null) return { malformed: tagList! };
    sent.push([name, forOrigin]);
  }
  return sent;
}

/** The origin's own tags again, from those that the edge gave its codings. `If-Match` has the grammar of `If-None-Match`. */
function tagsForOrigin(value: string): string | null {
  const tags = parseIfNoneMatch(value);
  if (tags === '*') return '*';
  if (tags === 'malformed' || tags.length === 0) return null;
  return tags.map((tag) => formatEntityTag(entityTagWithout(tag, 'gzip'))).join(', ');
}

function pickWith(headers: Headers, names: readonly string[], further: readonly string[]): HeaderList {
  const always = pick(headers, names);
  let room: number = bounds.answerHeaderBytes;
  const besides = pick(headers, further).filter(([name, { length }]) => {
    if (names.includes(name) || length > room) return false;
    room -= length;
    return true;
  });
  return [...always, ...besides];
}

/** Whether the answer has some of `further` that are not among what was picked of it: they are too large. */
export function isLeftOut(headers: Headers, further: readonly string[], picked: HeaderList): boolean {
  const missing = further.filter((name) => headers.has(name) && picked.every(([it]) => it !== name));
  if (missing.length === 0) return false;
  const forThisHop = connectionOptions(headers.get('connection'));
  return missing.some((name) => !forThisHop.has(name));
}

function pick(headers: Headers, names: readonly string[]): HeaderList {
  const forThisHop = connectionOptions(headers.get('connection'));
  return names.flatMap((name) => {
    const value = headers.get(name);
    if (value === null || value.length > bounds.answerHeaderBytes || forThisHop.has(name)) return [];
    return [[name, value] as const];
  });
}
