import { createHash, randomBytes } from 'node:crypto';

/** A source of webhooks, and a secret for it as its provider would write one. */
const sources = {
  app: () => `whsec_${randomBytes(24).toString('base64')}`,
  stripe: () => `whsec_${randomBytes(24).toString('base64url')}`,
  github: () => randomBytes(20).toString('hex'),
  shopify: () => randomBytes(16).toString('hex'),
} as const;

type Env = Readonly<Record<string, string | undefined>>;

/** `HOOK_SECRET_<SOURCE>`: what the environment says, else made up. */
export function hookSecrets(env: Env): Readonly<Record<string, string>> {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('HOOK_SECRET_') && value);
  const made = Object.entries(sources).map(([source, make]) => [
    `HOOK_SECRET_${source.toUpperCase()}`,
    make(),
  ]);
  return Object.fromEntries([...made, ...given]) as Record<string, string>;
}

/** `ADMIN_TOKEN`, one token that may do all, and `ADMIN_TOKENS` as the Worker is given it: the token's hash alone. */
export function adminToken(env: Env): { readonly token: string; readonly setting: string } {
  const token = env['ADMIN_TOKEN'] || randomBytes(24).toString('base64url');
  const sha256 = createHash('sha256').update(token).digest('hex');
  return { token, setting: JSON.stringify({ development: { sha256, scopes: ['purge', 'read'] } }) };
}
