import { CredentialRefused } from './fields.ts';
import type { Anchor } from './jwks.ts';
import { createPayloadVerifier, type TokenIssuer } from './jwt.ts';

/**
 * Cloudflare Access in front of the console: it adds its application token to each request that it lets through, as
 * `Cf-Access-Jwt-Assertion`. Its documentation ("Validate JWTs", "Application token"): signed by a key of
 * `https://<team>.cloudflareaccess.com/cdn-cgi/access/certs`, issued by that team, for the audience tag of the application; `email` of a
 * person, `common_name` of a service token, `type` is `app`.
 */
interface AccessSettings {
  readonly team: string;
  readonly audience: string;
}

/** The name of whom Access let through. Rejects with `CredentialRefused` or `KeysUnavailable`. */
export type AccessVerifier = (assertion: string, anchor: Anchor) => Promise<string>;

export function createAccessVerifier({
  team,
  audience,
  ...platform
}: AccessSettings & Omit<TokenIssuer, 'jwksUrl' | 'issuer' | 'audience'>): AccessVerifier {
  const issuer = `https://${team}.cloudflareaccess.com`;
  const jwksUrl = `${issuer}/cdn-cgi/access/certs`;
  const verifiedPayload = createPayloadVerifier({ ...platform, jwksUrl, issuer, audience });
  return async (assertion, anchor) => {
    const { type, email, common_name: service } = await verifiedPayload(assertion, anchor);
    if (type !== 'app') throw new CredentialRefused('the token of Access is not of an application');
    const name = [email, service].find((it) => typeof it === 'string' && it !== '');
    if (name === undefined) throw new CredentialRefused('the token of Access names nobody');
    return nameOf(name as string);
  };
}

/** As sources and receipts may have it: what is written there ends at a `#`. */
const nameOf = (text: string) => text.replace(/[^A-Za-z0-9@._+-]/g, '_').slice(0, 128);
