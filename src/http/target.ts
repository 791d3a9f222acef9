/**
 * Path and query as they are keyed and as they are sent: one text for both, so that nobody can store under one what the
 * origin reads as another. Percent-encodings of the path take one form (RFC 3986 §6.2.2). A query stays as it is: origins sign them. `url` is absolute.
 */
export function targetOf(url: string): string {
  const { href, pathname, search } = new URL(url);
  // `search` does not tell an empty query (§6.2.3) from none.
  const query = search === '' && /^[^#?]*\?(#|$)/.test(href) ? '?' : search;
  // Beside a stray percent sign, decoding could make an encoding that was none.
  const isWellFormed = !/%(?![0-9a-f]{2})/i.test(pathname);
  return (isWellFormed ? pathname.replace(/%[0-9a-f]{2}/gi, oneForm) : pathname) + query;
}

/** RFC 3986 §6.2.2.2: an unreserved character needs no encoding; §6.2.2.1: the rest in upper case. */
function oneForm(encoded: string): string {
  const char = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  // A dot is left: decoding one could make a dot segment that the platform has not resolved.
  return /[A-Za-z0-9_~-]/.test(char) ? char : encoded.toUpperCase();
}

/** RFC 3986 §3.3: a segment of one dot or two, encoded or not; or a backslash, which the URL standard takes for a slash. */
const unresolved = /^[^?#]*(?:\/(?:\.|%2e){1,2}(?:[/?#]|$)|\\)/i;

/** The URL that one with dot segments leads to, which the platform hands on as they came; null: it has none. */
export const resolved = (url: string): string | null => (unresolved.test(url) ? new URL(url).href : null);

/** A tag `uri:<path and query>` in the one form that the URI's key has, however it is written; any other tag as it is. */
export const tagInOneForm = (tag: string): string =>
  tag.startsWith('uri:/') ? `uri:${targetOf(`http://host${tag.slice('uri:'.length)}`)}` : tag;
