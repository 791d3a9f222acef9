import { isAscii, isValidTokenStr, serializeBareItem, Token } from 'structured-headers';

/** Why a request went forward to the origin (RFC 9211 §2.2). */
export const forwardReasons = [
  'bypass',
  'method',
  'uri-miss',
  'vary-miss',
  'miss',
  'request',
  'stale',
  'partial',
] as const;
export type ForwardReason = (typeof forwardReasons)[number];

/** What `Cache-Status` can say. `telemetry/outcome.ts` adds what only the log needs. */
export type CacheStatus = HitStatus | ForwardStatus | UnreadStatus;

export interface HitStatus {
  readonly kind: 'hit';
  /** Freshness left; negative for a stale answer. */
  readonly ttlMs: number;
  /** One word for people, such as `purged`. */
  readonly detail?: string | undefined;
  readonly key?: string | undefined;
}

export interface ForwardStatus {
  readonly kind: 'fwd';
  readonly fwd: ForwardReason;
  /** The origin's status; absent when it gave none. */
  readonly fwdStatus?: number | undefined;
  readonly ttlMs?: number | undefined;
  /** Admitted to the store; the result of the fill is in the log. */
  readonly stored: boolean;
  /** Waited for another request's fetch. */
  readonly collapsed?: boolean;
  readonly detail?: string | undefined;
  readonly key?: string | undefined;
}

/** The cache was not asked for an answer; neither `hit` nor `fwd` is said then. */
export interface UnreadStatus {
  readonly kind: 'unread';
  readonly detail?: string | undefined;
}

/**
 * `Cache-Status` (RFC 9211), the name first and then its parameters: `Stillfresh; fwd=uri-miss; stored; fwd-status=200`.
 * `showKey` is for development only: a key names tenant and user.
 */
export function cacheStatusHeader(status: CacheStatus, { showKey = false } = {}): string {
  const said = ['Stillfresh'];
  if (status.kind === 'hit') {
    said.push('hit');
  } else if (status.kind === 'fwd') {
    said.push(`fwd=${status.fwd}`);
    if (status.stored) said.push('stored');
    if (status.fwdStatus !== undefined) said.push(`fwd-status=${serializeBareItem(status.fwdStatus)}`);
  }
  // Rounded down, so that an answer stale by a millisecond does not read as `ttl=0`.
  if (status.kind !== 'unread' && status.ttlMs !== undefined)
    said.push(`ttl=${serializeBareItem(Math.floor(status.ttlMs / 1000))}`);
  if (status.kind === 'fwd' && status.collapsed) said.push('collapsed');
  if (status.detail !== undefined) said.push(...parameter('detail', status.detail));
  if (showKey && status.kind !== 'unread' && status.key !== undefined)
    said.push(...parameter('key', status.key, 'string'));
  return said.join('; ');
}

/** RFC 9211 §2.6, §2.8: `key` is a string, `detail` a token or a string; what neither can hold is left unsaid rather than failing an answer. */
function parameter(name: string, value: string, shape?: 'string'): string[] {
  if (!isAscii(value)) return [];
  const asToken = shape !== 'string' && isValidTokenStr(value);
  return [`${name}=${serializeBareItem(asToken ? new Token(value) : value)}`];
}
