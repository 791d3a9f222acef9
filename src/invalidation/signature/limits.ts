/** The bounds of this folder, each with its reason. It imports nothing from outside, so they stand here. */
export const limits = {
  /** As `bounds.hookSecrets`: the old and the new one while it is rotated, and a second pair. */
  secrets: 4,
  /** HMAC-SHA256 is as hard to forge as its secret is to guess: 128 bits at least. */
  secretBytes: 16,
  /** Signatures in one header: one for each secret of the sender's. Each is tried with each of ours, over the whole body. */
  signatures: 16,
  /** A longer id or type is none: both go into logs and receipts. */
  nameChars: 256,
  /** Whoever recorded a webhook may send it again within the window; one beyond a day is none. */
  windowMs: 24 * 3_600_000,
} as const;
