import type { Alert } from '../../src/strategy/alert-types.ts';
import { counters, type HistogramId, histograms } from '../../src/telemetry/catalogue.ts';
import { ofClasses, recordOf } from './promql.ts';

interface Query {
  readonly expr: string;
  readonly legend: string;
}
export interface Plot {
  readonly title: string;
  readonly says: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly isStacked?: boolean;
  /** A line of an alert's bound. */
  readonly bound?: number;
  readonly most?: number;
}

const window = '$__rate_interval';
export const target = 'job=~"$job", instance=~"$instance"';
const ofClass = `${target}, class=~"$class"`;

type CounterIds = keyof typeof counters;
const hasClass = (labels: readonly string[]) => labels.includes('class');

function rate(id: CounterIds, label: string | null, where = ''): string {
  const { name, labels } = counters[id];
  const by = label === null ? 'sum' : `sum by (${label})`;
  return `${by} (rate(${name}{${hasClass(labels) ? ofClass : target}${where && `, ${where}`}}[${window}]))`;
}

const perLabel = (id: CounterIds, label: string): Plot['queries'] => [
  { expr: rate(id, label), legend: `{{${label}}}` },
];

/** 50, 95 and 99 of 100. */
function quantiles(id: HistogramId): Plot['queries'] {
  const { name, labels } = histograms[id];
  return [0.5, 0.95, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le) (rate(${name}_bucket{${hasClass(labels) ? ofClass : target}}[${window}])))`,
    legend: `p${share * 100}`,
  }));
}

const ratio = (of: string, to: string) => `${of} / (${to} > 0)`;
const hits = `outcome=~"hit|stale", ${ofClasses}`;
/** Of answers: what a 304 does without is spared as much as what is sent. */
const bodies = (where: string) =>
  `(${rate('served_bytes', null, where)} + ${rate('withheld_bytes', null, where)})`;

export const plots: readonly (readonly [row: string, plots: readonly Plot[]])[] = [
  [
    'Does it help?',
    [
      {
        title: 'Hit rate',
        says: 'Of what the cache could answer: hits and stale hits.',
        unit: 'percentunit',
        most: 1,
        queries: [
          {
            expr: ratio(
              rate('requests', null, hits),
              rate('requests', null, `outcome=~"hit|stale|miss|error", ${ofClasses}`),
            ),
            legend: 'requests',
          },
          { expr: ratio(bodies(hits), bodies(`outcome=~"hit|stale|miss", ${ofClasses}`)), legend: 'bytes' },
        ],
      },
      {
        title: 'Requests by outcome',
        says: counters.requests.help,
        unit: 'reqps',
        isStacked: true,
        queries: perLabel('requests', 'outcome'),
      },
      {
        title: 'Requests by reason',
        says: counters.request_reasons.help,
        unit: 'reqps',
        isStacked: true,
        queries: perLabel('request_reasons', 'reason'),
      },
      {
        title: 'Latency',
        says: histograms.request_duration.help,
        unit: 's',
        queries: quantiles('request_duration'),
      },
      { title: 'Age at hit', says: histograms.age_at_hit.help, unit: 's', queries: quantiles('age_at_hit') },
      {
        title: 'Refusals by code',
        says: counters.refusals.help,
        unit: 'reqps',
        queries: perLabel('refusals', 'code'),
      },
    ],
  ],
  [
    'The origin',
    [
      {
        title: 'Fetches by cause',
        says: counters.origin_fetches.help,
        unit: 'reqps',
        isStacked: true,
        queries: perLabel('origin_fetches', 'cause'),
      },
      {
        title: 'Fetches that failed',
        says: counters.origin_failures.help,
        unit: 'reqps',
        queries: perLabel('origin_failures', 'kind'),
      },
      {
        title: 'Time of the origin',
        says: histograms.origin_duration.help,
        unit: 's',
        queries: quantiles('origin_duration'),
      },
      {
        title: 'Bytes',
        says: counters.served_bytes.help,
        unit: 'Bps',
        queries: [
          { expr: rate('origin_bytes', null), legend: 'from the origin' },
          { expr: bodies(hits), legend: 'saved' },
        ],
      },
      {
        title: 'Waiting for others',
        says: histograms.lease_wait.help,
        unit: 's',
        queries: quantiles('lease_wait'),
      },
      {
        title: 'Bulkhead full',
        says: counters.bulkhead_refused.help,
        unit: 'reqps',
        queries: perLabel('bulkhead_refused', 'class'),
      },
    ],
  ],
  [
    'Purges and freshness',
    [
      {
        title: 'Purges by state',
        says: counters.purges.help,
        unit: 'ops',
        queries: perLabel('purges', 'state'),
      },
      {
        title: 'Accepted → applied',
        says: histograms.purge_applied.help,
        unit: 's',
        queries: quantiles('purge_applied'),
      },
      {
        title: 'Accepted → visible',
        says: histograms.purge_visible.help,
        unit: 's',
        queries: quantiles('purge_visible'),
      },
      {
        title: 'Hits compared with the origin',
        says: counters.comparisons.help,
        unit: 'ops',
        queries: perLabel('comparisons', 'result'),
      },
      {
        title: 'Fills',
        says: counters.fills.help,
        unit: 'ops',
        isStacked: true,
        queries: perLabel('fills', 'result'),
      },
      {
        title: 'Entries that were not used',
        says: counters.entry_faults.help,
        unit: 'ops',
        queries: perLabel('entry_faults', 'fault'),
      },
    ],
  ],
  [
    'Redis',
    [
      {
        title: 'Commands by verb',
        says: counters.redis_commands.help,
        unit: 'ops',
        isStacked: true,
        queries: perLabel('redis_commands', 'verb'),
      },
      {
        title: 'Price of an hour',
        says: counters.redis_price.help,
        unit: 'currencyUSD',
        queries: [{ expr: `3600 * ${rate('redis_price', null)}`, legend: 'dollars' }],
      },
      {
        title: 'Time of Redis',
        says: histograms.redis_duration.help,
        unit: 's',
        queries: quantiles('redis_duration'),
      },
      {
        title: 'Calls that failed',
        says: counters.redis_failures.help,
        unit: 'ops',
        queries: perLabel('redis_failures', 'kind'),
      },
      {
        title: 'Breaker',
        says: counters.breaker_changes.help,
        unit: 'ops',
        queries: perLabel('breaker_changes', 'state'),
      },
      {
        title: 'Notes of the log',
        says: counters.notes.help,
        unit: 'ops',
        queries: perLabel('notes', 'note'),
      },
    ],
  ],
];

export const ofAlert = ({ name, says, bound }: Alert): Plot => ({
  title: name,
  says,
  unit: 'short',
  queries: [{ expr: `${recordOf(name)}{${target}}`, legend: '{{instance}}' }],
  bound,
});
