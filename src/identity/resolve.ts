import { bounds as allBounds, type Bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';
import { challenge, Problem } from '../http/problem.ts';
import { type ApiKeys, createApiKeyVerifier } from './api-key.ts';
import { CredentialRefused } from './fields.ts';
import type { Identity } from './identity.ts';
import { type Anchor, KeysUnavailable } from './jwks.ts';
import { createJwtVerifier, type JwtSettings } from './jwt.ts';
import { createRecentTokens, createTokenMemo } from './memo.ts';

export interface IdentitySettings {
  /** Absent: no bearer token is accepted. */
  readonly jwt?: JwtSettings;
  /** Default none. */
  readonly apiKeys?: ApiKeys;
}

export interface IdentityDeps {
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly bounds?: Bounds;
}

/** `null`: the request shows no credential. Throws `Problem`: 401 for a bad one, 400 for two, 503 without the issuer's keys. */
export type Identify = (request: Request, ctx: Anchor) => Identity | null | Promise<Identity | null>;

/** RFC 6750 §2.1: `"Bearer" 1*SP b64token`; the scheme in any case (RFC 9110 §11.1). */
const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** The isolate's: it remembers the issuer's keys and verified tokens. */
export function createIdentifier(settings: IdentitySettings, deps: IdentityDeps): Identify {
  const { fetch, now, sleep, bounds = allBounds } = deps;
  const verifyJwt = settings.jwt && createJwtVerifier({ ...settings.jwt, fetch, now, sleep, bounds });
  const verifyApiKey = createApiKeyVerifier(settings.apiKeys ?? {});
  const memo = createTokenMemo({ capacity: bounds.rememberedTokens, trustMs: bounds.jwksFreshMs, now });

  const recent = createRecentTokens({ capacity: bounds.recentTokens, trustMs: bounds.recentTokenMs, now });

  return function identify({ headers }, ctx) {
    const authorization = headers.get('Authorization');
    const apiKey = headers.get('X-API-Key');
    const seen = authorization !== null && apiKey === null ? recent.recall(authorization) : undefined;
    return seen?.identity ?? verify(authorization, apiKey, ctx);
  };

  async function verify(authorization: string | null, apiKey: string | null, ctx: Anchor) {
    if (authorization !== null && apiKey !== null) {
      throw new Problem('invalid-request', { detail: 'Send Authorization or X-API-Key, not both' });
    }
    try {
      if (authorization !== null) return await byToken(authorization, ctx);
      if (apiKey !== null) return await verifyApiKey(apiKey);
      return null;
    } catch (error) {
      throw problemOf(error, authorization !== null);
    }
  }

  async function byToken(authorization: string, ctx: Anchor): Promise<Identity> {
    if (authorization.length > bounds.tokenBytes) throw new CredentialRefused('token too long');
    if (!/^bearer\b/i.test(authorization)) throw unauthenticated('not a bearer token');
    const token = bearer.exec(authorization)?.[1];
    if (token === undefined) throw new CredentialRefused('bearer token malformed');
    if (verifyJwt === undefined) throw new CredentialRefused('no token issuer is set');
    const hash = toBase64url(await sha256(token));
    let verified = memo.recall(hash);
    if (!verified) {
      verified = await verifyJwt(token, ctx);
      memo.remember(hash, verified);
    }
    recent.remember(authorization, verified);
    return verified.identity;
  }
}

/** The problem of a route that needs an identity and was shown none, or a foreign scheme (RFC 6750 §3.1: then without an error code). */
export function unauthenticated(why = 'no credential'): Problem {
  return new Problem('unauthenticated', { headers: { 'WWW-Authenticate': challenge }, why });
}

function problemOf(error: unknown, ofToken: boolean): unknown {
  if (error instanceof KeysUnavailable) return new Problem('unavailable', { why: error.message });
  if (!(error instanceof CredentialRefused)) return error;
  if (!ofToken) return unauthenticated(error.message);
  return new Problem('unauthenticated', {
    headers: { 'WWW-Authenticate': `${challenge}, error="invalid_token"` },
    why: error.message,
  });
}
