import { bounds } from '../bounds.ts';
import type { Explained, Seen, SeenTag } from '../engine/explain.ts';
import { cacheStatusHeader } from '../http/cache-status.ts';
import { Problem } from '../http/problem.ts';
import type { ReceiptView } from '../invalidation/receipts.ts';
import { type Entry, plainText } from '../store/wire.ts';
import { type Outcome, outcomeName, reasonOf, requestOutcome } from '../telemetry/outcome.ts';
import { rolloutView, switchedSinceMs } from './explain-rollout.ts';
import { wordsOf } from './explain-words.ts';

/** `Cache-Status` without the cache's name, without what changes by the second, and without the origin's status. */
const verdictOf = (outcome: Outcome): string =>
  cacheStatusHeader(outcome)
    .split('; ')
    .slice(1)
    .filter((it) => !/^(ttl|fwd-status)=/.test(it))
    .join('; ');

/** As `GET /-/explain` shows it; null where it does not apply. */
export function explainedView(explained: Explained, nowMs: number, purges: readonly ReceiptView[]) {
  const { className, next, status, seen, params = null, access, wouldFetch, switched, byCache } = explained;
  const outcome = requestOutcome(next);
  const reason = reasonOf(next, status ?? 200);
  return {
    verdict: verdictOf(outcome),
    cache_status: cacheStatusHeader(outcome),
    outcome: outcomeName(next, status ?? 200),
    reason,
    status,
    ...wordsOf(reason, { explained, nowMs }),
    since: sinceOf(explained, purges),
    class: className,
    key: seen?.key ?? null,
    redis_key: seen?.redisKey ?? null,
    params,
    errors: next.error instanceof Problem ? (next.error.options.errors ?? []) : [],
    access: access ? { rule: access.rule, may_read: access.mayRead, why: access.why ?? null } : null,
    ...(seen ? seenView(seen, nowMs) : nothingSeen),
    ...(outcome.kind === 'hit' && { layer: outcome.layer }),
    would_fetch: wouldFetch,
    mode: switched?.decision.mode ?? null,
    rollout: switched ? rolloutView(switched) : null,
    would_be: byCache ? { verdict: verdictOf(byCache), cache_status: cacheStatusHeader(byCache) } : null,
    purges: purges.map(({ purge_id, source, events, mode, applied_at }) => ({
      purge_id,
      source,
      events,
      mode,
      applied_at,
    })),
    remarks: explained.remarks,
  };
}

const nothingSeen = {
  stored: null,
  layer: null,
  trusted: null,
  tags: [],
  fetched_at: null,
  age_ms: null,
  ttl_ms: null,
  bytes: null,
  stored_status: null,
  windows: null,
  lock: null,
  notes: [],
};

function seenView({ entry, layer, ageMs, ttlMs, tags, windows, trusted, lock, notes }: Seen, nowMs: number) {
  return {
    stored: entry !== undefined,
    layer,
    trusted: trusted && { ms: trusted.untilMs - nowMs, afterwards: verdictOf(trusted.afterwards) },
    tags: tags.map(tagView),
    fetched_at: entry ? iso(entry.fetchedMs) : null,
    age_ms: ageMs,
    ttl_ms: ttlMs,
    bytes: entry?.length ?? null,
    stored_status: entry?.status ?? null,
    windows: windows && {
      fresh_until: iso(windows.freshUntilMs),
      stale_while_revalidate_until: iso(windows.staleWhileRevalidateUntilMs),
      stale_if_error_until: iso(windows.staleIfErrorUntilMs),
    },
    lock: {
      state: lock.state,
      failure: lock.failure && { code: lock.failure.code, status: lock.failure.status ?? null },
    },
    notes,
  };
}

const tagView = ({ name, kind, generation, softPurgedMs }: SeenTag) => ({
  name,
  kind,
  generation,
  ...(softPurgedMs !== undefined && { soft_purged_at: iso(softPurgedMs) }),
});

/** When it became what it is, as far as that is known. */
function sinceOf({ seen, next, switched }: Explained, purges: readonly ReceiptView[]): string | null {
  if (switched && switched.decision.mode !== 'on') return iso(switchedSinceMs(switched));
  if (!seen?.entry || next.error) return null;
  const isPurged = seen.tags.some(({ generation }) => generation === 'changed');
  if (isPurged) return purges[0]?.applied_at ?? null;
  if (seen.tags.some(({ generation }) => generation === 'missing')) return null;
  return iso((seen.ttlMs ?? 0) > 0 ? seen.entry.fetchedMs : (seen.windows?.freshUntilMs ?? null));
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** Its beginning, as text where it is text. */
export async function bodyView(entry: Entry) {
  const text = await plainText(entry).catch(() => null);
  const most = bounds.explainedBodyBytes;
  if (text !== null) return { text: text.slice(0, most), truncated: text.length > most };
  const bytes = typeof entry.body === 'string' ? new TextEncoder().encode(entry.body) : entry.body;
  return { base64: bytes.subarray(0, most).toBase64(), coding: entry.coding, truncated: bytes.length > most };
}
