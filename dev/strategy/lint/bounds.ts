/** What GitHub's code scanning takes of a SARIF file; beyond it, it refuses the file or leaves something out. */
export const sarifBounds = {
  /** It takes 25,000 of a run, and keeps this many. */
  results: 5_000,
  /** Characters of a rule's description. */
  descriptionChars: 1_024,
} as const;
