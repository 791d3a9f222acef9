import { readSeriesKey } from '../telemetry/catalogue.ts';
import { type Histogram, merge, newHistogram, quantileMs } from '../telemetry/histogram.ts';
import { type OutcomeName, outcomeNames } from '../telemetry/outcome.ts';
import type { Figures } from './types.ts';

/** What figures say of how the cache does, over all classes or of one. Null where nothing was asked, so that nothing can be said. */
export interface Shares {
  readonly requests: number;
  readonly byOutcome: Readonly<Record<OutcomeName, number>>;
  /** (hit + stale) / (hit + stale + miss + error). */
  readonly hitRate: number | null;
  /** Hits and stale hits as a share of them and misses, by bytes, those that a 304 does without among them. */
  readonly byteHitRate: number | null;
  readonly originFetches: number;
  readonly originBytes: number;
  /** Of hits and stale hits: what the origin did not have to send. */
  readonly savedBytes: number;
  /** The share of what was not refused that cost the origin nothing. */
  readonly offload: number | null;
  /** Of what was not refused. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** The most frequent first. */
  readonly reasons: readonly {
    readonly outcome: string;
    readonly reason: string;
    readonly requests: number;
  }[];
}

/** Offload and times are of classes alone: the edge's own answers, such as to a health check, flatter them. */
export interface Summary extends Shares {
  readonly redisCommands: number;
  readonly redisDollars: number;
  /** By name; `-` is what no class answers. */
  readonly classes: readonly (Shares & { readonly name: string })[];
}

export function summaryOf(figures: readonly Figures[]): Summary {
  const [all, ofClasses] = [new Tally(), new Tally()];
  const classes = new Map<string, Tally>();
  const sums = { commands: 0, dollars: 0 };
  const tallies = (name: string): readonly Tally[] => {
    const own = classes.get(name) ?? new Tally();
    classes.set(name, own);
    return name === '-' ? [all, own] : [all, ofClasses, own];
  };
  for (const { counts, histograms } of figures) {
    for (const [key, n] of counts) {
      const { id, labels } = readSeriesKey(key);
      if (id === 'redis_commands') sums.commands += n;
      else if (id === 'redis_price') sums.dollars += n;
      else if (isOfClass(id)) for (const tally of tallies(labels[0] ?? '-')) tally.count(id, labels, n);
    }
    for (const [key, histogram] of histograms) {
      const { id, labels } = readSeriesKey(key);
      if (id !== 'request_duration' || labels[1] === 'refused') continue;
      for (const tally of tallies(labels[0] ?? '-')) merge(tally.duration, histogram);
    }
  }
  const { offload, p50Ms, p95Ms, p99Ms } = ofClasses.shares();
  return {
    ...all.shares(),
    ...{ offload, p50Ms, p95Ms, p99Ms },
    redisCommands: sums.commands,
    redisDollars: sums.dollars,
    classes: [...classes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, tally]) => ({ name, ...tally.shares() })),
  };
}

const ofClass = [
  'requests',
  'request_reasons',
  'origin_fetches',
  'origin_bytes',
  'served_bytes',
  'withheld_bytes',
] as const;
const isOfClass = (id: string): id is (typeof ofClass)[number] => (ofClass as readonly string[]).includes(id);

class Tally {
  readonly duration: Histogram = newHistogram();
  readonly #outcomes = new Map<string, number>();
  readonly #bytes = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  #fetches = 0;
  #originBytes = 0;

  count(id: (typeof ofClass)[number], [, label = '', reason = '']: readonly string[], n: number): void {
    if (id === 'requests') addOf(this.#outcomes, label, n);
    else if (id === 'request_reasons') addOf(this.#reasons, `${label}|${reason}`, n);
    else if (id === 'served_bytes' || id === 'withheld_bytes') addOf(this.#bytes, label, n);
    else if (id === 'origin_fetches') this.#fetches += n;
    else this.#originBytes += n;
  }

  shares(): Shares {
    const of = (name: OutcomeName) => this.#outcomes.get(name) ?? 0;
    const bytesOf = (name: OutcomeName) => this.#bytes.get(name) ?? 0;
    const [hits, savedBytes] = [of('hit') + of('stale'), bytesOf('hit') + bytesOf('stale')];
    const requests = sum(this.#outcomes.values());
    const asked = ratio(this.#fetches, requests - of('refused'));
    return {
      requests,
      byOutcome: Object.fromEntries(outcomeNames.map((name) => [name, of(name)])) as Record<
        OutcomeName,
        number
      >,
      hitRate: ratio(hits, hits + of('miss') + of('error')),
      byteHitRate: ratio(savedBytes, savedBytes + bytesOf('miss')),
      originFetches: this.#fetches,
      originBytes: this.#originBytes,
      savedBytes,
      offload: asked === null ? null : Math.max(0, 1 - asked),
      p50Ms: quantileMs(this.duration, 0.5),
      p95Ms: quantileMs(this.duration, 0.95),
      p99Ms: quantileMs(this.duration, 0.99),
      reasons: [...this.#reasons]
        .sort(([, a], [, b]) => b - a)
        .map(([key, requests]) => {
          const { id: outcome, labels } = readSeriesKey(key);
          return { outcome, reason: labels[0] ?? '', requests };
        }),
    };
  }
}

function addOf(sums: Map<string, number>, key: string, n: number): void {
  sums.set(key, (sums.get(key) ?? 0) + n);
}

function sum(values: Iterable<number>): number {
  let all = 0;
  for (const n of values) all += n;
  return all;
}

const ratio = (part: number, of: number): number | null => (of === 0 ? null : part / of);
