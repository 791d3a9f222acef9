import { createECDH, createHash } from 'node:crypto';
import { importJWK, type JSONWebKeySet, type JWK, SignJWT } from 'jose';

/**
 * The development signing key. It is derived from a constant, so that `npm run token` and every `npm run dev`, on any
 * port and in any process, agree on it without a file, a race or a secret to hand over. It is public, and may be: a
 * Worker trusts only the keys at its `JWKS_URL`, and only the local stack, on loopback, publishes this one.
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

export interface SigningOptions {
  readonly nowMs: number;
  readonly expiresInMs: number;
  /** Default: the development one; `audience` too. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Where a strategy looks for identity. Default: `tenant`, `sub` and `roles`. */
  readonly claims?: Readonly<Record<'tenant' | 'user' | 'roles', readonly string[]>> | undefined;
}

const defaultClaims = { tenant: ['tenant'], user: ['sub'], roles: ['roles'] };

const privateJwk = deriveKey(SEED);

/** What is published as the JWKS. */
export function devJwks(): JSONWebKeySet {
  const { d: _secret, ...publicJwk } = privateJwk;
  return { keys: [{ ...publicJwk, use: 'sig' }] };
}

/** A JWT that the local stack accepts, on any port. `nowMs` and `expiresInMs` are rounded down to whole seconds. */
export async function signDevToken(
  { tenant, user, roles, more }: DevTokenClaims,
  { nowMs, expiresInMs, issuer, audience, claims = defaultClaims }: SigningOptions,
): Promise<string> {
  const issuedAtS = Math.floor(nowMs / 1000);
  const payload = {
    sub: user,
    iss: issuer || DEV_ISSUER,
    aud: audience || DEV_AUDIENCE,
    iat: issuedAtS,
    exp: issuedAtS + Math.floor(expiresInMs / 1000),
  };
  setAt(payload, claims.tenant, tenant);
  setAt(payload, claims.user, user);
  setAt(payload, claims.roles, [...roles]);
  return new SignJWT({ ...payload, ...more })
    .setProtectedHeader({ alg: DEV_ALGORITHM, kid: privateJwk.kid!, typ: 'JWT' })
    .sign(await importJWK(privateJwk, DEV_ALGORITHM));
}

/** `['realm', 'roles']`: a claim within a claim. */
function setAt(payload: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const last = path.at(-1)!;
  const inner = path.slice(0, -1).reduce((claims, name) => {
    claims[name] ??= {};
    return claims[name] as Record<string, unknown>;
  }, payload);
  inner[last] = value;
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
