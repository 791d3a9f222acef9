/** Who asks, as verified: never read from a parameter, a path or an unsigned header. */
export interface Identity {
  readonly tenant: string;
  readonly user: string;
  readonly roles: readonly string[];
  /** Hashes that name the principal in a stored entry, so that an entry of another one is seen. */
  readonly principal: Principal;
}

/** base64url of the first 16 bytes of SHA-256: no personal data in a stored entry's header, and short. */
export interface Principal {
  readonly tenant: string;
  readonly user: string;
}
