import { bounds } from '../bounds.ts';

/**
 * Origin response headers kept in an entry. An allow list, because what one user's answer carries is shown to the
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

/** Passed on from an answer that is not stored: they speak of that one request. */
const passedOnly = ['allow', 'retry-after'];

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Names in lower case, in a fixed order. */
export function storableHeaders(headers: Headers): HeaderList {
  return pick(headers, storable);
}

/** For an answer that goes to one client only. */
export function passedHeaders(headers: Headers): HeaderList {
  return pick(headers, [...storable, ...passedOnly]);
}

function pick(headers: Headers, names: readonly string[]): HeaderList {
  const forThisHop = connectionNamed(headers);
  const picked: (readonly [string, string])[] = [];
  for (const name of names) {
    const value = headers.get(name);
    if (value === null || value.length > bounds.keptHeaderBytes || forThisHop.has(name)) continue;
    picked.push([name, value]);
  }
  return picked;
}

/** RFC 9110 §7.6.1: what `Connection` names is for this hop only. */
function connectionNamed(headers: Headers): ReadonlySet<string> {
  const options = headers.get('connection')?.split(',') ?? [];
  return new Set(options.map((option) => option.trim().toLowerCase()));
}
