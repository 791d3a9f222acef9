import type { HeaderList } from './headers.ts';
import { isPerHop } from './hop.ts';
import { FieldSet } from './message.ts';
import { acceptedCodings } from './vary.ts';

/**
 * Fields that an origin may build its answer from, though no cache keys by them: who the client is, which host, scheme,
 * port, path or method was meant. By name or beginning. What the edge itself vouches for is among them, because a client
 * must not.
 */
const neverSent = [
  'x-forwarded',
  'x-original-',
  'x-rewrite-',
  'x-override-',
  'x-http-',
  'x-method',
  'x-proxy',
  'x-cluster-',
  'x-envoy-',
  'x-arr-',
  'x-ms-proxy',
  'x-middleware-',
  'x-invoke-',
  'x-wap-',
  'cf-',
  'fastly-',
  'akamai-',
  'true-client',
] as const;

const neverSentNames = new Set([
  'base-url',
  'client-ip',
  'clientip',
  'connecting-ip',
  'disguised-host',
  'expect',
  'forwarded',
  'forwarded-for',
  'forwarded-host',
  'forwarded-proto',
  'front-end-https',
  'host',
  'http-host',
  'http-url',
  'incap-client-ip',
  'method-override',
  'proxy-host',
  'proxy-url',
  'real-ip',
  'remote-addr',
  'request-uri',
  'url',
  'uri',
  'via',
  'x-accel-redirect',
  'x-backend-host',
  'x-client-ip',
  'x-custom-ip-authorization',
  'x-forwarder-for',
  'x-host',
  'x-host-override',
  'x-next-url',
  'x-origin-secret',
  'x-original',
  'x-path-info',
  'x-real-ip',
  'x-real-host',
  'x-remote-addr',
  'x-remote-ip',
  'x-requested-host',
  'x-scheme',
  'x-sendfile',
  'x-server-name',
  'x-tenant-id',
  'x-true-client-ip',
  'x-true-ip',
  'x-url',
  'x-uri',
  'x-url-scheme',
  'x-user-id',
]);

/** Whether a client's field of this name (in lower case) never reaches the origin, because origins are known to reflect it. */
export function isNeverSent(name: string): boolean {
  // CGI and its heirs (RFC 3875 §4.1.18) take both for one.
  const dashed = name.replaceAll('_', '-');
  return neverSentNames.has(dashed) || neverSent.some((beginning) => dashed.startsWith(beginning));
}

/** Of a body. A GET's is not forwarded, so that nobody can put into a shared answer what no key knows. */
const ofBody = (name: string) => name.startsWith('content-');

/** Conditions and ranges: the cache asks for the whole, and evaluates these itself. */
const ofCondition = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
]);

export const isCondition = (name: string) => ofCondition.has(name);

/**
 * RFC 9110 §7.6: the end-to-end fields of a request as they go on to the origin, names in lower case. `Accept-Encoding`
 * goes in the form by which variants are told apart, so that equal variants come from equal requests.
 */
export function endToEnd(headers: Headers, { hasBody }: { readonly hasBody: boolean }): HeaderList {
  const perHop = isPerHop(headers.get('connection'));
  const kept: [string, string][] = [];
  for (const [name, value] of headers) {
    if (perHop(name) || isNeverSent(name)) continue;
    if (!hasBody && ofBody(name)) continue;
    kept.push([name, name === 'accept-encoding' ? acceptedCodings(value) : value]);
  }
  return kept;
}

export const fieldsOf = (headers: Headers) => new FieldSet([...headers]);
