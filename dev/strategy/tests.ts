/** One thing that could go wrong with a cache, and where it is shown that it does not. */
export interface Cover {
  readonly risk: string;
  readonly holds: string;
  /** Files below `test/`. */
  readonly tests: readonly string[];
  /** Names of `npm run drill`. */
  readonly drills: readonly string[];
}

export const covers: readonly Cover[] = [
  {
    risk: 'Stale data after a change',
    holds: 'no answer older than the bound of section 3 after a purge was applied',
    tests: [
      'scenarios/invalidation.node.test.ts',
      'scenarios/demo-invoices.node.test.ts',
      'scenarios/demo.node.test.ts',
    ],
    drills: ['stale-read-after-purge', 'webhook-round-trip'],
  },
  {
    risk: 'Races',
    holds:
      'a fetch that began before a purge is never served after it, however late it lands and in whatever order messages arrive',
    tests: [
      'scenarios/races.node.test.ts',
      'scenarios/guards.node.test.ts',
      'scenarios/versions.node.test.ts',
    ],
    drills: ['purge-race'],
  },
  {
    risk: 'Permission leaks',
    holds: 'nobody sees another tenant’s or user’s data, nor what a right that was taken away allowed',
    tests: [
      'scenarios/demo-roles.node.test.ts',
      'scenarios/demo-everyone.node.test.ts',
      'attacks/one-sided.node.test.ts',
    ],
    drills: ['permission-leak', 'permission-stale-read'],
  },
  {
    risk: 'Stampedes',
    holds: 'one fetch for one entry, however many ask',
    tests: ['scenarios/stampede.node.test.ts', 'scenarios/hook-flood.node.test.ts'],
    drills: ['stampede', 'large-stampede'],
  },
  {
    risk: 'Outages',
    holds: 'section 7: the origin answers while Redis is gone, and stale answers only inside their windows',
    tests: ['scenarios/outage.node.test.ts', 'scenarios/unusable-answers.node.test.ts'],
    drills: ['degraded-redis'],
  },
  {
    risk: 'Poisoned answers',
    holds: 'what one request sends changes no other’s answer',
    tests: [
      'attacks/unkeyed-headers.node.test.ts',
      'attacks/unkeyed-params.node.test.ts',
      'attacks/deception.node.test.ts',
    ],
    drills: ['header-poisoning', 'conditional-requests'],
  },
  {
    risk: 'A roll-out that goes wrong',
    holds: 'a class that is broken goes back by itself, and the kill switch needs no Redis',
    tests: [
      'scenarios/rollout.node.test.ts',
      'scenarios/modes.node.test.ts',
      'scenarios/shadow.node.test.ts',
    ],
    drills: ['kill-switch'],
  },
];
