import type * as z from 'zod';
import { bounds } from '../bounds.ts';
import { compileOriginPath } from './origin-path.ts';
import { mayBeAbsent } from './params.ts';
import { compileKey, compileTag } from './template.ts';
import type { AccessPredicate, DataClass, DataClassDefinition } from './types.ts';

type Definition = DataClassDefinition;
type Field = keyof Definition;

/** A rule between fields, applied only when each of them is valid by itself. */
interface Rule {
  readonly field: Field;
  readonly with?: readonly Field[];
  /** Nothing when the definition keeps the rule. */
  faults(d: Definition): readonly string[] | string | undefined | false;
}

const identityNames = ['tenant', 'tenant_id', 'user', 'user_id'];
const shapeOf = (d: Definition) => (d.params as unknown as z.ZodObject).shape;
const hasParam = (d: Definition) => (name: string) => Object.hasOwn(shapeOf(d), name);
const predicateOf = (d: Definition) =>
  typeof d.access === 'string' ? undefined : (d.access as AccessPredicate);
/** `@t`, `@c:<class>` and the class over all tenants; `@u:<user>` when the key holds the user. */
const implicitTags = (d: Definition) => (d.scope === 'user' ? 4 : 3);

const rules: readonly Rule[] = [
  {
    field: 'params',
    faults: (d) =>
      Object.keys(shapeOf(d)).flatMap((name) => {
        if (identityNames.includes(name))
          return `'${name}' comes only from verified identity; say it with scope`;
        if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !(name in Object.prototype)) return [];
        return `'${name}' cannot stand in a template; use a letter first, then A-Z a-z 0-9 _`;
      }),
  },
  {
    field: 'key',
    with: ['params'],
    faults: (d) => {
      const { names } = compileKey(d.key);
      const absent = Object.keys(shapeOf(d)).filter((name) => !names.includes(name));
      const unknown = names.filter((name) => !hasParam(d)(name));
      return [
        ...absent.map((name) => `{${name}} is missing; two of its values would share one entry`),
        ...unknown.map((name) =>
          identityNames.includes(name)
            ? `take {${name}} out; scope puts tenant and user into every key`
            : `{${name}} is not in params; add it there or take it out`,
        ),
      ];
    },
  },
  {
    field: 'tags',
    with: ['params'],
    faults: (d) => {
      const names = [...new Set((d.tags ?? []).flatMap((tag) => compileTag(tag).names))];
      return names.flatMap((name) => {
        if (identityNames.includes(name)) return `take {${name}} out; tenant and user are tags already`;
        if (!hasParam(d)(name)) return `{${name}} is not in params; add it there or take it out`;
        if (!mayBeAbsent(d.params as unknown as z.ZodObject, name)) return [];
        return `{${name}} may be absent and would leave nothing to purge; use a tag without it, or give it a default`;
      });
    },
  },
  {
    field: 'tags',
    with: ['scope'],
    faults: (d) => {
      const most = bounds.tagsPerEntry - implicitTags(d);
      return (d.tags?.length ?? 0) > most && `there are ${d.tags?.length}; write at most ${most}`;
    },
  },
  {
    field: 'tags',
    faults: (d) => new Set(d.tags).size < (d.tags?.length ?? 0) && 'a tag is there twice; once is enough',
  },
  {
    field: 'access',
    with: ['scope'],
    faults: (d) => {
      if (d.scope === 'public')
        return d.access !== 'public' && "everyone shares its entries; say 'public', or another scope";
      if (d.access === 'public')
        return "only scope 'public' may be read by everyone; say 'tenant', 'user' or a rule";
      if (d.scope === 'user') return d.access === 'tenant' && "the key holds the user; say 'user' or a rule";
      return d.access === 'user' && "the key does not hold the user; say 'tenant' or a rule, or scope 'user'";
    },
  },
  {
    field: 'access',
    faults: (d) => (predicateOf(d)?.reads ?? []).flatMap((cls) => faultsOfRead(cls) ?? []),
  },
  ...(['staleWhileRevalidate', 'staleIfError', 'l1'] as const).map(
    (field): Rule => ({
      field,
      with: ['consistency'],
      faults: (d) =>
        d.consistency === 'strict' &&
        d[field] !== undefined &&
        "a strict class is validated for every answer and never stale; take it out, or say consistency 'standard'",
    }),
  ),
  {
    field: 'cacheControl',
    with: ['scope'],
    faults: (d) => {
      if (d.scope !== 'public')
        return (
          d.cacheControl !== undefined && "is for scope 'public'; take it out: others say 'private, no-cache'"
        );
      return (
        d.cacheControl === undefined && "is missing; say what browsers may do, such as 'public, max-age=60'"
      );
    },
  },
  {
    field: 'origin',
    with: ['read', 'writeThrough'],
    faults: (d) => {
      if (d.origin !== undefined) return false;
      if (d.read === 'read-through')
        return "is missing; read-through asks a path such as '/invoices/{invoice_id}'";
      return (
        d.writeThrough !== undefined &&
        "is missing; writeThrough writes to a path such as '/invoices/{invoice_id}'"
      );
    },
  },
  {
    field: 'origin',
    with: ['params', 'scope'],
    faults: (d) => {
      const names = d.origin === undefined ? [] : compileOriginPath(d.origin).names;
      return names.flatMap((name) => {
        // What the answer depends on must stand in the key, or one caller is shown another's.
        if (name === 'tenant_id')
          return d.scope === 'public' ? "take {tenant_id} out; scope 'public' has no tenant" : [];
        if (name === 'user_id')
          return d.scope === 'user'
            ? []
            : "take {user_id} out, or say scope 'user': the key does not hold the user";
        return hasParam(d)(name) ? [] : `{${name}} is not in params; add it there or take it out`;
      });
    },
  },
  {
    field: 'writeThrough',
    with: ['tags'],
    faults: (d) =>
      d.writeThrough !== undefined &&
      (d.tags ?? []).length === 0 &&
      "has no tag to purge; give the class one, such as 'invoice:{invoice_id}'",
  },
  {
    field: 'writeThrough',
    with: ['scope'],
    faults: (d) =>
      d.writeThrough !== undefined &&
      d.scope === 'public' &&
      "would let everyone write; take it out, or say scope 'tenant' or 'user'",
  },
  {
    field: 'writeThrough',
    with: ['tagsFromAnswer'],
    faults: (d) =>
      d.writeThrough === 'store' &&
      d.tagsFromAnswer === true &&
      "'store' knows only the declared tags, not those that an answer names; say 'purge'",
  },
];

/** A rule's classes are looked up beside the answer, so their keys must follow from the identity alone. */
function faultsOfRead(cls: DataClass): string | undefined {
  if (typeof cls?.keyOf !== 'function') return 'reads something that is not a class; make it with dataClass';
  if (cls.read !== 'read-through')
    return `reads '${cls.name}', which is ${cls.read}; a rule reads read-through classes`;
  if (cls.scope === 'public')
    return `reads '${cls.name}' of scope 'public'; a rule reads classes of a tenant or user`;
  if (cls.paramNames.length > 0)
    return `reads '${cls.name}', which has parameters; a rule reads classes without`;
  if (typeof cls.access !== 'string')
    return `reads '${cls.name}', which has a rule itself; give it 'tenant' or 'user'`;
  return undefined;
}

/** Faults between fields; fields in `broken` are reported already. */
export function brokenRules(d: Definition, broken: ReadonlySet<string>): { field: string; says: string }[] {
  return rules
    .filter(({ field, with: others = [] }) => ![field, ...others].some((name) => broken.has(name)))
    .flatMap(({ field, faults }) => [faults(d) || []].flat().map((says) => ({ field, says })));
}
