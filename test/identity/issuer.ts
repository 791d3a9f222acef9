import { CompactSign, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { bounds } from '../../src/bounds.ts';
import { realPlatform } from '../../src/edge/isolate.ts';
import type { JwtSettings } from '../../src/identity/jwt.ts';

/** When the tests happen; a clock is a number that the test moves. */
export const start = Date.parse('2026-10-05T12:00:00Z');
export const seconds = start / 1000;

export const settings: JwtSettings = {
  jwksUrl: 'https://issuer.test/jwks',
  issuer: 'https://issuer.test/',
  audience: 'edge',
  claims: { tenant: ['tenant_id'], user: ['sub'], roles: ['roles'] },
};

export const goodClaims: JWTPayload = {
  iss: settings.issuer,
  aud: settings.audience,
  sub: 'ann',
  tenant_id: 'acme',
  roles: ['admin'],
  exp: seconds + 600,
};

export const anchor = { waitUntil: () => {} };

/** A token issuer with one key: what it publishes, and how it signs. */
export async function createIssuer(kid = 'k1', alg = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return {
    jwk,
    publicKey,
    sign: (claims: JWTPayload = goodClaims, header: { kid?: string; typ?: string } = { kid }) =>
      new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(privateKey),
    /** Claims as their text, for numbers that JavaScript writes otherwise. */
    signText: (claims: string) =>
      new CompactSign(new TextEncoder().encode(claims)).setProtectedHeader({ alg, kid }).sign(privateKey),
  };
}

export type Issuer = Awaited<ReturnType<typeof createIssuer>>;

/** A JWKS endpoint that answers as the script says, and counts. */
export function createEndpoint(...issuers: readonly Issuer[]) {
  const endpoint = {
    requests: 0,
    answer: async (): Promise<Response> => Response.json({ keys: issuers.map(({ jwk }) => jwk) }),
    fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      endpoint.requests++;
      // Throws here if workerd does not know an option.
      const request = new Request(input, init);
      if (request.url !== settings.jwksUrl) throw new Error(`unexpected ${request.url}`);
      return endpoint.answer();
    },
    publish: (...next: readonly Issuer[]) => {
      endpoint.answer = async () => Response.json({ keys: next.map(({ jwk }) => jwk) });
    },
  };
  return endpoint;
}

export type Endpoint = ReturnType<typeof createEndpoint>;

/** A clock that stands where it was put. */
export function createClock() {
  const clock = {
    ms: start,
    now: () => clock.ms,
    sleep: realPlatform.clock.sleep,
    advance: (ms: number) => {
      clock.ms += ms;
    },
  };
  return clock;
}

export { bounds };
