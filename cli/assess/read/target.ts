import { isAscii } from 'node:buffer';

/**
 * What a cache would have for a key of a request target: of RFC 9112's origin-form all, of its absolute-form what follows the host; authority-form
 * (CONNECT) and `*` as they are. Null: it is none.
 */
export function originForm(target: string): string | null {
  const first = target.charCodeAt(0);
  if (first === 0x2f) return target;
  if (Number.isNaN(first)) return null;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(target);
  if (!scheme) return target;
  const rest = target.slice(scheme[0].length);
  const end = rest.search(/[/?#]/);
  if (end < 0) return '/';
  return rest[end] === '/' ? rest.slice(end) : `/${rest.slice(end)}`;
}

/** A text of bytes as UTF-8 where it is that, else as it came: Latin-1. */
export function decoded(text: string): string {
  // A JSON escape has made more of it than bytes.
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return text;
  const bytes = Buffer.from(text, 'latin1');
  if (isAscii(bytes)) return text;
  try {
    return utf8.decode(bytes);
  } catch {
    return text;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `\"` and `\\` as Apache writes them, `\x22` as both Apache and nginx do. */
export const unescaped = (text: string): string =>
  text.replace(/\\(?:x([0-9a-f]{2})|(["\\]))/gi, (_, hex: string | undefined, plain: string) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : plain,
  );
