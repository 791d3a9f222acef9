import { quote } from './strategy-error.ts';

/** Names of `passHeaders` that are refused, each by a rule: what is stored is shown to the next caller, and speaks of no one caller. */
const refused: readonly (readonly [names: RegExp, why: string])[] = [
  [/^$|[^!#$%&'*+.^_`|~0-9a-z-]/, 'is not the name of a header'],
  [
    /^(connection|keep-alive|te|trailer|transfer-encoding|upgrade|http2-settings|proxy-.*)$/,
    'is for one connection',
  ],
  [/^(set-)?cookie2?$/, "would give one caller's cookies to the next"],
  [
    /^(.*authorization|www-authenticate|authentication-info|x-origin-secret|x-(tenant|user)-id|(x-)?api-key|x-(.*-)?token)$/,
    'is a credential, or says who asked',
  ],
  [
    /^((.*-)?cache-control|surrogate-control|pragma|expires|age|date|etag|vary|warning|cache-status|server-timing)$/,
    'is what the edge says itself',
  ],
  [
    /^(cache-tag|surrogate-key|xkey|cache-groups|cache-group-invalidation)$/,
    'names tags, for the edge alone',
  ],
  [/^(content-.*|accept-ranges|(repr-)?digest)$/, 'is of the bytes, which the edge codes itself'],
  [/^access-control-/, 'is of CORS, which the setting CORS_ORIGINS decides'],
  [/^(clear-site-data|strict-transport-security|alt-svc)$/, 'is of the whole host'],
  [/^x-stillfresh-/, 'is kept for the edge'],
];

/** In lower case. Throws what is wrong with it, and the mend. */
export function compilePassHeader(given: string): string {
  const name = given.toLowerCase();
  const rule = refused.find(([names]) => names.test(name));
  if (rule) throw new RangeError(`${quote(given)} ${rule[1]}; take it out`);
  return name;
}
