import type * as z from 'zod';
import { bounds } from '../bounds.ts';
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
  const takes = takesOf(schema);
  const given = new Map<string, { readonly as: Takes; readonly values: string[] }>();
  const pairs = text.split('&').filter((it) => it !== '');
  if (pairs.length > bounds.formPairs)
    throw invalidField(whole, `must not have more than ${bounds.formPairs} fields`);
  for (const pair of pairs) {
    const [name, value = ''] = pair.split(/=(.*)/s).map((it) => decoded(it, pair, whole)) as [string, string];
    const before = given.get(name);
    if (before?.as === 'text') throw invalidField(name, 'is given more than once');
    if (before) before.values.push(value);
    else given.set(name, { as: takes(name), values: [value] });
  }
  const fields = [...given].map(
    ([name, { as, values }]) => [name, as === 'list' || values.length > 1 ? values : values[0]!] as const,
  );
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
  new Problem('invalid-request', { errors: [{ field: field.slice(0, bounds.fieldNameChars), detail }] });

/** `either`: text where it is given once. */
type Takes = 'text' | 'list' | 'either';

/** Tells what the field of a name takes, as far as the schema has fields. */
function takesOf(schema: z.core.$ZodType): (name: string) => Takes {
  const forms = formsIn(schema);
  return (name) => {
    const met = forms.flatMap((form) => formsIn(fieldOf(form, name))).filter((form) => !isOfNoText(form));
    const lists = met.filter(isList).length;
    return lists === 0 ? 'text' : lists === met.length ? 'list' : 'either';
  };
}

function fieldOf({ _zod }: z.core.$ZodType, name: string): z.core.$ZodType | undefined {
  const { shape = {}, catchall, valueType } = _zod.def as Partial<Fields>;
  return Object.hasOwn(shape, name) ? shape[name] : (catchall ?? valueType);
}

type Fields = z.core.$ZodObjectDef & Pick<z.core.$ZodRecordDef, 'valueType'>;

const isList = (form: z.core.$ZodType) => ['array', 'tuple'].includes(form._zod.def.type);
const isOfNoText = (form: z.core.$ZodType) =>
  ['null', 'undefined', 'void', 'never'].includes(form._zod.def.type);

/** All that the input itself may meet: inside of what makes it optional, changes it, or lets it be one of several. */
function formsIn(
  schema: z.core.$ZodType | undefined,
  seen: Set<z.core.$ZodType> = new Set(),
): z.core.$ZodType[] {
  if (!schema || seen.has(schema)) return [];
  seen.add(schema);
  const inner = innerOf(schema as z.core.$ZodTypes);
  return inner ? inner.flatMap((it) => formsIn(it, seen)) : [schema];
}

function innerOf({ _zod: { def } }: z.core.$ZodTypes): readonly z.core.$ZodType[] | undefined {
  switch (def.type) {
    case 'union':
      return def.options;
    case 'intersection':
      return [def.left, def.right];
    case 'lazy':
      return [def.getter()];
    case 'pipe':
      // What `z.preprocess` does takes anything: what it hands on says what is meant.
      return def.in._zod.def.type === 'transform' ? [def.in, def.out] : [def.in];
    default:
      return 'innerType' in def ? [def.innerType] : undefined;
  }
}
