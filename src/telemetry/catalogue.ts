/**
 * Every metric that an isolate counts, as data: what counts it names it, and the Prometheus text, the dashboard, the rules and the
 * console are made from it. No tenant, user, tag or key is a label. `class` is `-` where no class answers.
 */
export const counters = {
  requests_begun: {
    name: 'stillfresh_requests_begun_total',
    labels: [],
    help: 'Requests that came. Of those that stillfresh_requests_total lacks, the client has left, or they are under way.',
  },
  requests: {
    name: 'stillfresh_requests_total',
    labels: ['class', 'outcome'],
    help: 'Requests, by how they were answered: requests = hit + stale + miss + bypass + refused + error.',
  },
  request_reasons: {
    name: 'stillfresh_request_reasons_total',
    labels: ['class', 'outcome', 'reason'],
    help: 'The same requests, by the reason that Cache-Status gives.',
  },
  reads: {
    name: 'stillfresh_reads_total',
    labels: ['class', 'outcome'],
    help: 'Reads of a class: of requests, and of what access rules and handlers read besides.',
  },
  collapsed: {
    name: 'stillfresh_collapsed_total',
    labels: ['class'],
    help: "Reads that waited for another's fetch, and were given what it came to.",
  },
  unfetched: {
    name: 'stillfresh_unfetched_total',
    labels: ['class'],
    help: 'Reads that ended in an error without a fetch: the bulkhead was full, or an error was stored.',
  },
  fetches_in_vain: {
    name: 'stillfresh_fetches_in_vain_total',
    labels: ['class'],
    help: 'Fetches for reads that were answered with what was stored all the same.',
  },
  origin_fetches: {
    name: 'stillfresh_origin_fetches_total',
    labels: ['class', 'cause'],
    help: 'Requests to the origin, by what they were for: miss, refresh, comparison, pass (of a read that bypasses the cache), write (of another method than GET and HEAD), again (a further request of any of these) or hint (in development).',
  },
  origin_failures: {
    name: 'stillfresh_origin_failures_total',
    labels: ['class', 'kind'],
    help: 'Fetches that gave nothing to pass on: failed, timeout, truncated, overloaded (not even sent).',
  },
  origin_bytes: {
    name: 'stillfresh_origin_bytes_total',
    labels: ['class'],
    help: 'Bytes of bodies that came from the origin.',
  },
  served_bytes: {
    name: 'stillfresh_served_bytes_total',
    labels: ['class', 'outcome'],
    help: 'Bytes of bodies as answered, by outcome: those of hit and stale were saved at the origin.',
  },
  withheld_bytes: {
    name: 'stillfresh_withheld_bytes_total',
    labels: ['class', 'outcome'],
    help: 'Bytes of bodies that a 304, or the answer to a HEAD, does without: those of hit and stale were saved at the origin too.',
  },
  fills: {
    name: 'stillfresh_fills_total',
    labels: ['class', 'result'],
    help: 'Fills, by what became of them: stored, stale, or why they were discarded; those of writes too.',
  },
  entry_faults: {
    name: 'stillfresh_entry_faults_total',
    labels: ['class', 'fault'],
    help: "Stored entries that were found and not used: they could not be decoded, or are another key's, tenant's, user's or definition's.",
  },
  refusals: {
    name: 'stillfresh_refusals_total',
    labels: ['class', 'code'],
    help: "Requests that were refused, by their problem's code.",
  },
  bulkhead_refused: {
    name: 'stillfresh_bulkhead_refused_total',
    labels: ['class'],
    help: 'Fetches that found the bulkhead full.',
  },
  breaker_changes: {
    name: 'stillfresh_breaker_changes_total',
    labels: ['state'],
    help: 'Times that the breaker of an isolate opened or closed.',
  },
  breaker_spared: {
    name: 'stillfresh_breaker_spared_total',
    labels: [],
    help: 'Calls of Redis that an open breaker spared.',
  },
  redis_requests: {
    name: 'stillfresh_redis_requests_total',
    labels: [],
    help: 'HTTP requests to Redis.',
  },
  redis_commands: {
    name: 'stillfresh_redis_commands_total',
    labels: ['verb'],
    help: 'Commands sent to Redis, by the verb that sent them.',
  },
  redis_failures: {
    name: 'stillfresh_redis_failures_total',
    labels: ['kind'],
    help: 'Calls of Redis that failed.',
  },
  redis_price: {
    name: 'stillfresh_redis_price_dollars_total',
    labels: [],
    help: 'What the commands are estimated to cost, those inside of scripts too.',
  },
  purges: {
    name: 'stillfresh_purges_total',
    labels: ['state'],
    help: 'Purges that became accepted, applied, verified, failed (a try) or dead.',
  },
  comparisons: {
    name: 'stillfresh_comparisons_total',
    labels: ['class', 'result'],
    help: "Hits that were compared with the origin: equal, differs (within contract), stale (beyond the bound), leak (it is another user's), failed (it said nothing of them) or dropped (it gave way, or the entry was purged meanwhile).",
  },
  canary_purges: {
    name: 'stillfresh_canary_purges_total',
    labels: ['result'],
    help: 'Canary purges, by when all isolates had seen them: within the service level, late, unseen (an isolate went on without it), unmeasured (nobody told).',
  },
  canary_early: {
    name: 'stillfresh_canary_early_total',
    labels: [],
    help: 'Times that an isolate saw a canary purge before it was made: its clock and that of the cron differ.',
  },
  rollout_decisions: {
    name: 'stillfresh_rollout_decisions_total',
    labels: ['class', 'decision'],
    help: 'What the guard of a roll-out did by itself: advance (a step on), finish (the last one is over), back (to the last safe mode), hold (it goes on no further).',
  },
  notes: {
    name: 'stillfresh_notes_total',
    labels: ['note'],
    help: 'Notes of the log, by name.',
  },
  series_dropped: {
    name: 'stillfresh_series_dropped_total',
    labels: [],
    help: 'Counts that an isolate could not keep, because it counts too many series.',
  },
} as const satisfies Readonly<Record<string, CounterMetric>>;

