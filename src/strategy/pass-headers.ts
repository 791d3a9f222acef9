import { quote } from './strategy-error.ts';

const credential = 'is a credential, or says who asked';

/** Names of `passHeaders` that are refused, each by a rule: what is stored is shown to the next caller, and speaks of no one caller. */
const refused: readonly (readonly [names: RegExp, why: string])[] = [
  [/^$|[^!#$%&'*+.^_`|~0-9a-z-]/, 'is not the name of a header'],
  [
    /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy-.*)$/,
    'is for one connection',
  ],
  [/(^|[-_.])cookies?2?($|[-_.])/, "would give one caller's cookies to the next"],
  // By the parts of its name: `-session-`, and not `-sessions-`.
  [
    /(^|[-_.])(o?auth|authorization|authenticat(e|ed|ion)|oidc|saml|sso|jwt|dpop|[cx]srf|session(id)?|sid|secret|password|credentials?|nonce|principal|client-cert)($|[-_.])/,
    credential,
  ],
  [
    /(^|[-_.])((user|tenant)([-_.]?(id|name|email|login|roles?|groups?))?|(api|access|private)[-_.]?key)$/,
    credential,
  ],
  // One that leads to the next page is nobody's.
  [/(?<!(^|[-_.])(page|next|continuation|cursor|sync|delta)[-_.])(?<![^-_.])token$/, credential],
  [
    /^((.*-)?cache-control|surrogate-control|pragma|expires|age|date|etag|vary|warning|cache-status|server-timing)$/,
    'is what the edge says itself',
  ],
  [
    /^(cache-tag|surrogate-key|xkey|cache-groups|cache-group-invalidation)$/,
    'names tags, for the edge alone',
  ],
  [
    /^(content-(length|encoding|transfer-encoding|digest|md5)|accept-ranges|((repr|unencoded)-)?digest)$/,
    'is of the bytes, which the edge codes itself',
  ],
  [/^((content-)?location|refresh)$/, 'leads elsewhere; a Location is passed on anyway, of a write'],
  [/^access-control-/, 'is of CORS, which the setting CORS_ORIGINS decides'],
  [
    /^(host|forwarded|x-forwarded-.*|clear-site-data|strict-transport-security|alt-svc|nel|report-to|service-worker-allowed|accept-ch)$/,
    'is of the whole host',
  ],
  [/^x-stillfresh-/, 'is kept for the edge'],
];

/** In lower case. Throws what is wrong with it, and the mend. */
export function compilePassHeader(given: string): string {
  const name = given.toLowerCase();
  const rule = refused.find(([names]) => names.test(name));
  if (rule) throw new RangeError(`${quote(given)} ${rule[1]}; take it out`);
  return name;
}
