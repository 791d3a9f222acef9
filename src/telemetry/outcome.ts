import type { ForwardStatus, HitStatus } from '../http/cache-status.ts';

/** How a request was answered: feeds the header (`cacheStatusHeader`), the log (`outcomeFields`) and the tests. */
export type Outcome = Hit | Forward;

export interface Hit extends HitStatus {
  /** `l1`: isolate memory; `l2`: Redis. */
  readonly layer: 'l1' | 'l2';
}

export type Forward = ForwardStatus;

/** Flat fields of one log line, in the words of RFC 9211; absent where there is nothing to say. */
export function outcomeFields(outcome: Outcome): Readonly<Record<string, string | number | boolean>> {
  const { ttlMs, detail, key } = outcome;
  return {
    outcome: outcome.kind,
    ...(outcome.kind === 'hit'
      ? { layer: outcome.layer }
      : {
          fwd: outcome.fwd,
          stored: outcome.stored,
          ...(outcome.fwdStatus !== undefined && { fwd_status: outcome.fwdStatus }),
          ...(outcome.collapsed && { collapsed: true }),
        }),
    ...(ttlMs !== undefined && { ttl_ms: ttlMs }),
    ...(detail !== undefined && { detail }),
    ...(key !== undefined && { key }),
  };
}
