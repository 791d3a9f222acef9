import type { Asking } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { mayBeStale } from '../http/freshness.ts';
import { notShared } from '../http/storing.ts';
import { selects } from '../http/vary.ts';
import type { Entry } from '../store/wire.ts';
import type { Asked } from './request.ts';
import { ageMsOf, storedOf, windowsOfEntry } from './stored.ts';

/** RFC 9111 §4: whether this request selects the entry, and may share it. */
export function maySee(asked: Asked, entry: Entry): boolean {
  const by = entry.selecting ?? [];
  if (by.length > 0 && !selects(by, asked.selecting)) return false;
  return notShared(asked.credentials, storedOf(entry).rules.directives) === null;
}

/** Of its freshness; negative once it is stale. */
export const leftMs = ({ isolate }: Asking, entry: Entry) =>
  entry.fetchedMs + entry.ttlMs - isolate.clock.now();

/** RFC 9111 §5.2.1: as the client wishes, where the route honours that; `ttlMs` is what is left of its freshness. */
export function isWanted(asking: Asking, { wishes }: Asked, entry: Entry, ttlMs: number): boolean {
  const { noCache, minFreshMs, maxAgeMs, maxStaleMs } = wishes;
  if (noCache || (minFreshMs > 0 && ttlMs < minFreshMs)) return false;
  // §5.2.1.1: who says how old it may be wants nothing stale either, unless he says how stale.
  if (maxAgeMs === undefined) return true;
  return ageMsOf(entry, asking.isolate.clock.now()) <= maxAgeMs + (ttlMs < 0 ? maxStaleMs : 0);
}

/** RFC 9111 §5.2.1.2: the client takes it stale, and the origin does not forbid that. */
export function takesStale(asking: Asking, { wishes }: Asked, found: Found): boolean {
  if (wishes.maxStaleMs === 0 || wishes.noCache || !found.entry || !isUnpurged(found)) return false;
  return -ttlMsOf(asking, found) < wishes.maxStaleMs && mayBeStale(storedOf(found.entry).rules);
}

/** A soft purge counts as the end of its freshness. */
export const ttlMsOf = (asking: Asking, { verdict, entry }: Found) =>
  verdict.is === 'stale' || verdict.is === 'fresh' ? verdict.ttlMs : leftMs(asking, entry!);

/**
 * Why an entry may be served though the origin was to be asked, and failed: RFC 5861 §4, by the response's word or the
 * request's; RFC 9111 §4.2.4, for a while, where the origin cannot be reached at all. Null: it may not.
 */
export function covering(
  asking: Asking,
  { wishes }: Asked,
  found: Found,
  disconnected: boolean,
): 'stale-if-error' | 'stale-disconnected' | null {
  const { entry, subject, verdict } = found;
  // A fresh one is here only because the client would not have it.
  if (!entry || !isUnpurged(found) || verdict.is === 'fresh') return null;
  const staleMs = -ttlMsOf(asking, found);
  const { rules } = storedOf(entry);
  const { sieMs } = (subject.windows ?? windowsOfEntry(0))(entry);
  const asked = mayBeStale(rules) ? wishes.staleIfErrorMs : 0;
  const windowMs = Math.max(sieMs, asked);
  if (windowMs > 0 && staleMs < windowMs) return 'stale-if-error';
  // Where the origin names a window, that is it.
  const { disconnectedMs } = asking.isolate.bounds;
  const unlimited = mayBeStale(rules) && !rules.directives.has('stale-if-error');
  // What nobody has validated may have been purged: only the origin's own word covers that.
  const cutOff = disconnected && unlimited && verdict.is !== 'unknown' && staleMs < disconnectedMs;
  return cutOff ? 'stale-disconnected' : null;
}

/** So far as is known: `unknown` is a copy that was validated before Redis could no longer be asked. */
const isUnpurged = ({ verdict }: Found) =>
  verdict.is !== 'absent' && (verdict.is !== 'unusable' || verdict.why === 'expired');
