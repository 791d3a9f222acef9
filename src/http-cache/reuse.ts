import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { ttlLeftMsOf } from '../engine/served.ts';
import { mayBeStale } from '../http/freshness.ts';
import { notShared } from '../http/storing.ts';
import { selects } from '../http/vary.ts';
import type { Entry } from '../store/wire.ts';
import type { ClientRequest } from './request.ts';
import { ageMsOf, storedOf } from './stored.ts';

/** RFC 9111 §4: whether this request selects the entry, and may share it. */
export function maySee(request: ClientRequest, entry: Entry): boolean {
  const by = entry.selecting ?? [];
  if (by.length > 0 && !selects(by, request.selecting)) return false;
  return notShared(request.credentials, storedOf(entry).rules.directives) === null;
}

/** RFC 9111 §5.2.1: as the client's directives have it, where they count; `leftMs` is what is left of its freshness. */
export function isWanted(
  { isolate }: Context,
  { directives }: ClientRequest,
  entry: Entry,
  leftMs: number,
): boolean {
  const { noCache, minFreshMs, maxAgeMs, maxStaleMs } = directives;
  if (noCache || (minFreshMs > 0 && leftMs < minFreshMs)) return false;
  // §5.2.1.1: whoever says how old it may be wants nothing stale either, unless he says how stale.
  if (maxAgeMs === undefined) return true;
  return ageMsOf(entry, isolate.clock.now()) <= maxAgeMs + (leftMs < 0 ? maxStaleMs : 0);
}

/** RFC 9111 §5.2.1.2: the client takes it stale, and the origin does not forbid that. */
export function takesStale(context: Context, { directives }: ClientRequest, found: Found): boolean {
  const { maxStaleMs, noCache } = directives;
  if (maxStaleMs === 0 || noCache || !found.entry || isPurged(found)) return false;
  return -leftOf(context, found, found.entry) < maxStaleMs && mayBeStale(storedOf(found.entry).rules);
}

/** A soft purge counts as the end of its freshness. */
export const leftOf = ({ isolate }: Context, found: Found, entry: Entry): number =>
  'leftMs' in found ? found.leftMs : ttlLeftMsOf(entry, isolate.clock.now());

/**
 * Why an entry may be served where a fetch failed: RFC 5861 §4, by the response's word or the
 * request's; RFC 9111 §4.2.4, for a while, where the origin cannot be reached at all. Null: it may not.
 */
export function coverFor(
  context: Context,
  { directives }: ClientRequest,
  found: Found,
  isDisconnected: boolean,
): 'stale-if-error' | 'stale-disconnected' | null {
  const { entry, subject } = found;
  // A fresh one is here only because the client would not have it.
  if (!entry || isPurged(found) || found.is === 'fresh') return null;
  const staleMs = -leftOf(context, found, entry);
  const { rules } = storedOf(entry);
  const requestedMs = mayBeStale(rules) ? directives.staleIfErrorMs : 0;
  const windowMs = Math.max(subject.windowsOf(entry).sieMs, requestedMs);
  if (windowMs > 0 && staleMs < windowMs) return 'stale-if-error';
  // Where the origin names a window, that is it.
  const { disconnectedMs } = context.isolate.bounds;
  const isUnlimited = mayBeStale(rules) && !rules.directives.has('stale-if-error');
  // What nobody has validated may have been purged: only the origin's own word covers that.
  const isCutOff = isDisconnected && isUnlimited && found.is !== 'unknown' && staleMs < disconnectedMs;
  return isCutOff ? 'stale-disconnected' : null;
}

/** Nothing is stored, or nothing that anybody may be given. So far as is known: `unknown` is a copy that was validated before Redis could no longer be reached. */
export const isPurged = (found: Found): boolean =>
  found.is === 'absent' || (found.is === 'unusable' && found.reason !== 'expired');
