import { bounds } from './bounds.ts';
import type { ReplayEvent } from './event.ts';
import { bytesPerKey, KeyTable } from './key-table.ts';
import { LiveBytes } from './live-bytes.ts';

export interface ReplayOptions {
  readonly ttlsMs: readonly number[];
  /** How long a fetch takes where the log does not say. */
  readonly assumedFetchMs: number;
  /** Bytes in Redis of an answer of so many bytes, under a key of so many characters. */
  readonly entryBytes: (bodyBytes: number, keyLength: number) => number;
  /** Keys held at most; beyond it a sample. */
  readonly mostKeys?: number;
}

/** What the replay found of one route. Each event of a key counts for all that the key stands for, `1 / inclusion`; so these need no correction. */
export interface RouteReplay {
  /** Of the representations that hits would have answered, for each TTL. */
  readonly hitBytes: Float64Array;
  readonly live: LiveBytes;
  /** Requests of which the one before of the same key is known, and those among them that found something else, by what showed it. */
  readonly change: Record<'etag' | 'size' | 'writes', { pairs: number; changed: number }>;
  /** Requests that would have waited for a fetch under way. */
  collapsed: number;
  /** Some fetch's duration was assumed. */
  isAssumed: boolean;
  /** Representations of known size, and their bytes. */
  sized: number;
  sizedBytes: number;
}

/** How many keys can be held exactly for so many TTLs. */
export const mostKeysFor = (ttls: number): number =>
  Math.min(bounds.keys, Math.floor(bounds.keyBytes / bytesPerKey(ttls)));

/**
 * Every event in order of time, as docs/assess.md defines it: a request is a hit when the latest fill of its key is less than the TTL ago, else it
 * fills at its own time; a write purges every key with its path.
 */
export class Replay {
  readonly keys: KeyTable;
  /** By route number. */
  readonly routes: RouteReplay[] = [];
  readonly #ttlsMs: readonly number[];
  readonly #ttls: Float64Array;
  readonly #options: ReplayOptions;
  /** Times are of whole seconds, until one is not. */
  #wholeSeconds = true;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#ttlsMs = options.ttlsMs;
    this.#ttls = Float64Array.from(options.ttlsMs);
    this.keys = new KeyTable(options.mostKeys ?? mostKeysFor(options.ttlsMs.length), options.ttlsMs.length);
  }

  readonly take = (event: ReplayEvent): void => {
    if (event.timeMs % 1000 !== 0) this.#wholeSeconds = false;
    if (event.isWrite) this.keys.purge(event.pathLo, event.pathHi);
    else this.#request(event);
  };

  #request(event: ReplayEvent): void {
    const { keys } = this;
    let row = keys.index.find(event.keyLo, event.keyHi);
    if (row < 0) {
      row = keys.add(event.keyLo, event.keyHi, event.pathLo, event.pathHi, event.route);
      if (row < 0) return;
    }
    const weight = 1 / keys.inclusion[row]!;
    const route = this.#routeOf(keys.route[row]!);
    const purges = keys.purgesOf(row);
    const isPurged = keys.purgesSeen[row] !== purges;
    if (keys.requests[row]! > 0) this.#compare(row, event, route, weight, isPurged);
    if (isPurged) this.#forgetFills(row, purges);
    keys.requests[row]!++;
    this.#note(row, event, route);
    this.#lookUp(row, event, route, weight);
    this.#wait(row, event, route, weight);
  }

  #routeOf(number: number): RouteReplay {
    const known = this.routes[number];
    if (known) return known;
    for (let at = this.routes.length; at <= number; at++) this.routes.push(blankRoute(this.#ttlsMs));
    return this.routes[number]!;
  }

  #forgetFills(row: number, purges: number): void {
    const { fills, purgesSeen } = this.keys;
    const ttls = this.#ttls.length;
    fills.fill(Number.NEGATIVE_INFINITY, row * ttls, (row + 1) * ttls);
    purgesSeen[row] = purges;
  }

  /** What it tells by itself: its size and tag stand for its key from now on. */
  #note(row: number, { bytes, etag }: ReplayEvent, route: RouteReplay): void {
    if (etag !== 0) this.keys.etag[row] = etag;
    if (bytes < 0) return;
    this.keys.bytes[row] = bytes;
    route.sized++;
    route.sizedBytes += bytes;
  }

  /** With the request before it of the same key. */
  #compare(
    row: number,
    { bytes, etag }: ReplayEvent,
    { change }: RouteReplay,
    weight: number,
    isPurged: boolean,
  ): void {
    change.writes.pairs += weight;
    if (isPurged) change.writes.changed += weight;
    const etagBefore = this.keys.etag[row]!;
    if (etag !== 0 && etagBefore !== 0) {
      change.etag.pairs += weight;
      if (etag !== etagBefore) change.etag.changed += weight;
    }
    const bytesBefore = this.keys.bytes[row]!;
    if (bytes >= 0 && bytesBefore >= 0) {
      change.size.pairs += weight;
      if (bytes !== bytesBefore) change.size.changed += weight;
    }
  }

  #lookUp(row: number, event: ReplayEvent, route: RouteReplay, weight: number): void {
    const { fills, hits } = this.keys;
    const { timeMs } = event;
    const ttls = this.#ttls;
    const base = row * ttls.length;
    const hitBytes = event.bytes > 0 ? event.bytes * weight : 0;
    let stored = -1;
    for (let ttl = 0; ttl < ttls.length; ttl++) {
      const at = base + ttl;
      if (timeMs - fills[at]! < ttls[ttl]!) {
        hits[at]!++;
        route.hitBytes[ttl]! += hitBytes;
      } else {
        fills[at] = timeMs;
        if (stored < 0)
          stored = weight * this.#options.entryBytes(this.#bytesOf(row, route), event.keyLength);
        route.live.fill(ttl, timeMs, stored);
      }
    }
  }

  /** Of what a fill stores: the latest size known of the key, else the mean of its route. */
  #bytesOf(row: number, { sized, sizedBytes }: RouteReplay): number {
    const bytes = this.keys.bytes[row]!;
    if (bytes >= 0) return bytes;
    return sized > 0 ? sizedBytes / sized : 0;
  }

  /** Without any cache: does it meet a fetch of its key, or begin one? */
  #wait(row: number, { timeMs, durationMs }: ReplayEvent, route: RouteReplay, weight: number): void {
    const { busyUntilMs } = this.keys;
    const leftMs = busyUntilMs[row]! - timeMs;
    if (leftMs > 0) {
      route.collapsed += weight * this.#meetingChance(leftMs);
      return;
    }
    if (durationMs < 0) route.isAssumed = true;
    busyUntilMs[row] = timeMs + (durationMs < 0 ? this.#options.assumedFetchMs : durationMs);
  }

  /**
   * Two requests of the same second need not have met: each came at any time in it. They were less than `ms` apart with this chance. In logs with finer
   * times, and for longer fetches, what is written is taken at its word.
   */
  #meetingChance(ms: number): number {
    return this.#wholeSeconds && ms < 1000 ? 1 - (1 - ms / 1000) ** 2 : 1;
  }
}

const blankRoute = (ttlsMs: readonly number[]): RouteReplay => ({
  hitBytes: new Float64Array(ttlsMs.length),
  live: new LiveBytes(ttlsMs),
  change: {
    etag: { pairs: 0, changed: 0 },
    size: { pairs: 0, changed: 0 },
    writes: { pairs: 0, changed: 0 },
  },
  collapsed: 0,
  isAssumed: false,
  sized: 0,
  sizedBytes: 0,
});
