import { isCorsField } from './cors.ts';
import { parseEntityTag, weaklyEqual } from './etag.ts';
import type { FieldSet, HeaderList } from './message.ts';

/**
 * RFC 9111 §4.3.1: what asks the origin whether a stored response is still the one to use, or which other it is, by the tags of
 * those (`others`); empty where there is no validator.
 */
export function conditionsFor(stored: FieldSet | null, others: readonly string[] = []): HeaderList {
  const etag = stored?.get('etag') ?? null;
  const modified = stored?.get('last-modified') ?? null;
  const tags = new Set([...(etag === null ? [] : [etag]), ...others]);
  return [
    ...(tags.size === 0 ? [] : [['if-none-match', [...tags].join(', ')] as const]),
    ...(modified === null ? [] : [['if-modified-since', modified] as const]),
  ];
}

/** RFC 9111 §3.2: fields that describe the stored body, which a 304 does not bring; its own tag stays as it is. */
const ofStoredBody = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'content-digest',
  'etag',
]);

/** Fields that say how the stored answer came, not what it is. */
const ofFormerAnswer = new Set(['age', 'cache-status', 'server-timing']);

/** RFC 9111 §3.2, §4.3.4: the stored fields, with those of the newer response instead of theirs. */
export function updatedFields(stored: HeaderList, newer: HeaderList): HeaderList {
  const taken = newer.filter(([name]) => !ofStoredBody.has(name));
  const replaced = new Set(taken.map(([name]) => name));
  // Who may read it is said by all of these together: `*` must not come to stand beside credentials.
  const speaksOfCors = taken.some(([name]) => isCorsField(name));
  const stays = (name: string) =>
    !replaced.has(name) && !ofFormerAnswer.has(name) && !(speaksOfCors && isCorsField(name));
  return [...stored.filter(([name]) => stays(name)), ...taken];
}

/**
 * RFC 9111 §4.3.4: whether a 304 speaks of this stored response: by its tag, else by its date; one that says neither
 * answers the question that was asked.
 */
export function confirms(notModified: FieldSet, stored: FieldSet): boolean {
  if (notModified.has('etag')) return isSameTag(notModified.get('etag')!, stored.get('etag'));
  return (
    !notModified.has('last-modified') || notModified.get('last-modified') === stored.get('last-modified')
  );
}

/**
 * Guard: origins give one strong tag to representations that differ. Whether what a 304 says of the one that is selected is
 * true of this stored one; it may say nothing (RFC 9110 §15.4.5).
 */
export const describesSelected = (notModified: FieldSet, stored: FieldSet): boolean =>
  ['content-type', 'content-encoding', 'content-language', 'content-location'].every(
    (name) => !notModified.has(name) || notModified.get(name) === stored.get(name),
  );

/** A strong tag matches a strong one only; what is not a tag, or too long, matches the same text. */
function isSameTag(received: string, stored: string | null): boolean {
  if (received === stored) return true;
  const [tag, held] = [parseEntityTag(received), parseEntityTag(stored ?? '')];
  return tag !== null && held !== null && weaklyEqual(tag, held) && (tag.weak || !held.weak);
}

/**
 * RFC 9111 §4.3.5: whether the answer to a HEAD is of the representation that is stored, `length` bytes long, or of another.
 * Nothing is known without a validator, for equal lengths say little; nor where their codings differ, because tag and length
 * are of the coded content (RFC 9110 §8.8.3.3, §8.6), and many servers compress for a GET alone.
 */
export function describes(head: FieldSet, stored: FieldSet, length: number): 'same' | 'other' | 'unknown' {
  if (contentCodings(head) !== contentCodings(stored)) return 'unknown';
  // A server that makes no body may say 0.
  const announced = head.get('content-length') ?? '0';
  if (announced !== '0' && announced !== String(length)) return 'other';
  const received = ['etag', 'last-modified'].filter((name) => head.has(name));
  if (received.some((name) => head.get(name) !== stored.get(name))) return 'other';
  return received.length > 0 ? 'same' : 'unknown';
}

/** RFC 9110 §8.4: in the order applied; names in any case, some with a former name (§8.4.1), and `identity` is none. */
const contentCodings = (fields: FieldSet): string =>
  (fields.get('content-encoding') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-(?=gzip$|compress$)/, ''))
    .filter((name) => name !== '' && name !== 'identity')
    .join();
