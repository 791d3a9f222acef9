import { bounds } from '../bounds.ts';
import type { Directives } from './cache-control.ts';
import { isReadTwoWays } from './deception.ts';
import { freshnessOf, type Governing, mayBeGuessed, type Received, staleWindows } from './freshness.ts';
import { varyRule } from './vary.ts';

/** Who asked, as far as that limits with whom the answer may be shared. */
export interface Credentials {
  readonly authorization: boolean;
  readonly cookie: boolean;
}

/** The request that a response answers. */
export interface Requested {
  readonly method: string;
  /** Path and query as sent to the origin. */
  readonly target: string;
  readonly credentials: Credentials;
}

/** RFC 9111 §5.2.2.3: statuses whose caching is understood here, for `must-understand`. */
const understood = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 413, 414, 421, 451, 500, 501,
  502, 503, 504,
]);

/** RFC 6585 §3–§6: these speak of one request or one network, and must not be stored, whatever the origin says. */
const ofOneRequest = new Set([428, 429, 431, 511]);

/** RFC 9111 §3, in its order; null: it may be stored. The guards of this cache stand among its rules. */
export function notStored(request: Requested, it: Received, rules: Governing) {
  const { status, fields } = it;
  const { directives } = rules;
  if (request.method !== 'GET') return 'method';
  // §3.3, §3.4: a part that may be stored is judged as the complete response, and a 304 only updates.
  if (status === 206) return 'partial';
  if (status < 200 || status === 304 || ofOneRequest.has(status)) return 'status';
  const mustUnderstand = directives.says('must-understand');
  if (mustUnderstand && !understood.has(status)) return 'status';
  // §5.2.2.5; §5.2.2.3 lets a cache that understands the status ignore it.
  if (directives.has('no-store') && !mustUnderstand) return 'no-store';
  if (directives.isUnqualified('private')) return 'private';
  // Guard: whoever asks next would be given the session of whoever asked first.
  if (fields.has('set-cookie') && !withheld(directives).has('set-cookie')) return 'set-cookie';
  const unshared = notShared(request.credentials, directives);
  if (unshared) return unshared;
  if (!isAnonymous(request.credentials) && isReadTwoWays(request.target, fields)) return 'ambiguous-path';
  const rule = varyRule(fields.get('vary'));
  if (rule === '*') return 'vary-star';
  if (rule.length > bounds.varyNames) return 'vary-names';
  return worthStoring(it, rules) ? null : 'no-freshness';
}

/** Why a response may not be stored, in a word for `Cache-Status` and the log. */
export type NotStored = NonNullable<ReturnType<typeof notStored>>;

/**
 * RFC 9111 §3.5: what answers a request with `Authorization` is shared only where the origin says so. Guard: `Cookie` is a
 * credential too, though no RFC says it; `must-revalidate` says nothing of cookies.
 */
export function notShared(
  { authorization, cookie }: Credentials,
  directives: Directives,
): 'authorization' | 'cookie' | null {
  if (directives.says('public') || directives.hasMs('s-maxage')) return null;
  if (cookie) return 'cookie';
  return authorization && !directives.says('must-revalidate') ? 'authorization' : null;
}

export const isAnonymous = ({ authorization, cookie }: Credentials) => !authorization && !cookie;

/** Fresh now, or of use later: it can be validated, or served stale. */
function worthStoring(it: Received, rules: Governing): boolean {
  const { expiresMs, explicit } = freshnessOf(it, rules);
  // §3: explicit freshness, `public`, or a status that may be fresh by guess.
  if (!explicit && !mayBeGuessed(it.status, rules)) return false;
  if (expiresMs > it.responseMs) return true;
  const { swrMs, sieMs } = staleWindows(rules);
  const staleMs = it.responseMs - expiresMs;
  if (staleMs < Math.max(swrMs, sieMs)) return true;
  return it.status === 200 && (it.fields.has('etag') || it.fields.has('last-modified'));
}

/** RFC 9111 §5.2.2.4, §5.2.2.7: fields that are not stored, because `no-cache` or `private` names them. */
export function withheld(directives: Directives): ReadonlySet<string> {
  return new Set([...directives.fieldsOf('no-cache'), ...directives.fieldsOf('private')]);
}
