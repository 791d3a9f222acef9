import { bounds } from './bounds.ts';
import type { ReplayEvent } from './event.ts';
import { bytesPerKey, INT, KeyTable, REAL } from './key-table.ts';
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

/** What the replay found of one route. Where only a sample of the keys is held, each event counts for all that its key stands for, `1 / inclusion`. */
export interface RouteReplay {
  /** All of them, each with the route that its key was first seen in: so a route's hits are always among its candidates. */
  candidates: number;
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
 * Takes events in order of time: a request is a hit when the latest fill of its key is less than the TTL ago, else it
 * fills at its own time; a write purges every key with its path.
 */
export class Replay {
  readonly keys: KeyTable;
  /** By route number; of a route without candidates, none. */
  readonly routes: (RouteReplay | undefined)[] = [];
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
      if (row < 0) {
        this.#routeOf(event.route).candidates++;
        return;
      }
    }
    const { reals, ints } = keys;
    const real = row * keys.realsPerKey;
    const int = row * keys.intsPerKey;
    const weight = 1 / reals[real + REAL.inclusion]!;
    const route = this.#routeOf(ints[int + INT.route]!);
    route.candidates++;
    const purges = keys.purgesOf(ints[int + INT.path]!);
    const isPurged = ints[int + INT.purgesSeen] !== purges;
    if (ints[int + INT.requests]! > 0) this.#compare(real, int, event, route, weight, isPurged);
    if (isPurged) {
      ints[int + INT.purgesSeen] = purges;
      reals.fill(Number.NEGATIVE_INFINITY, real + REAL.fills, real + keys.realsPerKey);
    }
    ints[int + INT.requests]!++;
    this.#note(real, int, event, route);
    this.#lookUp(real, int, event, route, weight);
    this.#wait(real, event, route, weight);
  }

  #routeOf(number: number): RouteReplay {
    const known = this.routes[number];
    if (known) return known;
    const blank = blankRoute(this.#ttlsMs);
    this.routes[number] = blank;
    return blank;
  }

  /** What it tells by itself: its size and tag stand for its key from now on. */
  #note(real: number, int: number, { bytes, etag }: ReplayEvent, route: RouteReplay): void {
    if (etag !== 0) this.keys.ints[int + INT.etag] = etag;
    if (bytes < 0) return;
    this.keys.reals[real + REAL.bytes] = bytes;
    route.sized++;
    route.sizedBytes += bytes;
  }

  /** With the request before it of the same key. */
  #compare(
    real: number,
    int: number,
    { bytes, etag }: ReplayEvent,
    { change }: RouteReplay,
    weight: number,
    isPurged: boolean,
  ): void {
    change.writes.pairs += weight;
    if (isPurged) change.writes.changed += weight;
    const etagBefore = this.keys.ints[int + INT.etag]!;
    if (etag !== 0 && etagBefore !== 0) {
      change.etag.pairs += weight;
      if (etag !== etagBefore) change.etag.changed += weight;
    }
    const bytesBefore = this.keys.reals[real + REAL.bytes]!;
    if (bytes >= 0 && bytesBefore >= 0) {
      change.size.pairs += weight;
      if (bytes !== bytesBefore) change.size.changed += weight;
    }
  }

  #lookUp(real: number, int: number, event: ReplayEvent, route: RouteReplay, weight: number): void {
    const { reals, ints } = this.keys;
    const { timeMs, bytes } = event;
    const ttls = this.#ttls;
    const fills = real + REAL.fills;
    const hits = int + INT.hits;
    const hitBytes = bytes > 0 ? bytes * weight : 0;
    let stored = -1;
    for (let ttl = 0; ttl < ttls.length; ttl++) {
      if (timeMs - reals[fills + ttl]! < ttls[ttl]!) {
        ints[hits + ttl]!++;
        route.hitBytes[ttl]! += hitBytes;
      } else {
        reals[fills + ttl] = timeMs;
        if (stored < 0)
          stored = weight * this.#storedBytes(reals[real + REAL.bytes]!, event.keyLength, route);
        route.live.fill(ttl, timeMs, stored);
      }
    }
  }

  /** Of what a fill stores: by the latest size known of the key, else by the mean of its route. */
  #storedBytes(bytes: number, keyLength: number, { sized, sizedBytes }: RouteReplay): number {
    const mean = sized > 0 ? sizedBytes / sized : 0;
    return this.#options.entryBytes(bytes >= 0 ? bytes : mean, keyLength);
  }

  /** Without any cache: does it meet a fetch of its key, or begin one? */
  #wait(real: number, { timeMs, durationMs }: ReplayEvent, route: RouteReplay, weight: number): void {
    const { reals } = this.keys;
    const leftMs = reals[real + REAL.busyUntilMs]! - timeMs;
    if (leftMs > 0) {
      route.collapsed += weight * this.#meetingChance(leftMs);
      return;
    }
    if (durationMs < 0) route.isAssumed = true;
    reals[real + REAL.busyUntilMs] = timeMs + (durationMs < 0 ? this.#options.assumedFetchMs : durationMs);
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
  candidates: 0,
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
