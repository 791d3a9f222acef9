import type { Asked } from './world.ts';

const hashOf = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toHex();

/** `ADMIN_TOKENS` with one token for each set of scopes, named by them: `purge`, `read`, `purge+read`. */
export async function adminTokens(...names: string[]): Promise<string> {
  const entries = names.map(async (name) => [
    name.replaceAll('+', '-'),
    { sha256: await hashOf(tokenOf(name)), scopes: name.split('+') },
  ]);
  return JSON.stringify(Object.fromEntries(await Promise.all(entries)));
}

export const tokenOf = (name: string) => `the-admin-token-that-may-${name}`;

/** Shows the token of that name, and no user's. */
export const asAdmin = (name: string, more: Asked = {}): Asked => ({
  ...more,
  as: null,
  headers: { Authorization: `Bearer ${tokenOf(name)}`, ...more.headers },
});
