import type { AlertDefinition } from './alert-types.ts';

/**
 * What every deployment is watched for, unless its strategy says otherwise. docs/operations.md says of each, under its name, what it means
 * and what to do.
 */
export const defaultAlerts = {
  'hit-rate': {
    measure: {
      ratio: { counter: 'requests', where: { outcome: ['hit', 'stale'] } },
      to: { counter: 'requests', where: { outcome: ['hit', 'stale', 'miss', 'error'] } },
      window: '5m',
      atLeast: 100,
    },
    below: 0.65,
    for: '15m',
    says: 'The cache answers less than it should: look at the reasons of the misses, and at the purges before them.',
  },
  'redis-memory': {
    measure: { gauge: 'redis_memory_used', to: 'redis_memory_limit' },
    above: 0.8,
    for: '5m',
    noData: '1h',
    says: 'Redis is nearly full: give it more room, or shorten the ttl of what is large. No data: set REDIS_MEMORY_BYTES to the size of the plan.',
  },
  'purge-delay': {
    measure: { share: 'purge_applied', longerThan: '30s', window: '15m' },
    above: 0.05,
    noData: 'never',
    says: 'Purges are applied late, so that what they name is still served: look at Redis and at QStash.',
  },
  'dead-purges': {
    measure: { increase: { counter: 'purges', where: { state: ['dead'] } }, window: '15m' },
    above: 0,
    severity: 'critical',
    says: 'QStash has given purges up: look at Redis, and purge by hand what cannot wait.',
  },
  'breaker-open': {
    measure: { increase: { counter: 'breaker_changes', where: { state: ['open'] } }, window: '10m' },
    above: 0,
    severity: 'critical',
    says: 'Isolates have stopped calling Redis, so that the origin takes the load: look at Redis and at its limits.',
  },
  'stale-beyond-bound': {
    measure: { increase: { counter: 'comparisons', where: { result: ['stale'] } }, window: '1h' },
    above: 0,
    severity: 'critical',
    says: 'The cache has served what the origin had changed longer ago than the class allows: look for an event that is not told.',
  },
  'key-mismatch': {
    measure: {
      increase: {
        counter: 'entry_faults',
        where: { fault: ['of-another-key', 'of-another-tenant', 'of-another-user'] },
      },
      window: '1h',
    },
    above: 0,
    severity: 'critical',
    says: 'Entries stand where they do not belong; none was served: find out what else writes to this database.',
  },
  'error-rate': {
    measure: {
      ratio: { counter: 'requests', where: { outcome: ['error'] } },
      // Neither what was refused, nor what the edge says of itself, such as to a health check: both would hide the errors.
      to: { counter: 'requests', where: { outcome: ['hit', 'stale', 'miss', 'error'] } },
      window: '5m',
      atLeast: 50,
    },
    above: 0.05,
    for: '5m',
    severity: 'critical',
    noData: 'never',
    says: 'Users are answered with errors: look at the origin, and at the reasons of the errors.',
  },
  'cost-per-hour': {
    measure: { increase: { counter: 'redis_price' }, window: '1h' },
    above: 1,
    says: 'Redis costs more than one dollar an hour: look at the commands by verb, and at who asks so much.',
  },
  canary: {
    measure: { share: 'purge_visible', longerThan: '1m', window: '15m' },
    above: 0,
    for: '5m',
    severity: 'critical',
    noData: '30m',
    says: 'A purge takes longer than a minute until all isolates heed it: look at Redis and at the cron. No data: no isolate tells that it saw one.',
  },
} as const satisfies Readonly<Record<string, AlertDefinition>>;

export type DefaultAlertName = keyof typeof defaultAlerts;
