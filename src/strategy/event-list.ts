import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { compileTag, partsOf } from './template.ts';
import type { Params } from './types.ts';

/** An event's payload after parsing: fields, of which some may be lists. */
export type Payload = Readonly<Record<string, Params[string] | readonly (string | number)[]>>;

/** A payload that comes to a name which nothing can have. To whoever told the event it is a wrong one. */
export class NameRefused extends Error {
  override readonly name = 'NameRefused';
  /** Of the payload; the template, where several fields make the name. */
  readonly field: string;
  readonly detail: string;
  constructor(field: string, detail: string) {
    super(`${field} ${detail}`);
    this.field = field;
    this.detail = detail;
  }
}

/**
 * What a template names, given a payload: a name for each combination of its lists; null: too many. Throws `NameRefused`.
 * `faultOf`: what is wrong with a name.
 */
export function listing(template: string) {
  const { names: fields, fill } = compileTag(template);
  return (payload: Payload, faultOf: (name: string) => string | null): string[] | null => {
    const values = fields.map((field) => valuesOf(field, payload[field]));
    const count = values.reduce((product, { length }) => product * length, 1);
    if (count > bounds.listedPerEvent) return null;
    const filled = fields.reduce<Params[]>(
      (some, field, i) =>
        some.flatMap((params) => values[i]!.map((value) => ({ ...params, [field]: value }))),
      [{}],
    );
    return filled.map((params) => {
      const name = fill(params);
      const fault = faultOf(name);
      if (fault === null) return name;
      throw new NameRefused(fields.length === 1 ? fields[0]! : template, fault);
    });
  };
}

/** Each once. What has no text of its own would come out as `null`, or as the name of its type. */
function valuesOf(field: string, value: Payload[string]): NonNullable<Params[string]>[] {
  const values = [value].flat();
  const at = values.findIndex((it) => it === '' || !(isText(it) || Number.isFinite(it)));
  if (at < 0) return [...new Set(values)] as NonNullable<Params[string]>[];
  throw new NameRefused(
    Array.isArray(value) ? `${field}.${at}` : field,
    'must come out as text that is not empty, a finite number or a boolean',
  );
}

const isText = (value: unknown) => typeof value === 'string' || typeof value === 'boolean';

/** Faults of templates' fields: lists that make too many names, and what is never a name. */
export function faultsOfListing(templates: readonly string[], payload: z.ZodObject): string[] {
  const fieldsOf = (template: string) => [...new Set(partsOf(template).names)];
  const field = (name: string) => payload.shape[name] as z.ZodType | undefined;
  const unfit = [...new Set(templates.flatMap(fieldsOf))].filter((name) => {
    const element = elementOf(field(name)) ?? field(name);
    return element && nameless.includes(element._zod.def.type);
  });
  const isListed = (template: string) => fieldsOf(template).some((name) => elementOf(field(name)));
  const most = templates.reduce((sum, it) => sum + (isListed(it) ? bounds.listedPerEvent : 1), 0);
  return [
    ...unfit.map((name) => {
      const list = elementOf(field(name)) ? 'a list of ' : '';
      return `{${name}} is ${list}neither text nor numbers; name what a tag can hold`;
    }),
    ...(most > bounds.targetsPerOrder
      ? [`names up to ${most}, and one purge takes ${bounds.targetsPerOrder}; name the classes instead`]
      : []),
  ];
}

/** Types of which no value is a name; of others each payload tells. */
const nameless: readonly string[] = [
  ...['object', 'record', 'array', 'tuple', 'set', 'map', 'null', 'undefined', 'bigint', 'date'],
];

/** Of a field that is a list. */
function elementOf(field: z.ZodType | undefined): z.ZodType | undefined {
  if (field instanceof z.ZodReadonly) return elementOf(field.unwrap() as z.ZodType);
  return field instanceof z.ZodArray ? (field.element as z.ZodType) : undefined;
}

/**
 * Whether two templates may fill to the same tag, whatever stands in them: where what comes before their first field, and after
 * their last, does not forbid it.
 */
export function mayMeet(one: string, other: string): boolean {
  const [a, b] = [one, other].map((template) => {
    const { parts } = partsOf(template);
    return { first: parts[0]!, last: parts.at(-1)! };
  }) as [Ends, Ends];
  const begins = a.first.startsWith(b.first) || b.first.startsWith(a.first);
  return begins && (a.last.endsWith(b.last) || b.last.endsWith(a.last));
}

interface Ends {
  readonly first: string;
  readonly last: string;
}
