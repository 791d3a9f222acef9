/** Whether a path or target is this prefix, or below it: `/docsx` is not below `/docs`. All are below none. */
export const isBelow = (target: string, prefix: string): boolean =>
  prefix === '' || (target.startsWith(prefix) && /^([/?]|$)/.test(target.slice(prefix.length)));

/** A target that is below the prefix, as the origin knows it. */
export function withoutPrefix(target: string, prefix: string): string {
  const rest = target.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Where an origin's resources are, for it and for clients. */
export interface PrefixedOrigin {
  /** The URL that the origin was asked for. */
  readonly askedUrl: string;
  /** Without a trailing slash. */
  readonly originUrl: string;
  /** What the origin may know of its clients' URLs. */
  readonly publicUrl: string | undefined;
  readonly prefix: string;
}

const resourceOf = ({ host, pathname, search }: URL) => host + pathname + search;

/**
 * What `Location` or `Content-Location` (RFC 9110 §10.2.2, §8.7) says of a resource of this origin, as a path that clients know; of another's it
 * stays as it is. So does a URL that the origin has made of the public one with the prefix in it. An origin behind a proxy may take
 * `http` for `https`: hosts count, each with the port that is usual for its scheme.
 */
export function referenceForClients(
  value: string,
  { askedUrl, originUrl, publicUrl, prefix }: PrefixedOrigin,
): string {
  if (value === '' || !URL.canParse(value, askedUrl)) return value;
  const named = new URL(value, askedUrl);
  const asked = new URL(askedUrl);
  const { host, pathname } = new URL(originUrl);
  if (!/^https?:$/.test(named.protocol)) return value;
  // It insists on the other scheme: as a path this would lead here again, without end.
  if (named.protocol !== asked.protocol && resourceOf(named) === resourceOf(asked)) return value;
  if (named.host !== host) {
    const isPublic = publicUrl !== undefined && named.host === new URL(publicUrl).host;
    if (!isPublic || isBelow(named.pathname, prefix)) return value;
  }
  // An origin below a path of its own may name it or not.
  const base = pathname.replace(/\/$/, '');
  const path = isBelow(named.pathname, base) ? withoutPrefix(named.pathname, base) : named.pathname;
  return prefix + path + named.search + named.hash;
}
