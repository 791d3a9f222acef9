/** Who works at a demo tenant, and what each role may do. */
export type Role = 'viewer' | 'analyst' | 'admin';
export type Permission =
  | 'dashboard:list'
  | 'invoice:read'
  | 'kpi:read'
  | 'invoice:write'
  | 'user:read'
  | 'user:write';

export const roles = ['viewer', 'analyst', 'admin'] as const satisfies readonly Role[];

const viewer: readonly Permission[] = ['dashboard:list', 'invoice:read'];
const analyst: readonly Permission[] = [...viewer, 'kpi:read', 'invoice:write'];
const admin: readonly Permission[] = [...analyst, 'user:read', 'user:write'];

/** Each role may do what the one before may, and more. */
export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = { viewer, analyst, admin };

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
}

export const tenants: readonly Tenant[] = [
  { id: 'acme', name: 'Acme Tools', currency: 'EUR' },
  { id: 'globex', name: 'Globex Corporation', currency: 'USD' },
];

/** The same names work at every tenant, so that a mix-up of tenants would show. */
export const userIds: readonly string[] =
  'ann bob carol dan erin finn gail hugo iris jack kira liam mona nils olga paul quinn rosa sven tara uma vera will xenia yara'.split(
    ' ',
  );

/** These four have the same role everywhere; the others' roles follow from their place and their tenant's. */
const known: Readonly<Record<string, Role>> = { ann: 'admin', bob: 'viewer', carol: 'analyst', dan: 'admin' };

/** The role a user has when the demo starts; undefined for a stranger. */
export function roleAtStart(tenant: string, user: string): Role | undefined {
  const place = userIds.indexOf(user);
  const tenantPlace = tenants.findIndex(({ id }) => id === tenant);
  if (place < 0 || tenantPlace < 0) return undefined;
  return known[user] ?? ((place + tenantPlace) % 3 === 0 ? 'analyst' : 'viewer');
}
