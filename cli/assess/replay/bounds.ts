/** Every bound of an assessment's replay, each with its reason. All memory that grows with a log is in these. */
export const bounds = {
  /** For what is kept of each key, in bytes. Together with `reorder`, the routes and Node itself it stays below 400 MB. */
  keyBytes: 100_000_000,
  /** However short the list of TTLs is: the index of the keys has to be held too. */
  keys: 1_000_000,
  /**
   * Lines held back until they are in order, some 60 bytes each. A log of at most so many candidates and writes is sorted as a whole; in a longer
   * one a line may stand half as many lines too late, as those of several servers do that were written into one file.
   */
  reorder: 300_000,
  /** Paths whose route is remembered, so that most lines are spared the templates. 12 bytes each. */
  rememberedPaths: 1 << 20,
  /** TTLs in one list: each costs 12 bytes for every key. */
  ttls: 32,
} as const;
