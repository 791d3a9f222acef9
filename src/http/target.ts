/**
 * Path and query as they are keyed and as they are sent: one text for both, so that nobody can store under one what the
 * origin reads as another. The platform has resolved dot segments; here percent-encodings take one form (RFC 3986
 * §6.2.2). `url` is a request's whole URL.
 */
export function targetOf(url: string): string {
  const { href, origin } = new URL(url);
  const [whole = ''] = href.slice(origin.length).split('#', 1);
  // An empty query is one (§6.2.3), which `search` would not say.
  const queryAt = whole.indexOf('?');
  const [path, query] = queryAt === -1 ? [whole, ''] : [whole.slice(0, queryAt), whole.slice(queryAt)];
  return path.replace(/%[0-9a-f]{2}/gi, oneForm) + query;
}

/** RFC 3986 §6.2.2.2: an unreserved character needs no encoding; §6.2.2.1: the rest in upper case. */
function oneForm(encoded: string): string {
  const char = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  // A dot is left: decoding one could make a dot segment that the platform has not resolved.
  return /[A-Za-z0-9_~-]/.test(char) ? char : encoded.toUpperCase();
}
