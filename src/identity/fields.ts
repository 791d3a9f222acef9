import { bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';
import type { Identity, Principal } from './identity.ts';

/** A credential that does not prove an identity. `message` is for the log; it never holds the credential. */
export class CredentialRefused extends Error {
  override readonly name = 'CredentialRefused';
}

/**
 * Printable ASCII without outer spaces (OpenID Connect Core §2 has `sub` in ASCII): identity travels to the origin in
 * headers, where `"acme "` would arrive as `"acme"`, another tenant.
 */
const field = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

export function isIdentityField(value: string): boolean {
  return value.length <= bounds.keyParamBytes && field.test(value);
}

/** Follows the field, where it is none: nothing is stored under it. */
export const noIdentityField = 'is not a name: printable ASCII, 1 to 256 characters';

/** From claims or settings, of whatever type; rejects with `CredentialRefused`. */
export async function identityOf(raw: {
  readonly tenant: unknown;
  readonly user: unknown;
  readonly roles: unknown;
}): Promise<Identity> {
  const tenant = fieldOf('tenant', typeof raw.tenant === 'number' ? decimalOf(raw.tenant) : raw.tenant);
  const user = fieldOf('user', raw.user);
  return { tenant, user, roles: rolesOf(raw.roles), principal: await principalOf(tenant, user) };
}

/** The user's hash covers the tenant too: `ann` of one tenant is not `ann` of another. */
async function principalOf(tenant: string, user: string): Promise<Principal> {
  return { tenant: await shortHash(tenant), user: await shortHash(JSON.stringify([tenant, user])) };
}

async function shortHash(text: string): Promise<string> {
  return toBase64url((await sha256(text)).subarray(0, 16));
}

/** Many issuers count their tenants. Beyond 2^53 `JSON.parse` has rounded a number, maybe to another tenant's. */
function decimalOf(tenant: number): string {
  if (Number.isSafeInteger(tenant) && !Object.is(tenant, -0)) return String(tenant);
  throw new CredentialRefused('tenant is a number that is no exact integer');
}

function fieldOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new CredentialRefused(`${name} is not a string`);
  if (!isIdentityField(value)) throw new CredentialRefused(`${name} is empty, too long or not plain ASCII`);
  return value;
}

/** Of any characters, for they travel nowhere. Absent: none. A string is a space-separated list, as in `scope` (RFC 8693 §4.2). */
function rolesOf(value: unknown): readonly string[] {
  const named: unknown = typeof value === 'string' ? value.split(' ') : (value ?? []);
  if (!Array.isArray(named)) throw new CredentialRefused('roles are neither a list nor a string');
  const roles = named.filter((role) => role !== '');
  if (roles.length > bounds.roles) throw new CredentialRefused('too many roles');
  if (!roles.every((role) => typeof role === 'string')) throw new CredentialRefused('role is not a string');
  return roles;
}
