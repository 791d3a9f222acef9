const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Every bound of the stand-in, each with its reason. */
export const bounds = {
  /** What QStash takes in one message; here also a whole batch. */
  bodyBytes: 1024 * 1024,
  /** Of a destination's answer, for a callback; the rest is read and thrown away. */
  replyBytes: 64 * 1024,
  /** Messages not yet delivered or dead; beyond it 429. */
  pending: 10_000,
  /** Dead letters; the oldest leave first. */
  dead: 1_000,
  /** State changes; QStash keeps as many. The oldest leave first. */
  events: 10_000,
  /** Attempts kept for tests; the oldest leave first. */
  attempts: 10_000,
  /** Flow-control keys; idle ones leave first. */
  flowKeys: 10_000,
  /** How long a second message with the same deduplication id is dropped, … */
  deduplicationMs: 10 * MINUTE,
  /** … and how many ids are remembered; the oldest leave first. */
  deduplicationIds: 10_000,
  /** How far ahead a message may be published: QStash's largest plan. */
  delayMs: 365 * DAY,
  /** A wait before a retry is never longer, whatever expression or `Retry-After` say. */
  retryDelayMs: DAY,
  /** An expression in `Upstash-Retry-Delay`, in characters; it bounds how deep its parentheses go, too. */
  expressionChars: 256,
  /** Until a delivery counts as failed, unless the message says otherwise; … */
  deliveryMs: 30_000,
  /** … and the most that it may say: QStash's free plan. */
  deliveryLimitMs: 15 * MINUTE,
  /** Items in one answer of a list, as in QStash. */
  page: 100,
} as const;
