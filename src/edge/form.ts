import type * as z from 'zod';
import { Problem } from '../http/problem.ts';

/**
 * What a query or a form says (URL standard §5.1), by name: text, and a list where the schema takes one. `whole` names the query or
 * the form itself. Throws a `Problem` for what is given twice and is no list, and for what is not UTF-8.
 */
export function formOf(
  text: string,
  schema: z.core.$ZodType,
  whole: string,
): Record<string, string | string[]> {
  const given = new Map<string, string[]>();
  for (const pair of text.split('&').filter((it) => it !== '')) {
    const [name, value = ''] = pair.split(/=(.*)/s).map((it) => decoded(it, pair, whole)) as [string, string];
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const isList = listsOf(schema);
  const fields = [...given].map(([name, values]) => {
    if (isList(name)) return [name, values] as const;
    if (values.length > 1) throw invalidField(name, 'is given more than once');
    return [name, values[0]!] as const;
  });
  return Object.fromEntries(fields);
}

function decoded(text: string, pair: string, whole: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidField(/^\w+/.exec(pair)?.[0] ?? whole, 'is not UTF-8 with percent signs before its codes');
  }
}

const invalidField = (field: string, detail: string) =>
  new Problem('invalid-request', { errors: [{ field: field.slice(0, 64), detail }] });

/** Tells the fields that are lists to the schema, where it is an object. */
function listsOf(schema: z.core.$ZodType): (name: string) => boolean {
  const { def } = innermost(schema)._zod as z.core.$ZodObject['_zod'];
  return (name) =>
    def.type === 'object' &&
    Object.hasOwn(def.shape, name) &&
    ['array', 'tuple'].includes(innermost(def.shape[name]!)._zod.def.type);
}

/** What the input itself meets: inside of what makes it optional, or changes it afterwards. */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType, in: before } = schema._zod.def as Partial<Record<'innerType' | 'in', z.core.$ZodType>>;
  const inner = innerType ?? before;
  return inner ? innermost(inner) : schema;
}
