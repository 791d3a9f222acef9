/** What drills may cost the deployment that they run against, and how long they wait. */
export const bounds = {
  /** All that is sent, whatever happens. The drills that are safe come to about 500, when all goes well. */
  requests: 3_000,
  /** One request with its answer. */
  requestMs: 15_000,
  /** Until what was read is stored: the fill runs after the answer. */
  storedMs: 5_000,
  /** Between two looks at something that is waited for: the first, and each later one twice as long, up to the last. */
  firstLookMs: 50,
  lastLookMs: 1_000,
  /** An isolate may answer from its memory for so long after a purge: the canary's `l1` is the default one … */
  l1Ms: 1_000,
  /** … and what the network adds to what is measured from here. */
  networkMs: 500,
  /** Rounds of what chance may hide. */
  rounds: 5,
  stampede: 50,
  largeStampede: 200,
  /** While Redis does not answer a read takes its deadline longer, and a lease another. */
  degradedMs: 3_000,
  /** Of what must be put back as it was. */
  undoTries: 3,
} as const;
