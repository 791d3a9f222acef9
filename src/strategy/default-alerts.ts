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
    // Whoever is asked little is well.
    noData: 'never',
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
    for: '5m',
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
    measure: {
      ratio: { counter: 'comparisons', where: { result: ['stale'] } },
      to: { counter: 'comparisons', where: { result: ['equal', 'differs', 'stale'] } },
      window: '1h',
    },
    above: 0,
    severity: 'critical',
    noData: 'never',
    says: 'A hit was older than its ttl and its windows allow, and the origin had changed: look at the refreshes of the class, and at its clock.',
  },
  'missed-changes': {
    measure: {
      ratio: { counter: 'comparisons', where: { result: ['differs', 'stale'] } },
      to: { counter: 'comparisons', where: { result: ['equal', 'differs', 'stale'] } },
      window: '1h',
      atLeast: 100,
    },
    above: 0.01,
    noData: 'never',
    says: 'The origin changes what the cache still serves, and nobody purges it: look for an event that is not told, or for a shorter ttl.',
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
      atLeast: 20,
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
    // One late purge is for the service level of its day to judge.
    measure: { share: 'purge_visible', longerThan: '1m', window: '15m', atLeast: 5 },
    above: 0.2,
    for: '5m',
    severity: 'critical',
    // A night without requests is none.
    noData: '12h',
    says: 'Purges take longer than a minute until all isolates heed them: look at Redis and at the cron. No data: one isolate alone, or none, tells that it saw them.',
  },
} as const satisfies Readonly<Record<string, AlertDefinition>>;

export type DefaultAlertName = keyof typeof defaultAlerts;
