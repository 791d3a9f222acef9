import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { sha256, toHex } from '../digest.ts';
import { CredentialRefused, identityOf, isIdentityField } from './fields.ts';
import type { Identity } from './identity.ts';

const field = z.string().refine(isIdentityField, 'must be printable ASCII, 1 to 256 characters');

/** The setting `API_KEYS`: SHA-256 of the key in hex → whose it is. The keys themselves are nowhere. */
export const apiKeysSchema = z.record(
  z.string().regex(/^[0-9a-f]{64}$/, 'must be named by the SHA-256 of its key, in lower-case hex'),
  z.strictObject({
    /** Names the key in the log, for instance `nightly-export`. */
    name: z.string().min(1).max(64),
    tenant: field,
    user: field,
    roles: z.array(field).max(bounds.roles),
  }),
);

export type ApiKeys = z.infer<typeof apiKeysSchema>;

/** Rejects with `CredentialRefused`. */
export type ApiKeyVerifier = (key: string) => Promise<Identity>;

export function createApiKeyVerifier(keys: ApiKeys): ApiKeyVerifier {
  const holders = new Map(
    Object.entries(keys).map(([hash, holder]) => [hash, { hash: Uint8Array.fromHex(hash), holder }]),
  );
  const identities = new Map<string, Identity>();

  return async function verifyApiKey(key) {
    if (key === '' || key.length > bounds.apiKeyBytes)
      throw new CredentialRefused('API key empty or too long');
    const digest = await sha256(key);
    const hash = toHex(digest);
    const found = holders.get(hash);
    // A Map's comparison ends early; this one takes constant time.
    if (!found || !crypto.subtle.timingSafeEqual(found.hash, digest))
      throw new CredentialRefused('unknown API key');
    const identity = identities.get(hash) ?? (await identityOf(found.holder));
    identities.set(hash, identity);
    return identity;
  };
}
