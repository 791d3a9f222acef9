import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { compileTag, partsOf } from './template.ts';
import type { Params } from './types.ts';

/** An event's payload after parsing: fields, of which some may be lists. */
export type Payload = Readonly<Record<string, Params[string] | readonly (string | number)[]>>;

/** What a template names, given a payload: a name for each combination of its lists; of too many, the classes instead. */
interface Listed {
  readonly names: readonly string[];
  readonly classes: readonly string[];
}

/** `reached`: the classes that stand for too many names. */
export function listing(template: string, reached: () => readonly string[]): (payload: Payload) => Listed {
  const { names: fields, fill } = compileTag(template);
  return (payload) => {
    const values = fields.map((field) => [...new Set([payload[field]].flat())]);
    const count = values.reduce((product, { length }) => product * length, 1);
    if (count > bounds.listedPerEvent) return { names: [], classes: reached() };
    const filled = fields.reduce<Params[]>(
      (some, field, i) =>
        some.flatMap((params) => values[i]!.map((value) => ({ ...params, [field]: value }))),
      [{}],
    );
    return { names: filled.map(fill), classes: [] };
  };
}

/** Faults of templates whose fields are lists. */
export function faultsOfListing(templates: readonly string[], payload: z.ZodObject): string[] {
  const fieldsOf = (template: string) => [...new Set(partsOf(template).names)];
  const elements = (name: string) => elementOf(payload.shape[name] as z.ZodType | undefined);
  const unfit = [...new Set(templates.flatMap(fieldsOf))].filter((name) => {
    const element = elements(name);
    return element && !scalars.includes(element._zod.def.type);
  });
  const isListed = (template: string) => fieldsOf(template).some(elements);
  const most = templates.reduce((sum, it) => sum + (isListed(it) ? bounds.listedPerEvent : 1), 0);
  return [
    ...unfit.map((name) => `{${name}} is a list of neither text nor numbers; list what a tag can hold`),
    ...(most > bounds.targetsPerOrder
      ? [`names up to ${most}, and one purge takes ${bounds.targetsPerOrder}; name the classes instead`]
      : []),
  ];
}

const scalars: readonly string[] = [
  'string',
  'number',
  'enum',
  'literal',
  'union',
  'template_literal',
  'pipe',
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
