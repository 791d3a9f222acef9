import { createHash, randomBytes } from 'node:crypto';
import type { HookSource } from '../cli/environment.ts';
import { tokenScopes } from '../src/admin/tokens.ts';
import { Problem } from '../src/http/problem.ts';
import { hookSecretName, hookSecrets as secretsFrom } from '../src/invalidation/hook-secrets.ts';
import type { Scheme } from '../src/invalidation/signature/scheme.ts';
import type { Settings } from './settings.ts';

/** A secret that cannot be used: one line names the setting and the mend, and holds nothing of the secret. */
export class SecretError extends Error {}

/** What its provider would write: `whsec_` and base64, or text, which Stripe begins so too. */
const madeSecret = ({ secret, header }: Pick<Scheme, 'secret' | 'header'>): string => {
  if (secret === 'whsec') return `whsec_${randomBytes(24).toString('base64')}`;
  if (header === 'Stripe-Signature') return `whsec_${randomBytes(24).toString('base64url')}`;
  return randomBytes(20).toString('hex');
};

/** A secret for the source of the demo origin. */
export const madeAppSecret = () => madeSecret({ secret: 'whsec', header: 'webhook-signature' });

/** `HOOK_SECRET_<SOURCE>` for each source: what is given or was made before, else made up. Throws `SecretError` for one that the edge would not take. */
export function hookSecrets(
  sources: Readonly<Record<string, HookSource>>,
  ...known: readonly Settings[]
): Readonly<Record<string, string>> {
  const secrets = Object.entries(sources).map(([source, { scheme }]) => {
    const name = hookSecretName(source);
    const secret = known.map((it) => it[name]).find(Boolean) || madeSecret(scheme);
    mustBeTaken(source, scheme, secret);
    return [name, secret];
  });
  return Object.fromEntries(secrets);
}

/** By the edge's own reading, which else says it when the first webhook comes. */
function mustBeTaken(source: string, scheme: Scheme, secret: string): void {
  try {
    secretsFrom({ ENVIRONMENT: 'development', [hookSecretName(source)]: secret }, source, scheme);
  } catch (error) {
    throw error instanceof Problem ? new SecretError(error.options.why ?? error.message) : error;
  }
}

/** Settings that begin so. */
export const givenHookSecrets = (given: Settings): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(given).filter((it): it is [string, string] => /^HOOK_SECRET_./.test(it[0]) && !!it[1]),
  );

/** Settings of sources that there are not: misspelt, or of another project. */
export const strayHookSecrets = (
  sources: Readonly<Record<string, HookSource>>,
  given: Settings,
): string[] => {
  const known = Object.keys(sources).map(hookSecretName);
  return Object.keys(givenHookSecrets(given)).filter((name) => !known.includes(name));
};

export const sourceOf = (setting: string) =>
  setting.replace('HOOK_SECRET_', '').replaceAll('_', '-').toLowerCase();

/**
 * What the demo origin signs with: the first of `HOOK_SECRET_APP`, which is the one in use while several are rotated. All of
 * them must be what the edge takes, which verifies nothing with a list that holds another. Throws `SecretError`.
 */
export function signingSecret(list: string): string {
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
 * `ADMIN_TOKEN`, one token that may do all, and `ADMIN_TOKENS` as the Worker is given it: the token's hash, beside those
 * that `given` has. Throws `SecretError`.
 */
export function adminToken(
  env: Settings,
  given?: string,
): { readonly token: string; readonly setting: string } {
  const token = env['ADMIN_TOKEN'] || randomBytes(24).toString('base64url');
  // The Worker would take the hash of any other, and nobody could show it the token.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new SecretError(
      'ADMIN_TOKEN: it is not printable ASCII without spaces, as a header takes it; set another, or unset it',
    );
  if (token.length > 512)
    throw new SecretError('ADMIN_TOKEN: it is longer than 512 characters; set a shorter one, or unset it');
  const sha256 = createHash('sha256').update(token).digest('hex');
  return { token, setting: withOwn(given, { sha256, scopes: tokenScopes }) };
}

/** What is no object stays as it is: the Worker says what is wrong with it. */
function withOwn(given: string | undefined, own: object): string {
  let name = 'development';
  if (!given) return JSON.stringify({ [name]: own });
  try {
    const theirs: unknown = JSON.parse(given);
    if (typeof theirs !== 'object' || theirs === null || Array.isArray(theirs)) return given;
    while (Object.hasOwn(theirs, name)) name += '-';
    return JSON.stringify({ ...theirs, [name]: own });
  } catch {
    return given;
  }
}
