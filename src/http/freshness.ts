import { bounds } from '../bounds.ts';
import { type Directives, deltaMs, parseCacheControl } from './cache-control.ts';
import { parseHttpDate } from './http-date.ts';
import type { FieldSet } from './message.ts';
import { parseTargeted } from './targeted.ts';

/** A response, and when this cache asked for it and had its header section. Ms since the epoch. */
export interface Received {
  readonly status: number;
  readonly fields: FieldSet;
  readonly requestMs: number;
  readonly responseMs: number;
}

/** The directives that rule a response. */
export interface Governing {
  readonly directives: Directives;
  /** RFC 9213 §2.2: from a targeted field, so that `Cache-Control` and `Expires` do not count. */
  readonly targeted: boolean;
}

export function governing(fields: FieldSet): Governing {
  const targeted = parseTargeted(fields.get('cdn-cache-control'));
  if (targeted) return { directives: targeted, targeted: true };
  return { directives: parseCacheControl(fields.get('cache-control')), targeted: false };
}

/** RFC 9111 §4.2.1, for a shared cache: the first of these that is there. Undefined: the origin says nothing. */
export function explicitLifetimeMs({ fields, responseMs }: Received, rules: Governing): number | undefined {
  const { directives, targeted } = rules;
  const byDirective = directives.ms('s-maxage') ?? directives.ms('max-age');
  if (byDirective !== undefined || targeted || !fields.has('expires')) return byDirective;
  // §5.3: a malformed date, "0" above all, is in the past.
  const expiresMs = parseHttpDate(fields.get('expires'), responseMs);
  return expiresMs === null ? 0 : Math.max(0, expiresMs - dateMs({ fields, responseMs }));
}

/**
 * RFC 9110 §15.1: statuses that may be fresh by guess. Guard: not 405, 414 and 501, by which one client could make others see
 * an error. A part that is stored (206) is judged as the complete response would be.
 */
const heuristicStatuses = new Set([200, 203, 204, 206, 300, 301, 308, 404, 410]);

/** RFC 9111 §4.2.2: these, and any other that the origin calls `public`. */
export const mayBeGuessed = (status: number, { directives }: Governing) =>
  heuristicStatuses.has(status) || directives.says('public');

/** RFC 9111 §4.2.2: a tenth of the time since it was last modified, at most a day; nothing without `Last-Modified`. */
export function heuristicLifetimeMs(it: Received, rules: Governing): number {
  const { status, fields, responseMs } = it;
  if (!mayBeGuessed(status, rules)) return 0;
  const modifiedMs = parseHttpDate(fields.get('last-modified'), responseMs);
  if (modifiedMs === null) return 0;
  return Math.min(bounds.heuristicMs, Math.max(0, dateMs(it) - modifiedMs) / 10);
}

/** RFC 9111 §4.2.3: its age when it was received. §5.1: of several values the first counts, and a malformed one is ignored. */
export function initialAgeMs(it: Received): number {
  const { fields, requestMs, responseMs } = it;
  const apparentAgeMs = Math.max(0, responseMs - dateMs(it));
  const [age = ''] = (fields.get('age') ?? '').split(',', 1);
  const ageValueMs = deltaMs(age.trim()) ?? 0;
  return Math.max(apparentAgeMs, ageValueMs + (responseMs - requestMs));
}

/** RFC 9110 §6.6.1: its `Date`; without one that can be read, when it was received. */
function dateMs({ fields, responseMs }: Pick<Received, 'fields' | 'responseMs'>): number {
  return parseHttpDate(fields.get('date'), responseMs) ?? responseMs;
}

/**
 * RFC 9111 §4.2: when it stops being fresh, and whether that is the origin's word. `no-cache` without field names
 * (§5.2.2.4) leaves it never fresh.
 */
export function freshnessOf(it: Received, rules: Governing) {
  const explicit = explicitLifetimeMs(it, rules);
  const lifetimeMs = rules.directives.isUnqualified('no-cache')
    ? 0
    : (explicit ?? heuristicLifetimeMs(it, rules));
  const leftMs = lifetimeMs - initialAgeMs(it);
  return { expiresMs: it.responseMs + leftMs, explicit: explicit !== undefined };
}

const demandsValidation = (directives: Directives) =>
  directives.has('must-revalidate') ||
  directives.has('proxy-revalidate') ||
  directives.isUnqualified('no-cache');

/** RFC 9111 §4.2.4: whether a cache that is cut off from the origin, or a client's `max-stale`, may use it stale. */
export const mayBeStale = ({ directives }: Governing) =>
  !demandsValidation(directives) && !directives.has('s-maxage');

/** RFC 5861 §4: these are the errors that a stale answer may cover for. */
export const coverableErrors = new Set([500, 502, 503, 504]);

/**
 * RFC 5861 §3, §4: how long after that it may be served, while a refresh runs and when the origin fails. RFC 9111 §4.2.4:
 * not at all where validation is demanded. `s-maxage` demands it too (§5.2.2.10), unless the origin itself names a window.
 * `siePlainMs` is what the route allows where the origin says nothing.
 */
export function staleWindows({ directives }: Governing, siePlainMs = 0) {
  if (demandsValidation(directives)) return { swrMs: 0, sieMs: 0 };
  return {
    swrMs: directives.ms('stale-while-revalidate') ?? 0,
    sieMs: directives.ms('stale-if-error') ?? (directives.has('s-maxage') ? 0 : siePlainMs),
  };
}
