import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { mayBeStale } from '../http/freshness.ts';
import { notShared } from '../http/storing.ts';
import { selects } from '../http/vary.ts';
import type { Entry } from '../store/wire.ts';
import type { ClientRequest } from './request.ts';
import { ageMsOf, storedOf, windowsOfEntry } from './stored.ts';

/** RFC 9111 §4: whether this request selects the entry, and may share it. */
export function maySee(request: ClientRequest, entry: Entry): boolean {
  const by = entry.selecting ?? [];
  if (by.length > 0 && !selects(by, request.selecting)) return false;
  return notShared(request.credentials, storedOf(entry).rules.directives) === null;
}

/** Of its freshness; negative once it is stale. */
export const leftMs = ({ isolate }: Context, entry: Entry) =>
  entry.fetchedMs + entry.ttlMs - isolate.clock.now();

/** RFC 9111 §5.2.1: as the client wishes, where the route honours that; `ttlMs` is what is left of its freshness. */
export function isWanted(context: Context, { wishes }: ClientRequest, entry: Entry, ttlMs: number): boolean {
  const { noCache, minFreshMs, maxAgeMs, maxStaleMs } = wishes;
  if (noCache || (minFreshMs > 0 && ttlMs < minFreshMs)) return false;
  // §5.2.1.1: who says how old it may be wants nothing stale either, unless he says how stale.
  if (maxAgeMs === undefined) return true;
  return ageMsOf(entry, context.isolate.clock.now()) <= maxAgeMs + (ttlMs < 0 ? maxStaleMs : 0);
}

/** RFC 9111 §5.2.1.2: the client takes it stale, and the origin does not forbid that. */
export function takesStale(context: Context, { wishes }: ClientRequest, found: Found): boolean {
  if (wishes.maxStaleMs === 0 || wishes.noCache || !found.entry || !isUnpurged(found)) return false;
  return -ttlMsOf(context, found) < wishes.maxStaleMs && mayBeStale(storedOf(found.entry).rules);
}

/** A soft purge counts as the end of its freshness. */
export const ttlMsOf = (context: Context, { verdict, entry }: Found) =>
  verdict.is === 'stale' || verdict.is === 'fresh' ? verdict.ttlMs : leftMs(context, entry!);

/**
 * Why an entry may be served though the origin was to be asked, and failed: RFC 5861 §4, by the response's word or the
 * request's; RFC 9111 §4.2.4, for a while, where the origin cannot be reached at all. Null: it may not.
 */
export function covering(
  context: Context,
  { wishes }: ClientRequest,
  found: Found,
  disconnected: boolean,
): 'stale-if-error' | 'stale-disconnected' | null {
  const { entry, subject, verdict } = found;
  // A fresh one is here only because the client would not have it.
  if (!entry || !isUnpurged(found) || verdict.is === 'fresh') return null;
  const staleMs = -ttlMsOf(context, found);
  const { rules } = storedOf(entry);
  const { sieMs } = (subject.windows ?? windowsOfEntry(0))(entry);
  const requested = mayBeStale(rules) ? wishes.staleIfErrorMs : 0;
  const windowMs = Math.max(sieMs, requested);
  if (windowMs > 0 && staleMs < windowMs) return 'stale-if-error';
  // Where the origin names a window, that is it.
  const { disconnectedMs } = context.isolate.bounds;
  const unlimited = mayBeStale(rules) && !rules.directives.has('stale-if-error');
  // What nobody has validated may have been purged: only the origin's own word covers that.
  const cutOff = disconnected && unlimited && verdict.is !== 'unknown' && staleMs < disconnectedMs;
  return cutOff ? 'stale-disconnected' : null;
}

/** So far as is known: `unknown` is a copy that was validated before Redis could no longer be asked. */
const isUnpurged = ({ verdict }: Found) =>
  verdict.is !== 'absent' && (verdict.is !== 'unusable' || verdict.why === 'expired');
