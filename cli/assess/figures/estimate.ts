import type { Estimate } from '../assessment.ts';
import { commandsPer } from './commands.ts';
import { plansFor } from './plan.ts';
import type { OriginPrice } from './prices.ts';

const MONTH_MS = 30 * 24 * 3_600_000;
/** A log of a moment says nothing of a month: it counts as this long at least. */
const LEAST_SPAN_MS = 60_000;

/** Times of the log that a month holds. */
export const timesAMonth = (fromMs: number, toMs: number): number =>
  MONTH_MS / Math.max(LEAST_SPAN_MS, toMs - fromMs);

/** As counted in the log, of one TTL. */
export interface Load {
  readonly requests: number;
  readonly candidates: number;
  readonly hits: number;
  readonly writes: number;
  /** Of the bodies that hits answer. */
  readonly hitBytes: number;
  /** The most stored at once: whatever the log's length. */
  readonly memoryBytes: number;
  /** Of Redis, in both directions. */
  readonly transferBytes: number;
  /** The origin's time that hits save. */
  readonly savedMs: number;
}

export const noLoad: Load = {
  requests: 0,
  candidates: 0,
  hits: 0,
  writes: 0,
  hitBytes: 0,
  memoryBytes: 0,
  transferBytes: 0,
  savedMs: 0,
};

export const addLoads = (a: Load, b: Load): Load => ({
  requests: a.requests + b.requests,
  candidates: a.candidates + b.candidates,
  hits: a.hits + b.hits,
  writes: a.writes + b.writes,
  hitBytes: a.hitBytes + b.hitBytes,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  transferBytes: a.transferBytes + b.transferBytes,
  savedMs: a.savedMs + b.savedMs,
});

export function estimateOf(load: Load, times: number, origin: OriginPrice): Estimate {
  const { requests, candidates, hits, writes, memoryBytes } = load;
  const commands =
    times * (hits * commandsPer.hit + (candidates - hits) * commandsPer.miss + writes * commandsPer.write);
  const prices = plansFor({ commands, memoryBytes, transferBytes: times * load.transferBytes });
  const { plan, price } = prices[0]!;
  const saved =
    times *
    (hits * origin.dollarsPerRequest +
      (load.savedMs / 1000) * origin.dollarsPerSecond +
      load.hitBytes * origin.dollarsPerByte);
  return {
    memory_bytes: Math.round(memoryBytes),
    redis_commands: Math.round(commands),
    price: cents(price),
    plan,
    prices: prices.map((it) => ({ ...it, price: cents(it.price) })),
    origin_requests: Math.round(times * (requests - hits)),
    origin_requests_saved: Math.round(times * hits),
    bytes_saved: Math.round(times * load.hitBytes),
    origin_saving: cents(saved),
    net_saving: cents(saved - price),
  };
}

const cents = (dollars: number): number => Math.round(dollars * 100) / 100;
