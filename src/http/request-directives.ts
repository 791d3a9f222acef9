import { type Directives, deltaMs, parseCacheControl } from './cache-control.ts';
import { FieldSet } from './message.ts';

/** What a request demands of a cache (RFC 9111 §5.2.1); ms. */
export interface RequestDirectives {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeMs: number | undefined;
  readonly minFreshMs: number;
  /** Infinity: however stale. */
  readonly maxStaleMs: number;
  /** RFC 5861 §4. */
  readonly staleIfErrorMs: number;
}

/** §5.4: `Pragma: no-cache` counts where there is no `Cache-Control`. */
export function requestDirectives(fields: FieldSet): RequestDirectives {
  const directives = parseCacheControl(fields.get('cache-control'));
  const pragma = !fields.has('cache-control') && /(^|,)\s*no-cache\s*(,|$)/i.test(fields.get('pragma') ?? '');
  return {
    noCache: directives.has('no-cache') || pragma,
    noStore: directives.has('no-store'),
    onlyIfCached: directives.has('only-if-cached'),
    maxAgeMs: directives.ms('max-age'),
    minFreshMs: directives.ms('min-fresh') ?? 0,
    maxStaleMs: maxStaleMs(directives),
    staleIfErrorMs: directives.ms('stale-if-error') ?? 0,
  };
}

/** §5.2.1.2: without a number, however stale; given several times, the least. */
function maxStaleMs(directives: Directives): number {
  const given = directives
    .all('max-stale')
    .map((it) => (it === true ? Number.POSITIVE_INFINITY : (deltaMs(it) ?? 0)));
  return given.length === 0 ? 0 : Math.min(...given);
}

/** Of a client that demands nothing, or whose demands are ignored. */
export const noDirectives = requestDirectives(new FieldSet([]));

/** Whether they could make a difference to a stored response that is fresh. */
export const asksForMore = (it: RequestDirectives) =>
  it.noCache || it.noStore || it.onlyIfCached || it.maxAgeMs !== undefined || it.minFreshMs > 0;
