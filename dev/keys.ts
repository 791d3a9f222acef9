import { createECDH, createHash } from 'node:crypto';
import { importJWK, type JSONWebKeySet, type JWK, SignJWT } from 'jose';

/**
 * The development signing key. It is derived from a constant, so that `npm run token` and every `npm run dev`, on any
 * port and in any process, agree on it without a file, a race or a secret to hand over. It is public, and may be: a
 * Worker trusts only the keys at its `JWKS_URL`, and only the demo origin, on loopback, publishes this one.
 */
const SEED = 'stillfresh: development signing key, public, for loopback only';

export const DEV_ISSUER = 'http://127.0.0.1/dev';
export const DEV_AUDIENCE = 'stillfresh-dev';
export const DEV_ALGORITHM = 'ES256';

export interface DevTokenClaims {
  readonly tenant: string;
  readonly user: string;
  readonly roles: readonly string[];
  /** Further claims, or others in place of these. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const privateJwk = deriveKey(SEED);

/** What the demo origin publishes as its JWKS. */
export function devJwks(): JSONWebKeySet {
  const { d: _secret, ...publicJwk } = privateJwk;
  return { keys: [{ ...publicJwk, use: 'sig' }] };
}

/** A JWT that the local stack accepts, on any port. `nowMs` and `expiresInMs` are rounded down to whole seconds. */
export async function signDevToken(
  claims: DevTokenClaims,
  { nowMs, expiresInMs }: { readonly nowMs: number; readonly expiresInMs: number },
): Promise<string> {
  const issuedAtS = Math.floor(nowMs / 1000);
  const payload = {
    tenant: claims.tenant,
    sub: claims.user,
    roles: [...claims.roles],
    iss: DEV_ISSUER,
    aud: DEV_AUDIENCE,
    iat: issuedAtS,
    exp: issuedAtS + Math.floor(expiresInMs / 1000),
  };
  return new SignJWT({ ...payload, ...claims.more })
    .setProtectedHeader({ alg: DEV_ALGORITHM, kid: privateJwk.kid!, typ: 'JWT' })
    .sign(await importJWK(privateJwk, DEV_ALGORITHM));
}

/** A P-256 key whose private scalar is the hash of `seed`. */
function deriveKey(seed: string): JWK {
  const scalar = createHash('sha256').update(seed).digest();
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(scalar);
  const point = pair.getPublicKey(); // 0x04, then x and y of 32 bytes each
  return {
    kty: 'EC',
    crv: 'P-256',
    alg: DEV_ALGORITHM,
    kid: 'dev-1',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
    d: scalar.toString('base64url'),
  };
}
