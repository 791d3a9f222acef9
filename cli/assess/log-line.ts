/**
 * One line of an access log, whatever wrote it. A reader fills the same object for each line, since there may be millions: whoever wants to keep
 * something of it copies that.
 */
export interface LogLine {
  /** When it was logged, in milliseconds since 1970. */
  timeMs: number;
  method: string;
  /** Path and query as logged; of a full URL what follows its host. */
  target: string;
  status: number;
  /** Of the body; -1 where the log does not say. */
  bytes: number;
  /** How long the answer took, in milliseconds; -1 where the log does not say. */
  durationMs: number;
  /** What the log tells of who may see the answer: bits of `Sign`. */
  signs: number;
  /** The answer's `ETag`; null where the log does not say. */
  etag: string | null;
}

/** Bits of `LogLine.signs`. A log that does not say sets none of them. */
export const Sign = {
  /** The request had a `Cookie`. */
  cookie: 1,
  /** The request had `Authorization`, or its line names a user. */
  authorization: 2,
  /** The answer's `Cache-Control` forbids shared caches: `private`, `no-store`. */
  private: 4,
  /** The answer's `Cache-Control` lets shared caches store it: `public`, `s-maxage`, `max-age` above 0. */
  public: 8,
  /** The answer set a cookie. */
  setCookie: 16,
} as const;
