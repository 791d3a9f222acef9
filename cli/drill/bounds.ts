/** What a drill may cost the deployment that it runs against, and how long it waits. */
export const bounds = {
  /** One request with its answer. */
  requestMs: 15_000,
  /** Until what was read is stored: the fill runs after the answer. */
  storedMs: 5_000,
  /** An isolate may answer from its memory for so long after a purge: the canary's `l1` is the default one … */
  l1Ms: 1_000,
  /** … and what the network adds to what is measured from here. */
  networkMs: 500,
  /** Rounds of what chance may hide. */
  rounds: 5,
  stampede: 50,
  largeStampede: 500,
  /** So many may find Redis slow, with all the others asking it, and fetch inside the bulkhead. */
  largeStampedeFetches: 25,
  /** How often it is looked whether the kill switch is heeded. */
  lookMs: 500,
  /** While Redis does not answer a read takes its deadline longer, and a lease another. */
  degradedMs: 3_000,
  /** All requests of the drills that are safe, about. */
  safeRequests: 600,
  /** Of a body that is read. */
  bodyBytes: 1_048_576,
} as const;
