import { createHash, randomBytes } from 'node:crypto';

/** A source of webhooks, and a secret for it as its provider would write one. */
const sources = {
  app: () => `whsec_${randomBytes(24).toString('base64')}`,
  stripe: () => `whsec_${randomBytes(24).toString('base64url')}`,
  github: () => randomBytes(20).toString('hex'),
  shopify: () => randomBytes(16).toString('hex'),
} as const;

/** A secret that cannot be used: one line names the setting and the mend, and holds nothing of the secret. */
export class SecretError extends Error {}

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

/**
 * What the demo origin signs with: the first of `HOOK_SECRET_APP`, which is the one in use while several are rotated. All of
 * them must be what the edge takes, which verifies nothing with a list that holds another. Throws `SecretError`.
 */
export function signingSecret({ HOOK_SECRET_APP: list = '' }: Env): string {
  const secrets = list.split(',').flatMap((it) => it.trim() || []);
  const bad = secrets.findIndex((it) => !isWhsec(it)) + 1;
  if (secrets[0] && bad === 0) return secrets[0];
  const fault = secrets[0]
    ? `secret ${bad} is not standard base64 of 16 bytes or more, with or without whsec_ before it`
    : 'it holds no secret';
  throw new SecretError(
    `HOOK_SECRET_APP: ${fault}; make one with "echo whsec_$(openssl rand -base64 24)", or unset it`,
  );
}

function isWhsec(secret: string): boolean {
  const text = secret.replace(/^whsec_/, '');
  const bytes = Buffer.from(text, 'base64');
  return bytes.length >= 16 && bytes.toString('base64') === text;
}

/**
 * `ADMIN_TOKEN`, one token that may do all, and `ADMIN_TOKENS` as the Worker is given it: the token's hash alone. Throws
 * `SecretError`.
 */
export function adminToken(env: Env): { readonly token: string; readonly setting: string } {
  const token = env['ADMIN_TOKEN'] || randomBytes(24).toString('base64url');
  // The Worker would take the hash of any other, and nobody could show it the token.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new SecretError(
      'ADMIN_TOKEN: it is not printable ASCII without spaces, as a header takes it; set another, or unset it',
    );
  if (token.length > 512)
    throw new SecretError('ADMIN_TOKEN: it is longer than 512 characters; set a shorter one, or unset it');
  const sha256 = createHash('sha256').update(token).digest('hex');
  return { token, setting: JSON.stringify({ development: { sha256, scopes: ['purge', 'read'] } }) };
}
