import type { Share } from './share.ts';

/** What the commands of Redis may cost, and what is expected of the classes: compared by `npm run strategy -- --check` alone. */
export interface Budget {
  readonly dollarsPerMonth: number;
  /** By class, or HTTP cache; one that is not named costs nothing here. */
  readonly expects: Readonly<Record<string, Expected>>;
}

interface Expected {
  readonly requestsPerMonth: number;
  /** Share of hits, as `npm run assess` finds it in a log. Default `0%`: the most that it can cost. */
  readonly hitRate?: Share;
}
