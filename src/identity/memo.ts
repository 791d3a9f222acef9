import type { Identity } from './identity.ts';
import type { VerifiedToken } from './jwt.ts';

export interface TokenMemo {
  recall(tokenHash: string): Identity | undefined;
  remember(tokenHash: string, verified: VerifiedToken): void;
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
  // A Map keeps the order of insertion: the first is the one least recently used.
  const remembered = new Map<string, { readonly identity: Identity; readonly untilMs: number }>();
  return {
    recall(tokenHash) {
      const found = remembered.get(tokenHash);
      if (found === undefined) return undefined;
      remembered.delete(tokenHash);
      if (now() >= found.untilMs) return undefined;
      remembered.set(tokenHash, found);
      return found.identity;
    },
    remember(tokenHash, { identity, expiresAtMs }) {
      remembered.delete(tokenHash);
      remembered.set(tokenHash, { identity, untilMs: Math.min(expiresAtMs, now() + trustMs) });
      if (remembered.size > capacity) remembered.delete(remembered.keys().next().value!);
    },
  };
}
