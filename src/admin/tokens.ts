import * as z from 'zod';
import { guardName } from '../rollout/flags.ts';

/**
 * What an admin token may do. `purge` may also read what became of its purges; `body`, beside `read`, what is stored of users' data; `rollout`
 * may switch classes on and off, and read how they stand.
 */
export const tokenScopes = ['purge', 'read', 'body', 'rollout'] as const;
export type TokenScope = (typeof tokenScopes)[number];

/** The setting `ADMIN_TOKENS`: name → SHA-256 of the token in hex, and what it may do. The tokens themselves are nowhere. */
export const adminTokensSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be named by letters, digits and . _ -'),
    z.strictObject({
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token, in lower-case hex'),
      scopes: z
        .array(z.enum(tokenScopes, `must be among ${tokenScopes.join(', ')}`))
        .min(1, 'must name a scope'),
    }),
  )
  // Flags say who has set them, and what the guard holds is purged and told.
  .refine(
    (tokens) => !tokens[guardName]?.scopes.includes('rollout'),
    `must not name a token with the scope rollout '${guardName}'`,
  );
export type AdminTokens = z.infer<typeof adminTokensSchema>;

/** Whose token was shown, and what it may do. */
export interface Admin {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
}
