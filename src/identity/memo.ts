import { BoundedMap } from '../bounded-map.ts';
import type { VerifiedToken } from './jwt.ts';

/** What verified tokens are remembered by: a hash, or the field that they came in. */
export interface TokenMemo {
  recall(token: string): VerifiedToken | undefined;
  remember(token: string, verified: VerifiedToken): void;
}

export interface MemoOptions {
  /** The one least recently used is forgotten beyond this. */
  readonly capacity: number;
  /** A token is verified anew after this long, so that a key which its issuer withdrew stops being trusted. */
  readonly trustMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Verified tokens, by their SHA-256, until they expire. Hashing costs some 8 µs, a lookup by the token itself 1 µs; but a
 * memory full of hashes is neither full of live credentials nor sized by whoever sends long tokens.
 */
export function createTokenMemo({ capacity, trustMs, now }: MemoOptions): TokenMemo {
  const remembered = new BoundedMap<string, VerifiedToken>(capacity);
  return {
    recall(tokenHash) {
      const found = remembered.get(tokenHash);
      if (found && now() < found.expiresAtMs) {
        remembered.set(tokenHash, found);
        return found;
      }
      remembered.delete(tokenHash);
      return undefined;
    },
    remember(tokenHash, { identity, expiresAtMs }) {
      remembered.set(tokenHash, { identity, expiresAtMs: Math.min(expiresAtMs, now() + trustMs) });
    },
  };
}

/**
 * Tokens of the last seconds, as they came. To hash one costs as much as a fifth of all that a hit costs, so that a
 * user's next requests are spared it. Raw tokens are few here, and kept hardly longer than the heap has them anyway.
 */
export function createRecentTokens({ capacity, trustMs, now }: MemoOptions): TokenMemo {
  const recent = new Map<string, VerifiedToken>();
  let sinceMs = now();
  return {
    recall(authorization) {
      const nowMs = now();
      if (nowMs < sinceMs || nowMs - sinceMs >= trustMs) recent.clear();
      const found = recent.get(authorization);
      return found && nowMs < found.expiresAtMs ? found : undefined;
    },
    remember(authorization, verified) {
      if (recent.size >= capacity) recent.clear();
      if (recent.size === 0) sinceMs = now();
      recent.set(authorization, verified);
    },
  };
}
