import type { ForwardStatus, HitStatus } from '../http/cache-status.ts';

/** How a request was answered: feeds the header (`cacheStatusHeader`), the log (`outcomeFields`) and the tests. */
export type Outcome = Hit | Forward;

export interface Hit extends HitStatus {
  /** `l1`: isolate memory; `l2`: Redis. */
  readonly layer: 'l1' | 'l2';
}

export type Forward = ForwardStatus;

/** The one word that requests are counted by. */
export type OutcomeName = 'hit' | 'stale' | 'miss' | 'bypass' | 'refused' | 'error';

/**
 * `outcome`: of the class that answered, where one did; `status`: of the answer. What has no outcome and is no refusal was not for the cache:
 * a write's own route, a webhook, an admin's request.
 */
export function outcomeName(outcome: Outcome | undefined, status: number): OutcomeName {
  if (status >= 500) return 'error';
  if (outcome?.kind === 'hit') return outcome.ttlMs > 0 ? 'hit' : 'stale';
  if (outcome) return outcome.fwd === 'bypass' || outcome.fwd === 'method' ? 'bypass' : 'miss';
  return status >= 400 ? 'refused' : 'bypass';
}

/** Flat fields of one log line, in the words of RFC 9211; undefined where there is nothing to say. */
export const outcomeFields = (outcome: Outcome) => ({
  outcome: outcome.kind,
  ...(outcome.kind === 'hit'
    ? { layer: outcome.layer }
    : {
        fwd: outcome.fwd,
        stored: outcome.stored,
        fwd_status: outcome.fwdStatus,
        collapsed: outcome.collapsed || undefined,
      }),
  ttl_ms: outcome.ttlMs,
  detail: outcome.detail,
});
