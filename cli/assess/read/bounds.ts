/** Every bound of the reading of logs, with its reason. */
export const bounds = {
  /** Bytes of one line: what servers let into a request line and its header fields, with room for JSON around it. A longer one is malformed, and is not held. */
  line: 64 * 1024,
  /** Bytes read at once of one log. Pieces fit the processor's cache; all logs together take at most `allPieces`. */
  piece: 256 * 1024,
  smallestPiece: 16 * 1024,
  allPieces: 6 * 1024 * 1024,
  /** Logs read side by side: each holds a file open, of which a process may have 1,024. */
  logs: 500,
  /** Lines that decide what format a log has. */
  sample: 100,
  /** Brackets of a line that are tried for its time: a user's name may have some too. */
  brackets: 8,
  /** Bytes of a HAR file, unpacked: it is one JSON document, which has to be held as a whole, several times its size. */
  har: 32 * 1024 * 1024,
  /** Malformed lines that are shown, and how much of each. */
  examples: 5,
  exampleText: 160,
} as const;
