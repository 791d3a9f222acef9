import { type HeaderList, listOf } from './message.ts';

/** RFC 9110 §7.6.1, §11.7, RFC 9111 §3.1: for one connection, or between a proxy and its neighbour. */
const perHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** RFC 9110 §7.6.1: what `Connection` names is for this hop only. */
export function connectionOptions(connection: string | null): Set<string> {
  return new Set(listOf(connection ?? ''));
}

/** Tells fields for this hop only: these, and those that `Connection` names. */
export function isPerHop(connection: string | null): (name: string) => boolean {
  const named = connectionOptions(connection);
  // Naming one of these would take away what every recipient needs.
  for (const name of ['cache-control', 'content-type', 'content-encoding', 'vary']) named.delete(name);
  return (name) => perHop.has(name) || named.has(name);
}

/** A response's end-to-end fields, names in lower case; each `Set-Cookie` by itself. */
export function endToEndOfResponse(headers: Headers): HeaderList {
  const forThisHop = isPerHop(headers.get('connection'));
  return [...headers].filter(([name]) => !forThisHop(name));
}
