import type { JsonSchema } from '../facts.ts';
import { isBoundedPattern } from './pattern.ts';

/** Names that people give to what somebody types, or to a moment: of each value a new entry, and nearly none is asked for twice. */
const freeNames = /^(q|query|search|term|text|keywords?|filter|cursor|since|until|timestamp|now)$/i;

/** Formats whose values are ids or days: each names something that there is. */
const idFormats = ['uuid', 'guid', 'cuid', 'cuid2', 'ulid', 'nanoid', 'xid', 'ksuid', 'date', 'ipv4', 'ipv6'];

/** What a parameter takes, where nothing bounds how many values it can have: `any text`; null: something does. */
export function unboundedness(name: string, schema: JsonSchema): string | null {
  const { type, format, anyOf, oneOf, allOf } = schema;
  if ('const' in schema || 'enum' in schema) return null;
  const forms = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
  if (forms) return forms.map((it) => unboundedness(name, it)).find((it) => it !== null) ?? null;
  if (type === 'boolean' || type === 'null') return null;
  if (type === 'integer' || type === 'number') return ofNumber(schema);
  if (type !== 'string') return 'anything';
  if (format === 'date-time') return 'any moment';
  if (idFormats.includes(String(format))) return null;
  const patterns = [schema, ...((allOf ?? []) as readonly JsonSchema[])].map(({ pattern }) => pattern);
  if (patterns.some((it) => typeof it === 'string' && isBoundedPattern(it))) return null;
  if (schema['maxLength'] === undefined) return 'any text';
  return freeNames.test(name) ? `any text of up to ${schema['maxLength']} characters` : null;
}

function ofNumber({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonSchema) {
  if (type === 'number' && multipleOf === undefined) return 'any number';
  // What `z.int()` says of every number that it takes is no bound of somebody's.
  const isBound = (it: unknown) => typeof it === 'number' && Math.abs(it) < Number.MAX_SAFE_INTEGER;
  const isBounded = [minimum, exclusiveMinimum].some(isBound) && [maximum, exclusiveMaximum].some(isBound);
  return isBounded ? null : 'any whole number';
}
