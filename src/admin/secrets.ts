import * as z from 'zod';

/** What an admin token may do. `purge` may also read what became of its purges. */
export const scopes = ['purge', 'read'] as const;
export type Scope = (typeof scopes)[number];

/** The setting `ADMIN_TOKENS`: name → SHA-256 of the token in hex, and what it may do. The tokens themselves are nowhere. */
export const adminTokensSchema = z.record(
  z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be named by letters, digits and . _ -'),
  z.strictObject({
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token, in lower-case hex'),
    scopes: z.array(z.enum(scopes, `must be among ${scopes.join(', ')}`)).min(1, 'must name a scope'),
  }),
);
export type AdminTokens = z.infer<typeof adminTokensSchema>;

/** Signing keys of QStash's development server: printed in its documentation, so that they sign nothing. */
export const publicSigningKeys: ReadonlySet<string> = new Set([
  'sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r',
  'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs',
]);
