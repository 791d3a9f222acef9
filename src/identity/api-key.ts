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

export function createApiKeyVerifier(keys: ApiKeys) {
  const holders = new Map(Object.entries(keys));
  const identities = new Map<string, Identity>();

  /** Rejects with `CredentialRefused`. */
  return async function verifyApiKey(key: string): Promise<Identity> {
    if (key === '' || key.length > bounds.apiKeyBytes)
      throw new CredentialRefused('API key empty or too long');
    // How long a Map compares says at most something of a hash, and no key follows from that.
    const hash = toHex(await sha256(key));
    const holder = holders.get(hash);
    if (!holder) throw new CredentialRefused('unknown API key');
    const identity = identities.get(hash) ?? (await identityOf(holder));
    identities.set(hash, identity);
    return identity;
  };
}
