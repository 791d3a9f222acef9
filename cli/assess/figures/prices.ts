/**
 * What things cost, in US dollars a month: facts of others, as read on 2026-11-27 in copies of upstash.com/pricing/redis (of 2026-09-20 and 2026-11-09)
 * and aws.amazon.com/lambda/pricing. Everything here is replaced when they are read again; nothing of it stands elsewhere.
 */

/** What a month asks of Redis. */
export interface RedisLoad {
  readonly commands: number;
  readonly memoryBytes: number;
  /** Sent and received. */
  readonly transferBytes: number;
}

const GB = 1e9;

/** At no price, while it is enough. */
export const FREE = { name: 'Free', commands: 500_000, memoryBytes: 256e6, transferBytes: 10 * GB } as const;

export const PAY_AS_YOU_GO = {
  name: 'Pay as You Go',
  dollarsPerCommand: 0.2 / 100_000,
  dollarsPerStoredByte: 0.25 / GB,
  freeStoredBytes: GB,
  dollarsPerTransferredByte: 0.03 / GB,
  freeTransferBytes: 200 * GB,
  memoryBytes: 100 * GB,
} as const;

/** However many commands. */
export const FIXED = [
  { name: 'Fixed 250 MB', dollars: 10, memoryBytes: 250e6, transferBytes: 50 * GB },
  { name: 'Fixed 1 GB', dollars: 20, memoryBytes: GB, transferBytes: 100 * GB },
  { name: 'Fixed 5 GB', dollars: 100, memoryBytes: 5 * GB, transferBytes: 500 * GB },
  { name: 'Fixed 10 GB', dollars: 200, memoryBytes: 10 * GB, transferBytes: 1_000 * GB },
  { name: 'Fixed 50 GB', dollars: 400, memoryBytes: 50 * GB, transferBytes: 5_000 * GB },
  { name: 'Fixed 100 GB', dollars: 800, memoryBytes: 100 * GB, transferBytes: 10_000 * GB },
  { name: 'Fixed 500 GB', dollars: 1_500, memoryBytes: 500 * GB, transferBytes: 20_000 * GB },
] as const;

/** What a request of the origin costs. */
export interface OriginPrice {
  readonly dollarsPerRequest: number;
  /** Of the time it takes. */
  readonly dollarsPerSecond: number;
  readonly dollarsPerByte: number;
}

/** An origin that nobody has told the price of: AWS Lambda with 1 GB of memory, x86, us-east-1, and its data transfer to the internet. */
export const ASSUMED_ORIGIN: OriginPrice = {
  dollarsPerRequest: 0.2 / 1e6,
  dollarsPerSecond: 0.0000166667,
  dollarsPerByte: 0.09 / GB,
};
