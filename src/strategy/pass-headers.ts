import { quote } from './strategy-error.ts';

/** A name with one of these words among its parts, `-user-` but not `-users-`. */
const withPart = (words: string) => new RegExp(`(^|[-_.])(${words})($|[-_.])`);
/** A name that ends with one of them. */
const endingIn = (words: string) => new RegExp(`(^|[-_.])(${words})$`);

const credential = 'is a credential, or says who asked';

/** Names of `passHeaders` that are refused, each by a rule: what is stored is shown to the next caller, and speaks of no one caller. */
const refused: readonly (readonly [names: RegExp, why: string])[] = [
  [/^$|[^!#$%&'*+.^_`|~0-9a-z-]/, 'is not the name of a header'],
  [
    /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy-.*)$/,
    'is for one connection',
  ],
  [withPart('cookies?2?'), "would give one caller's cookies to the next"],
  [
    withPart(
      'auth|authorization|authenticate|authenticated|authentication|oauth|oidc|saml|sso|jwt|dpop|csrf|xsrf|session|sessionid|sid|' +
        'secret|password|credentials?|nonce|principal|client-cert',
    ),
    credential,
  ],
  [endingIn('(user|tenant)([-_.]?(id|name|email|login|roles?|groups?))?'), credential],
  [endingIn('(api|access|secret|private)[-_.]?key|apikey'), credential],
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
  [/^(content-)?location$/, 'names a path of the origin; in the answer to a write it is passed on anyway'],
  [/^(host|forwarded|x-forwarded-.*|origin|referer|user-agent)$/, 'is of a request'],
  [/^refresh$/, 'leads elsewhere'],
  [/^access-control-/, 'is of CORS, which the setting CORS_ORIGINS decides'],
  [
    /^(clear-site-data|strict-transport-security|public-key-pins(-report-only)?|expect-ct|alt-svc|nel|report-to|service-worker-allowed|accept-ch|critical-ch|origin-agent-cluster)$/,
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
