import type * as z from 'zod';
import { bounds } from '../bounds.ts';
import { readsOf } from './access.ts';
import { compileOriginPath } from './origin-path.ts';
import { mayBeAbsent } from './params.ts';
import { didYouMean } from './strategy-error.ts';
import { compileKey, compileTag } from './template.ts';
import type { DataClass, DataClassDefinition } from './types.ts';

type Definition = Omit<DataClassDefinition, 'params'> & { readonly params: z.ZodObject };
/** None when the definition keeps the rule. */
type Faults = string | readonly string[];

/** A rule between fields, applied only when each of them is valid by itself. Its faults are the first one's. */
interface Rule {
  readonly fields: readonly [keyof Definition, ...(keyof Definition)[]];
  readonly faults: (d: Definition) => Faults;
}

const rule = (fields: Rule['fields'], faults: Rule['faults']): Rule => ({ fields, faults });

const identityNames = ['tenant', 'tenant_id', 'user', 'user_id'];
const hasParam = (d: Definition) => (name: string) => Object.hasOwn(d.params.shape, name);
const notInParams = ({ params }: Definition, name: string) =>
  `{${name}} is not in params; add it there or take it out${didYouMean(name, Object.keys(params.shape))}`;

const rules: readonly Rule[] = [
  rule(['params'], ({ params }) =>
    Object.keys(params.shape).flatMap((name) => {
      if (identityNames.includes(name))
        return `'${name}' comes only from verified identity; say it with scope`;
      if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !(name in Object.prototype)) return [];
      return `'${name}' cannot stand in a template; use a letter first, then A-Z a-z 0-9 _`;
    }),
  ),
  rule(['key', 'params'], (d) => {
    const { names } = compileKey(d.key);
    const absent = Object.keys(d.params.shape).filter((name) => !names.includes(name));
    const unknown = names.filter((name) => !hasParam(d)(name));
    return [
      ...absent.map((name) => `{${name}} is missing; two of its values would share one entry`),
      ...unknown.map((name) =>
        identityNames.includes(name)
          ? `take {${name}} out; scope puts tenant and user into every key`
          : notInParams(d, name),
      ),
    ];
  }),
  rule(['tags', 'params'], (d) => {
    const names = [...new Set((d.tags ?? []).flatMap((tag) => compileTag(tag).names))];
    return names.flatMap((name) => {
      if (identityNames.includes(name)) return `take {${name}} out; tenant and user are tags already`;
      if (!hasParam(d)(name)) return notInParams(d, name);
      if (!mayBeAbsent(d.params, name)) return [];
      return `{${name}} may be absent and would leave nothing to purge; use a tag without it, or give it a default`;
    });
  }),
  rule(['tags', 'scope'], ({ tags = [], scope }) => {
    // Implicit are `@t`, `@c:<class>` and the class over all tenants; `@u:<user>` when the key holds the user.
    const most = bounds.tagsPerEntry - (scope === 'user' ? 4 : 3);
    return tags.length > most ? `there are ${tags.length}; write at most ${most}` : [];
  }),
  rule(['tags'], ({ tags = [] }) =>
    new Set(tags).size < tags.length ? 'a tag is there twice; once is enough' : [],
  ),
  rule(['passHeaders'], ({ passHeaders = [] }) =>
    new Set(passHeaders.map((name) => name.toLowerCase())).size < passHeaders.length
      ? 'a header is there twice; once is enough'
      : [],
  ),
  rule(['access', 'scope'], ({ access, scope }) => {
    if (scope === 'public')
      return access === 'public' ? [] : "everyone shares its entries; say 'public', or another scope";
    if (access === 'public')
      return "only scope 'public' may be read by everyone; say 'tenant', 'user' or a rule";
    if (scope === 'user' && access === 'tenant') return "the key holds the user; say 'user' or a rule";
    if (scope !== 'tenant' || access !== 'user') return [];
    return "the key does not hold the user; say 'tenant' or a rule, or scope 'user'";
  }),
  rule(['access'], ({ access }) => readsOf(access).flatMap(faultsOfRead)),
  ...(['staleWhileRevalidate', 'staleIfError', 'l1'] as const).map((field) =>
    rule([field, 'consistency'], (d) =>
      d.consistency === 'strict' && d[field] !== undefined
        ? "a strict class is validated for every answer and never stale; take it out, or say consistency 'standard'"
        : [],
    ),
  ),
  rule(['cacheControl', 'scope'], ({ cacheControl, scope }) => {
    if ((scope === 'public') === (cacheControl !== undefined)) return [];
    return scope === 'public'
      ? "is missing; say what browsers may do, such as 'public, max-age=60'"
      : "is for scope 'public'; take it out: others say 'private, no-cache'";
  }),
  rule(['rollout', 'scope'], ({ rollout: { unit, allow = [], deny = [] } = {}, scope }) => {
    if (scope !== 'public') return [];
    // Who asks for public data is not verified: everyone shares its entries, and is on or off by them.
    const faults = [];
    if (unit === 'tenant' || unit === 'user')
      faults.push(
        `counts each ${unit}, and nobody is verified who reads public data; say unit 'key', or nothing`,
      );
    if (allow.length > 0 || deny.length > 0)
      faults.push(
        'names who is on or off, and nobody is verified who reads public data; take allow and deny out',
      );
    return faults;
  }),
  rule(['origin', 'read', 'writeThrough'], ({ origin, read, writeThrough }) => {
    if (origin !== undefined) return [];
    if (read === 'read-through')
      return "is missing; read-through asks a path such as '/invoices/{invoice_id}'";
    if (writeThrough === undefined) return [];
    return "is missing; writeThrough writes to a path such as '/invoices/{invoice_id}'";
  }),
  rule(['origin', 'params', 'scope'], (d) => {
    const names = d.origin === undefined ? [] : compileOriginPath(d.origin).names;
    return names.flatMap((name) => {
      // What the answer depends on must stand in the key, or one caller is shown another's.
      if (name === 'tenant_id')
        return d.scope === 'public' ? "take {tenant_id} out; scope 'public' has no tenant" : [];
      if (name !== 'user_id') return hasParam(d)(name) ? [] : notInParams(d, name);
      if (d.scope === 'user') return [];
      return "take {user_id} out, or say scope 'user': the key does not hold the user";
    });
  }),
  rule(['writeThrough', 'tags'], ({ writeThrough, tags = [] }) =>
    writeThrough !== undefined && tags.length === 0
      ? "has no tag to purge; give the class one, such as 'invoice:{invoice_id}'"
      : [],
  ),
  rule(['writeThrough', 'scope'], ({ writeThrough, scope }) =>
    writeThrough !== undefined && scope === 'public'
      ? "would let everyone write; take it out, or say scope 'tenant' or 'user'"
      : [],
  ),
  rule(['writeThrough', 'tagsFromAnswer'], ({ writeThrough, tagsFromAnswer }) =>
    writeThrough === 'store' && tagsFromAnswer === true
      ? "'store' knows only the declared tags, not those that an answer names; say 'purge'"
      : [],
  ),
];

/** A rule's classes are looked up beside the answer, so their keys must follow from the identity alone. */
function faultsOfRead(cls: DataClass): Faults {
  if (typeof cls?.keyOf !== 'function') return 'reads something that is not a class; make it with dataClass';
  if (cls.read !== 'read-through')
    return `reads '${cls.name}', which is ${cls.read}; a rule reads read-through classes`;
  if (cls.scope === 'public')
    return `reads '${cls.name}' of scope 'public'; a rule reads classes of a tenant or user`;
  if (cls.paramNames.length > 0)
    return `reads '${cls.name}', which has parameters; a rule reads classes without`;
  if (typeof cls.access !== 'string')
    return `reads '${cls.name}', which has a rule itself; give it 'tenant' or 'user'`;
  return [];
}

/** Faults between fields; fields in `broken` are reported already. */
export function brokenRules(definition: DataClassDefinition, broken: ReadonlySet<string>) {
  return rules
    .filter(({ fields }) => !fields.some((name) => broken.has(name)))
    .flatMap(({ fields: [field], faults }) =>
      [faults(definition as Definition)].flat().map((says) => ({ field, says })),
    );
}
