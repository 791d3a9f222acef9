import type { ForwardStatus, HitStatus } from '../http/cache-status.ts';

/** How a request was answered: feeds the header (`cacheStatusHeader`), the log (`outcomeFields`) and the tests. */
export type Outcome = Hit | Forward;

export interface Hit extends HitStatus {
  /** `l1`: isolate memory; `l2`: Redis. */
  readonly layer: 'l1' | 'l2';
}

export type Forward = ForwardStatus;

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
