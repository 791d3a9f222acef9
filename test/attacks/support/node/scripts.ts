import type { Reply, Script } from './origin.ts';

const fresh = { 'Cache-Control': 'max-age=600' };
const json = { ...fresh, 'Content-Type': 'application/json' };

/** Shows whoever asks all that was asked, and lets it be stored. */
export const mirror: Script = ({ method, target, headers, body }) => ({
  headers: json,
  body: JSON.stringify({ method, target, headers, body }),
});

/** Fields by which clients override what the request line and the connection say, as frameworks and their plugins read them. */
export const overriding = {
  host: [
    'x-forwarded-host',
    'x-host',
    'x-http-host-override',
    'x-original-host',
    'x-forwarded-server',
    'x-server-name',
    'forwarded',
    'forwarded-host',
    'proxy-host',
    'base-url',
    'http-host',
    'x-backend-host',
    'x-host-override',
  ],
  path: [
    'x-original-url',
    'x-rewrite-url',
    'x-original-uri',
    'x-override-url',
    'x-forwarded-path',
    'x-forwarded-prefix',
    'x-forwarded-uri',
    'x-http-path-override',
    'x-http-destinationurl',
    'x-proxy-url',
    'request-uri',
    'http-url',
    'x-invoke-path',
    'x-invoke-query',
    'x-matched-path',
    'x-now-route-matches',
    'x-middleware-invoke',
    'x-middleware-prefetch',
    'x-middleware-subrequest',
    'x-cf-url',
    'unencoded-url',
  ],
  method: [
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
    'x-original-http-command',
    'method-override',
    'real-method',
    'request-method',
  ],
  scheme: [
    'x-forwarded-proto',
    'x-forwarded-protocol',
    'x-forwarded-scheme',
    'x-forwarded-ssl',
    'x-forwarded-port',
    'x-scheme',
    'x-url-scheme',
    'front-end-https',
    'x-arr-ssl',
    'x-forward-proto',
    'x-server-port',
    'ssl-offloaded',
    'x-https',
  ],
  client: [
    'x-forwarded-for',
    'x-forwarded',
    'x-forward-for',
    'x-forwarder-for',
    'x-forwarded-by',
    'x-forwarded-for-original',
    'x-original-forwarded-for',
    'x-originally-forwarded-for',
    'forwarded-for',
    'x-real-ip',
    'real-ip',
    'true-client-ip',
    'x-client-ip',
    'x-clientip',
    'client-ip',
    'clientip',
    'x-cluster-client-ip',
    'x-proxyuser-ip',
    'x-originating-ip',
    'x-remote-ip',
    'x-remote-addr',
    'remote-addr',
    'x-custom-ip-authorization',
    'cf-connecting-ip',
    'cf-connecting-ipv6',
    'fastly-client-ip',
    'akamai-client-ip',
    'incap-client-ip',
    'x-azure-clientip',
    'x-envoy-external-address',
    'x-user-ip',
    'cf-ipcountry',
    'x-wap-profile',
  ],
  user: [
    'x-origin-secret',
    'x-tenant-id',
    'x-user-id',
    'x-remote-user',
    'remote-user',
    'x-forwarded-user',
    'x-forwarded-email',
    'x-authenticated-user',
  ],
} as const;

const effects: Record<keyof typeof overriding, (value: string) => Reply> = {
  host: (value) => ({ status: 302, headers: { ...fresh, Location: `https://${value}/` } }),
  path: (value) => ({ status: 404, headers: fresh, body: `nothing at ${value}` }),
  method: (value) => ({ status: 405, headers: fresh, body: `${value} is not allowed` }),
  scheme: () => ({ status: 301, headers: { ...fresh, Location: 'https://edge.example/' } }),
  client: (value) => ({ status: 403, headers: fresh, body: `${value} is barred` }),
  user: (value) => ({ headers: fresh, body: `hello ${value}` }),
};

/** Believes all of these, under CGI's names too, where `-` and `_` are one; otherwise a mirror. */
export const framework: Script = (asked) => {
  const given = new Map(Object.entries(asked.headers).map(([name, value]) => [cgi(name), String(value)]));
  for (const [kind, names] of Object.entries(overriding)) {
    const name = names.find((it) => given.has(cgi(it)));
    if (name) return effects[kind as keyof typeof overriding](given.get(cgi(name))!);
  }
  return mirror(asked);
};

/** RFC 3875 §4.1.18. */
const cgi = (name: string) => name.toLowerCase().replaceAll('_', '-');

export const overridingNames: readonly string[] = Object.values(overriding).flat();
