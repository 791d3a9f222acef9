/** What GitHub's code scanning takes of a SARIF file; beyond it, it refuses the file or leaves something out. */
export const sarifBounds = {
  /** It takes 25,000 of a run, and keeps this many. */
  results: 5_000,
  /** Characters of a rule's description. */
  descriptionChars: 1_024,
} as const;

/** Of asking git for one file. */
export const gitBounds = {
  /** Well more than it takes. */
  timeout: 10_000,
  /** Bytes: a lock of hundreds of classes. */
  maxBuffer: 16 * 1024 * 1024,
} as const;
