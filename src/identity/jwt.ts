import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Claims } from '../strategy/define.ts';
import { CredentialRefused, identityOf } from './fields.ts';
import type { Identity } from './identity.ts';
import { type Anchor, createJwks, type JwksOptions, KeysUnavailable } from './jwks.ts';

/** Asymmetric only: with HS256 the issuer's public key would pass for the secret, and `none` proves nothing. */
const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];

export interface JwtSettings {
  /** Where the issuer publishes its keys. */
  readonly jwksUrl: string;
  /** `iss` of every token. */
  readonly issuer: string;
  /** Must be, or be among, the token's `aud`. */
  readonly audience: string;
  /** Claims that hold identity; roles are a list, or one string separated by spaces, or absent. */
  readonly claims: Claims;
}

export interface VerifiedToken {
  readonly identity: Identity;
  /** From this moment on the token proves nothing. */
  readonly expiresAtMs: number;
}

/** Rejects with `CredentialRefused` (the token), or `KeysUnavailable` (the issuer's keys). */
export type JwtVerifier = (token: string, anchor: Anchor) => Promise<VerifiedToken>;

export function createJwtVerifier(options: JwtSettings & Omit<JwksOptions, 'url'>): JwtVerifier {
  const { claims, bounds } = options;
  const verifiedPayload = createPayloadVerifier(options);

  return async function verifyJwt(token, anchor) {
    const payload = await verifiedPayload(token, anchor);
    const identity = await identityOf({
      tenant: claimOf(payload, claims.tenant),
      user: claimOf(payload, claims.user),
      roles: claimOf(payload, claims.roles),
    });
    return { identity, expiresAtMs: payload.exp! * 1000 + bounds.clockToleranceMs };
  };
}

export type TokenIssuer = Omit<JwtSettings, 'claims'> & Omit<JwksOptions, 'url'>;

/** What a token of this issuer says, for this audience. Rejects as `JwtVerifier` does. */
export function createPayloadVerifier(options: TokenIssuer) {
  const { jwksUrl, issuer, audience, fetch, now, sleep, bounds } = options;
  const keysFor = createJwks({ url: jwksUrl, fetch, now, sleep, bounds });

  return async function verifyPayload(token: string, anchor: Anchor): Promise<JWTPayload> {
    try {
      return await verifiedPayload(token, anchor);
    } catch (error) {
      throw refusalOf(error);
    }
  };

  async function verifiedPayload(token: string, anchor: Anchor): Promise<JWTPayload> {
    let keys: ReturnType<typeof keysFor> | undefined;
    let unusable: unknown;
    const nextKey: JWTVerifyGetKey = async (...jws) => {
      keys ??= keysFor(anchor, ...jws);
      const { value, done } = await keys.next();
      if (done) throw new CredentialRefused('no key of the issuer matches the token');
      return value;
    };
    for (;;) {
      try {
        const { payload } = await jwtVerify(token, nextKey, {
          algorithms,
          issuer,
          audience,
          requiredClaims: ['exp'],
          currentDate: new Date(now()),
          clockTolerance: bounds.clockToleranceMs / 1000,
        });
        return payload;
      } catch (error) {
        // Another key may have signed it; after the last one, `nextKey` says why it is refused, unless one could not be tried.
        if (error instanceof errors.JWSSignatureVerificationFailed) continue;
        if (refusalOf(error) === error) throw unusable ?? error;
        if (refusalOf(error) instanceof CredentialRefused) throw error;
        unusable ??= error;
      }
    }
  }
}

/** Own properties only: a claim named `constructor` is not there unless the issuer says it. */
function claimOf(payload: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, payload);
}

/** An error of jose's about the token refuses it; any other is a fault of the issuer's keys. Messages only: jose's errors carry the claims. */
function refusalOf(error: unknown): Error {
  if (error instanceof CredentialRefused || error instanceof KeysUnavailable) return error;
  const message = error instanceof Error ? error.message : 'unknown';
  const ofToken = error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid);
  return ofToken
    ? new CredentialRefused(message)
    : new KeysUnavailable(`a key of the JWKS is not usable: ${message}`);
}
