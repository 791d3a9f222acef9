import { bounds } from './bounds.ts';

/** What a segment of a path is by its looks: a value of this kind. */
export type Kind = 'id' | 'hash' | 'date' | 'month' | 'year' | 'day' | 'email' | 'file' | 'slug';

/** A kind, with what follows it in the segment: `.json`. */
export interface Typed {
  readonly kind: Kind;
  readonly extension: string;
}

/** Null: it is taken by its name. `next` is the segment behind it, `before` what the one before was, and `place` that one's name. */
export function typedOf(
  segment: string,
  next: string | undefined,
  before: Kind | null,
  place: string,
): Typed | null {
  const signs = signsOf(segment);
  const calendar = calendarOf(segment, signs, next, before);
  if (calendar) return { kind: calendar, extension: '' };
  if (next === undefined && (signs & DOT) !== 0 && !isNumeric(segment)) {
    const extension = extensionOf(segment);
    const stem = segment.slice(0, segment.length - extension.length);
    const kind = kindOf(stem, signs);
    if (isAsset(extension)) {
      if (kind || STATIC_PLACES.has(place.toLowerCase()) || isBuilt(stem))
        return { kind: 'file', extension: '' };
    } else if (kind && extension !== '') return { kind, extension };
  }
  const kind = kindOf(segment, signs);
  return kind && { kind, extension: '' };
}

const DIGIT = 1;
const OTHER_SIGN = 2;
const DOT = 4;
const AT = 8;

/** Which characters are in it: most segments need no closer look than this. */
function signsOf(segment: string): number {
  let signs = 0;
  for (let at = 0; at < segment.length; at++) {
    const code = segment.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) signs |= DIGIT;
    else if (code === 0x2e) signs |= DOT | OTHER_SIGN;
    else if (code === 0x40 || code === 0x25) signs |= AT | OTHER_SIGN;
    else signs |= OTHER_SIGN;
  }
  return signs;
}

/** `2015/05/17`: alone a year could be a number like others. */
function calendarOf(
  segment: string,
  signs: number,
  next: string | undefined,
  before: Kind | null,
): Kind | null {
  if (before === 'year') return isMonth(segment) ? 'month' : null;
  if (before === 'month') return /^(0?[1-9]|[12]\d|3[01])$/.test(segment) ? 'day' : null;
  if (signs !== DIGIT || segment.length !== 4 || next === undefined) return null;
  return /^(19|20)/.test(segment) && isMonth(next) ? 'year' : null;
}

const MONTH = /^(0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$/i;

const isMonth = (segment: string): boolean => MONTH.test(segment);

const UUID = /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i;
const HEX = /^[0-9a-f]{8,}$/i;
const EMAIL = /^[^@]+(@|%40)[^@]+\.[a-z]{2,}$/i;
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/i;
/** `inv_0001`, `cus_9s6XKzkNRiz8i3`. */
const PREFIXED = /^[a-z]{1,12}_(?=(?:[^\d]*\d){2})[a-z0-9]+$/i;
/** `user-1234`, but not `review-2015`; `INV-2026-0001`. */
const NUMBERED = /^[a-z]{1,12}-(?!(19|20)\d\d$)\d{3,}$|^[A-Z]{2,6}-\d{2,4}-\d{3,}$/i;

function kindOf(segment: string, signs: number): Kind | null {
  if (segment.length > bounds.segment && !HEX.test(segment)) return 'slug';
  if ((signs & AT) !== 0 && EMAIL.test(segment)) return 'email';
  if ((signs & DIGIT) === 0) return null;
  if (signs === DIGIT) return 'id';
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(segment)) return 'month';
  if (/^\d{4}-(\d\d-\d\d([T_ ].*)?|W\d\d|Q[1-4])$/i.test(segment)) return 'date';
  if (HEX.test(segment)) return segment.length >= 32 ? 'hash' : 'id';
  if (UUID.test(segment) || ULID.test(segment) || PREFIXED.test(segment) || NUMBERED.test(segment))
    return 'id';
  return isNumeric(segment) || isToken(segment) ? 'id' : null;
}

/** `52.37,4.89`, `10:30`, `1.2.3`. */
const isNumeric = (segment: string): boolean => /^[-+\d.,:;]+$/.test(segment) && /\d/.test(segment);

/** Base64url and its like: letters and digits without the order that words have. */
function isToken(segment: string): boolean {
  if (!/^[\w-]{10,}$/.test(segment)) return false;
  const runs = segment.match(/\d+/g)?.length ?? 0;
  if (/[a-z]/.test(segment) && /[A-Z]/.test(segment)) return runs >= 2 && !/[-_].*[-_].*[-_]/.test(segment);
  return runs >= 3 && /^[a-z0-9]{16,}$/i.test(segment);
}

/** With its dot; empty: there is none. */
export const extensionOf = (segment: string): string =>
  /[^.](\.[a-z][a-z0-9]{0,6})$/i.exec(segment)?.[1] ?? '';

const ASSETS = new Set(
  `css js mjs cjs map png jpg jpeg gif webp avif svg ico bmp tif tiff woff woff2 ttf otf eot mp3 mp4 m4a m4v webm ogg ogv wav mov avi flac pdf zip gz tgz
  bz2 xz 7z rar tar jar rpm deb apk exe dmg iso wasm swf`.split(/\s+/),
);

/** What is sent as it lies there, whoever asks. */
export const isAsset = (extension: string): boolean => ASSETS.has(extension.slice(1).toLowerCase());

const STATIC_PLACES = new Set(
  'images image imgs img icons static assets css js fonts font media dist thumbnails'.split(' '),
);

/** `app.3f2a1b9c`, `index-DiwrgTda`: a build puts a hash of the content there. */
const isBuilt = (stem: string): boolean =>
  /(^|[._-])(?=[a-f]*\d)[a-f0-9]{8,}([._-]|$)/i.test(stem) ||
  /[.-](?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{8}$/.test(stem);

/** `v1`: a version of an interface is no value, however many there are. */
export const isVersion = (segment: string): boolean => /^v\d+([._]\d+)*$/i.test(segment);
