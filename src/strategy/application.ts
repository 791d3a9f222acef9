/** What a strategy is for: the ten questions of its document, each answered in a sentence or two. `npm run strategy` prints them. */
export interface Application {
  readonly name: string;
  /** What it is for, and for whom. */
  readonly purpose: string;
  /** Front end, API, database, identity provider. */
  readonly stack: string;
  /** Which of its data are read often. */
  readonly data: string;
  /** Requests a day, the busiest second, reads against writes. */
  readonly traffic: string;
  /** What may be some minutes old, and what never. */
  readonly freshness: string;
  /** What may happen while Redis or the origin is down. */
  readonly failureTolerance: string;
  /** What hurts today. */
  readonly pain: string;
  /** How tenants and users are told apart. */
  readonly tenancy: string;
  /** Who runs it, and who sends it webhooks. */
  readonly operations: string;
}
