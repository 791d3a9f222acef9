import { bounds } from '../bounds.ts';
import { sha256, toHex } from '../digest.ts';
import type { Identity } from '../identity/identity.ts';
import { decodePart, encodePart, type Part, valueOfPart } from './encode.ts';
import type { DataClass, Params } from './types.ts';

/** The tenant of `public` data; no encoded tenant begins with `@`. */
export const PUBLIC_TENANT = '@public';

/** First parts of the store's own names: a class or a namespace of such a name would meet them. */
export const reservedNames: readonly string[] = [
  'gen',
  'lock',
  'last',
  'late',
  'vary',
  'purge',
  'purges',
  'erase',
  'count',
  'metrics',
  'rollout',
];

/**
 * `analytics:v2:tenant:acme:dashboard:d1:kpis:2026-10`: class, version, partition, parameters. Injective over all of
 * them, and ASCII. Not yet bounded: see `boundedName`.
 */
export function fullKey<P extends Params>(
  cls: Pick<DataClass<P>, 'name' | 'version' | 'scope' | 'keyOf'>,
  identity: Pick<Identity, 'tenant' | 'user'> | null,
  params: P,
): string {
  const partition = `${cls.name}:v${cls.version}:tenant:${partitionOf(cls, identity)}`;
  const rest = cls.keyOf(params);
  return rest === '' ? partition : `${partition}:${rest}`;
}

function partitionOf(
  cls: Pick<DataClass, 'name' | 'scope'>,
  identity: Pick<Identity, 'tenant' | 'user'> | null,
) {
  if (cls.scope === 'public') return PUBLIC_TENANT;
  if (identity === null) throw new TypeError(`${cls.name} has no key without a verified identity`);
  const tenant = encodePart(identity.tenant);
  return cls.scope === 'tenant' ? tenant : `${tenant}:user:${encodePart(identity.user)}`;
}

/** What a full key without its namespace was made of; null: it is no key of this class. `user` is null where the key has none. */
export function readKey(
  { definition, scope }: Pick<DataClass, 'definition' | 'scope'>,
  key: string,
): { readonly tenant: string | null; readonly user: string | null; readonly params: Params } | null {
  const [, , , tenant = '', ...rest] = key.split(':');
  const [user = null] = scope === 'user' ? rest.splice(0, 2).slice(1) : [];
  const params: Record<string, Part> = {};
  const segments = definition.key === '' ? [] : definition.key.split(':');
  if (segments.length !== rest.length) return null;
  for (const [i, segment] of segments.entries()) {
    const [before = '', name, after = ''] = segment.split(/\{(\w+)\}/);
    const part = rest[i]!;
    if (!part.startsWith(before) || !part.endsWith(after)) return null;
    if (name !== undefined) params[name] = valueOfPart(part.slice(before.length, part.length - after.length));
  }
  const isPublic = tenant === PUBLIC_TENANT;
  return { tenant: isPublic ? null : decodePart(tenant), user: user && decodePart(user), params };
}

/**
 * A Redis name within its bound, in bytes (names are ASCII). A longer one keeps a readable prefix and ends in
 * `:@sha256:<hex>` of all of it, which no other name can end in: `@sha256` is not an encoded value.
 */
export function boundedName(name: string, limitBytes: number = bounds.keyBytes): string | Promise<string> {
  return name.length <= limitBytes ? name : hashedName(name, limitBytes);
}

async function hashedName(name: string, limitBytes: number): Promise<string> {
  const end = `:@sha256:${toHex(await sha256(name))}`;
  return name.slice(0, limitBytes - end.length) + end;
}
