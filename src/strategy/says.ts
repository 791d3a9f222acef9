import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { formatWords, sizeWords, typeWords } from './says-words.ts';

type Raw = z.core.$ZodRawIssue;
type WordsOf = { readonly [Code in z.core.$ZodIssueCode]: (issue: Extract<Raw, { code: Code }>) => string };

/**
 * Handed to every parse whose faults somebody reads: `schema.safeParse(given, inOurWords)`. What the schema's author wrote
 * comes before it, and so does a team's `z.config({ customError })`; it stands in for zod's own words alone, in whatever language
 * `z.config(z.locales.de())` has set: one voice, and none that quotes the value. For another language set `customError`.
 */
export const inOurWords = { error: (issue: Raw) => z.config().customError?.(issue) ?? saysOf(issue) };

/** What an issue without words of its own says: a predicate that follows the field's name. It never shows the value or a pattern. */
export function saysOf(issue: Raw): string {
  if (isAbsent(issue)) return 'is missing';
  const words = own(wordsOf, issue.code) as ((it: Raw) => string) | undefined;
  return words?.(issue) ?? notValid;
}

/** A discriminator's issue is raised for the object that lacks it. */
const isAbsent = ({ input, discriminator: name }: Raw) =>
  (typeof name === 'string' ? (input as Record<string, unknown>)[name] : input) === undefined;

const notValid = 'is not valid';
export const unknownField = 'has a field that is not known here';

/** A schema may name its types and formats `constructor`. */
const own = <T>(words: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined;

const wordsOf: WordsOf = {
  invalid_type: ({ expected }) => own(typeWords, expected) ?? notValid,
  invalid_value: ({ values }) => oneOf(values),
  invalid_format: formatSays,
  too_small: ({ origin, minimum, inclusive, exact }) =>
    limitSays(origin, minimum, exact ? 'exactly' : inclusive ? 'at least' : 'more than'),
  too_big: ({ origin, maximum, inclusive, exact }) =>
    limitSays(origin, maximum, exact ? 'exactly' : inclusive ? 'at most' : 'less than'),
  not_multiple_of: ({ divisor }) => `must be a multiple of ${divisor}`,
  unrecognized_keys: () => unknownField,
  invalid_key: ({ issues: [first] }) => `its name ${first?.message ?? notValid}`,
  invalid_element: ({ issues: [first] }) => `an element ${first?.message ?? notValid}`,
  invalid_union: unionSays,
  custom: () => notValid,
};

function formatSays({ format, ...issue }: Extract<Raw, { code: 'invalid_format' }>): string {
  const words = own<string>(formatWords, format);
  const literal = issue['prefix'] ?? issue['suffix'] ?? issue['includes'];
  return typeof literal === 'string' ? `${words} ${JSON.stringify(literal)}` : (words ?? notValid);
}

type Limit = 'exactly' | 'at least' | 'more than' | 'at most' | 'less than';

function limitSays(origin: string, limit: number | bigint, how: Limit): string {
  if (origin === 'date') return `must ${dateLimit[how]} ${isoDate(Number(limit))}`;
  const [verb, unit] = own(sizeWords, origin) ?? ['be'];
  if (unit === undefined) return `must ${verb} ${how} ${limit}`;
  if (how === 'at least' && Number(limit) === 1) return 'must not be empty';
  return `must ${verb} ${how} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

const dateLimit: Record<Limit, string> = {
  exactly: 'be',
  'at least': 'not be before',
  'more than': 'be after',
  'at most': 'not be after',
  'less than': 'be before',
};

// biome-ignore lint/style/noRestrictedGlobals: its calendar alone; the clock is not read
const isoDate = (ms: number) => new Date(ms).toISOString();

/** A list of the schema's own values, cut where it is long. */
function oneOf(values: readonly z.core.util.Primitive[]): string {
  const shown = values.slice(0, bounds.namedValues).map(valueSays).join(', ');
  if (values.length < 2) return `must be ${shown}`;
  return `must be one of ${shown}${values.length > bounds.namedValues ? ', …' : ''}`;
}

const valueSays = (value: z.core.util.Primitive) =>
  typeof value === 'string' && !/^[\w./:-]+$/.test(value) ? JSON.stringify(value) : String(value);

type Union = Pick<z.core.$ZodIssueInvalidUnion, 'errors' | 'inclusive'> & {
  readonly options?: readonly z.core.util.Primitive[] | undefined;
};

/** What each form asks for, where each asks for one thing; else only that none fits. */
export function unionSays({ errors, options, inclusive }: Union): string {
  if (options) return oneOf(options);
  if (inclusive === false) return 'fits more than one of the forms that are allowed';
  const says = [...new Set(errors.map(([first]) => first?.message ?? notValid))];
  const isPlain = errors.every((issues) => issues.length === 1 && issues[0]!.path.length === 0);
  if (!isPlain || says.length > bounds.namedValues) return 'has none of the forms that are allowed';
  return says.join(' or ').replaceAll(' or must be ', ' or ');
}
