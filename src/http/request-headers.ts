import { credentialNames } from './credentials.ts';
import { isPerHop } from './hop.ts';
import { FieldSet, type HeaderList } from './message.ts';

/**
 * Fields that an origin may build its answer from, though no cache keys by them: who the client is, which host, scheme,
 * port, path or method was meant. By beginning, or by name. What the edge itself vouches for is among them, because a
 * client must not.
 */
const neverSent = words(`
  akamai- cf- client-address clientaddress cloudfront- fastly- forwarded https- x-arr- x-authenticated- x-azure-client
  x-cluster- x-envoy- x-forward x-geoip- x-http- x-invoke- x-matched- x-method x-middleware- x-ms-proxy x-now-route x-origina
  x-orig- x-override- x-proxied- x-proxy x-remote- x-rewrite- x-wap- true-client
`);

const neverSentNames = new Set(
  words(`
    --requesturi --requestverb auth-user base-url client-ip clientip connecting-ip context-path disguised-host expect
    front-end-https host host-liveserver host-name http-host http-url https incap-client-ip iv-user method method-override
    orig-path-info path-base path-info path-translated pc-remote-addr php-auth-user port protocol proxy-host
    proxy-request-fulluri proxy-url query-string querystring real-ip real-method realip remote-addr remote-host remote-user
    remote-userhttps request-method request-uri rlnclientipaddr scheme script-name server-name server-port
    server-port-secure sp-host ssl ssl-https ssl-offloaded unencoded-url uri url user-id via viad www-address
    x-accel-mapping x-accel-redirect x-ajax-real-method x-amz-website-redirect-location x-amzn-remapped-host
    x-auth-user x-auth-userid x-auth-username x-azc-remote-addr x-backend-host x-bluecoat-via x-cf-url
    x-cisco-bbsm-clientip x-client-host x-client-ip x-clientip x-compass-routing-destination x-custom-ip-authorization
    x-environment-override x-fb-user-remote-addr x-host x-host-override x-https x-ip x-ip-trail x-kaltura-remote-addr
    x-myqee-system-pathinfo x-next-url x-nfsn-https x-ning-request-uri x-nokia-ipaddress x-orchestra-scheme x-origin
    x-origin-secret x-path-info x-real-host x-real-ip x-requested-host x-sakura-forwarded-for x-scheme x-sendfile
    x-sendfile-type x-server-name x-server-port x-sina-proxyuser x-ssl x-subdomain x-teamsite-preremap x-tenant-id
    x-true-client-ip x-true-ip x-uri x-url x-url-scheme x-use-http-status-code-override x-user x-user-id x-user-ip
    x-username xxx-real-ip
  `),
);

export const hasAuthorization = (fields: FieldSet) => credentialNames.some((name) => fields.has(name));

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** What every browser sends, or any client well may: in lower case, by beginning or by name. */
const ordinary = words(`
  accept cache-control cdn-loop connection content- dnt downlink dpr ect from if- keep-alive origin pragma priority range referer rtt
  save-data sec- te traceparent tracestate upgrade-insecure-requests user-agent via viewport-width width x-requested-with
`);

/** Whether it has none that would make its answer unlike all others, so far as names can tell. */
export const isOrdinary = (fields: HeaderList): boolean =>
  fields.every(([name]) =>
    ordinary.some((it) => name === it || (/-$|^accept$/.test(it) && name.startsWith(it))),
  );

/** Whether a client's field of this name (in lower case) never reaches the origin, because origins are known to reflect it. */
export function isNeverSent(name: string): boolean {
  // CGI and its heirs (RFC 3875 §4.1.18) take both for one.
  const dashed = name.replaceAll('_', '-');
  return neverSentNames.has(dashed) || neverSent.some((beginning) => dashed.startsWith(beginning));
}

/** Fields of a body: a GET's is not forwarded, so that nobody can put into a shared answer what no key knows. */
const ofBody = (name: string) => name.startsWith('content-');

/** Conditions and ranges: the cache asks for the complete response, and evaluates these itself. */
const ofCondition = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
]);

export const isCondition = (name: string) => ofCondition.has(name);

/** Sent by trace-context.ts, and none that could select an answer. */
const ofTrace = new Set(['traceparent', 'tracestate']);

/** RFC 9110 §7.6: the end-to-end fields of a request as they go on to the origin: as they came, names in lower case. */
export function endToEnd(headers: Headers, { hasBody }: { readonly hasBody: boolean }): HeaderList {
  const perHop = isPerHop(headers.get('connection'));
  const sent: [string, string][] = [];
  for (const [name, value] of headers) {
    if (perHop(name) || isNeverSent(name) || ofTrace.has(name)) continue;
    if (!hasBody && ofBody(name)) continue;
    sent.push([name, value]);
  }
  return sent;
}

export const fieldsOf = (headers: Headers) => new FieldSet([...headers]);
