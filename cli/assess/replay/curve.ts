import type { CurvePoint } from '../assessment.ts';
import { INT, type KeyTable, REAL } from './key-table.ts';

/** Of a normal distribution: so many standard deviations on each side hold 95 %. */
const WIDTH_95 = 1.96;

/**
 * Sums over the keys of one route, or of all. Keys that are in the table for certain (their inclusion is 1) stand for themselves. The others stand for
 * the rest: how many requests that has is known, since all are counted, and its hit rate is the sample's, each key weighted by 1 / inclusion.
 */
export class KeySums {
  /** Requests of the keys that stand for themselves, and their hits by TTL. */
  #certain = 0;
  readonly #certainHits: Float64Array;
  #sampledKeys = 0;
  #keys = 0;
  /** Weighted. */
  #requests = 0;
  readonly #hits: Float64Array;
  /** For the variance: of requests², of hits × requests and of hits². */
  #requests2 = 0;
  readonly #product: Float64Array;
  readonly #hits2: Float64Array;

  constructor(ttls: number) {
    this.#certainHits = new Float64Array(ttls);
    this.#hits = new Float64Array(ttls);
    this.#product = new Float64Array(ttls);
    this.#hits2 = new Float64Array(ttls);
  }

  add(table: KeyTable, row: number): void {
    const ttls = this.#hits.length;
    const inclusion = table.real(row, REAL.inclusion);
    const requests = table.int(row, INT.requests);
    this.#keys += 1 / inclusion;
    if (inclusion === 1) {
      this.#certain += requests;
      for (let ttl = 0; ttl < ttls; ttl++) this.#certainHits[ttl]! += table.int(row, INT.hits + ttl);
      return;
    }
    // Horvitz and Thompson's, for keys that are taken independently of each other.
    const variance = (1 - inclusion) / inclusion ** 2;
    this.#sampledKeys++;
    this.#requests += requests / inclusion;
    this.#requests2 += variance * requests ** 2;
    for (let ttl = 0; ttl < ttls; ttl++) {
      const hits = table.int(row, INT.hits + ttl);
      this.#hits[ttl]! += hits / inclusion;
      this.#product[ttl]! += variance * hits * requests;
      this.#hits2[ttl]! += variance * hits ** 2;
    }
  }

  /** Different keys: counted, or estimated. */
  get keys(): number {
    return Math.round(this.#keys);
  }

  /** `candidates`: all requests that were replayed. */
  curve(ttlsMs: readonly number[], candidates: number): CurvePoint[] {
    return ttlsMs.map((ttlMs, ttl) => {
      const rest = candidates - this.#certain;
      const exact = rest === 0;
      const { rate, error } = exact ? { rate: 0, error: 0 } : this.#restRate(ttl);
      const hits = this.#certainHits[ttl]! + rest * rate;
      return {
        ttl_s: ttlMs / 1000,
        hits: Math.round(hits),
        requests: candidates,
        hit_rate: candidates === 0 ? 0 : hits / candidates,
        exact,
        error: exact ? 0 : (error * rest) / candidates,
      };
    });
  }

  /** Hit rate of the keys that do not stand for themselves, and half the width of its 95 % interval. */
  #restRate(ttl: number): { rate: number; error: number } {
    // None of them is in the sample: anything may be true.
    if (this.#sampledKeys === 0) return { rate: 0.5, error: 0.5 };
    const rate = this.#hits[ttl]! / this.#requests;
    const variance = this.#hits2[ttl]! - 2 * rate * this.#product[ttl]! + rate ** 2 * this.#requests2;
    const measured = (WIDTH_95 * Math.sqrt(Math.max(0, variance))) / this.#requests;
    // The rule of three: what none of n keys shows may still be true of 3/n of them.
    return { rate, error: Math.min(1, Math.max(measured, 3 / this.#sampledKeys)) };
  }
}