/** Durations, on the one scale of histogram.ts; `leMs`: the least and the greatest bound that Prometheus is shown. */
export const histograms = {
  request_duration: {
    name: 'stillfresh_request_duration_seconds',
    labels: ['class', 'outcome', 'layer'],
    leMs: [1, 32_768],
    help: 'From the request to its answer, by layer: l1 (isolate memory), l2 (Redis), origin or none.',
  },
  age_at_hit: {
    name: 'stillfresh_age_at_hit_seconds',
    labels: ['class'],
    leMs: [1024, 2 ** 31],
    help: 'How old the entry was that answered.',
  },
  origin_duration: {
    name: 'stillfresh_origin_duration_seconds',
    labels: ['class'],
    leMs: [1, 32_768],
    help: "From a fetch to the origin's header section, or to its failure.",
  },
  redis_duration: {
    name: 'stillfresh_redis_duration_seconds',
    labels: ['verb'],
    leMs: [1, 4096],
    help: 'From a request to Redis to its reply, or to its failure.',
  },
  lease_wait: {
    name: 'stillfresh_lease_wait_seconds',
    labels: ['class'],
    leMs: [1, 32_768],
    help: "How long a read waited for another's fetch.",
  },
  purge_applied: {
    name: 'stillfresh_purge_applied_seconds',
    labels: [],
    leMs: [1, 2 ** 22],
    help: 'From a purge being accepted to its being applied.',
  },
  purge_visible: {
    name: 'stillfresh_purge_visible_seconds',
    labels: [],
    leMs: [1, 2 ** 22],
    help: 'From a canary purge being accepted to the last isolate that told of it having seen it.',
  },
} as const satisfies Readonly<Record<string, HistogramMetric>>;

/** What the cron found, as it was when it last ran. */
export const gauges = {
  rolled_up: {
    name: 'stillfresh_rolled_up_timestamp_seconds',
    labels: [],
    help: 'When the cron last took up what isolates told: there from the first time on.',
  },
  redis_memory_used: {
    name: 'stillfresh_redis_memory_used_bytes',
    labels: [],
    help: 'What Redis says that it uses.',
  },
  redis_memory_limit: {
    name: 'stillfresh_redis_memory_limit_bytes',
    labels: [],
    help: 'What Redis may use: by the setting REDIS_MEMORY_BYTES, else as Redis says. Absent: nobody says.',
  },
} as const satisfies Readonly<Record<string, GaugeMetric>>;

interface CounterMetric {
  readonly name: `stillfresh_${string}_total`;
  readonly labels: readonly string[];
  readonly help: string;
}

interface HistogramMetric {
  readonly name: `stillfresh_${string}_seconds`;
  readonly labels: readonly string[];
  readonly leMs: readonly [least: number, greatest: number];
  readonly help: string;
}

interface GaugeMetric {
  readonly name: `stillfresh_${string}`;
  readonly labels: readonly [];
  readonly help: string;
}

/** The class of what no class answers: the console, QStash's deliveries, paths that there are not. */
export const noClass = '-';

export const outcomeLabels = ['hit', 'stale', 'miss', 'bypass', 'refused', 'error'] as const;

export type Counters = typeof counters;
export type CounterId = keyof Counters;
export type Histograms = typeof histograms;
export type HistogramId = keyof Histograms;
export type GaugeId = keyof typeof gauges;

/** One value for each label, in order. */
export type LabelValues<L extends readonly string[]> = { readonly [I in keyof L]: string };

/** A series as it is counted, flushed and kept: the metric's id and its labels' values, separated by `|`, which no value holds. */
export const seriesKey = (id: CounterId | HistogramId, labels: readonly string[]): string =>
  labels.length === 0 ? id : `${id}|${labels.join('|')}`;

/** What `seriesKey` made. */
export function readSeriesKey(key: string): { readonly id: string; readonly labels: readonly string[] } {
  const [id = '', ...labels] = key.split('|');
  return { id, labels };
}
