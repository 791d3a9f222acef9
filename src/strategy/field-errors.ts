import type * as z from 'zod';
import { bounds } from '../bounds.ts';
import { saysOf, unionSays, unknownField } from './says.ts';

/** A field at fault, as a problem's `errors` have it. */
export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

/**
 * Each field at fault, with what is said of it; `whole` names what was `given` itself, by which a coerced value that is missing is known.
 * Of an error of a parse `inOurWords`.
 */
export const fieldErrors = ({ issues }: z.core.$ZodError, whole: string, given?: unknown): FieldError[] =>
  issues
    .flatMap((issue) => errorsAt(issue, issue.path))
    .slice(0, bounds.fieldErrors)
    .map(({ path, detail, issue }) => ({
      field: pathSays(path) || whole,
      detail:
        isLostInCoercion(issue) && given !== undefined && valueAt(given, path) === undefined
          ? saysOf(absent)
          : detail,
    }));

/** A client may have chosen it. */
const stepSays = (step: PropertyKey) => String(step).slice(0, bounds.fieldNameChars);

function pathSays(path: readonly PropertyKey[]): string {
  const says = path.map(stepSays).join('.');
  return says.length > bounds.fieldPathChars ? `${says.slice(0, bounds.fieldPathChars - 1)}…` : says;
}

const absent = { code: 'custom', input: undefined } as const;

/** What coercion makes of a value that is not there, or not of its kind: said in our words, not in those of the schema's author. */
const isLostInCoercion = (issue: z.core.$ZodIssue): boolean =>
  'received' in issue &&
  ['NaN', 'Invalid Date'].includes(String(issue.received)) &&
  issue.message === saysOf({ ...issue, input: Number.NaN } as z.core.$ZodRawIssue);

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step], given);

interface ErrorAt {
  readonly issue: z.core.$ZodIssue;
  readonly path: readonly PropertyKey[];
  readonly detail: string;
}

/** A field that nobody knows is at fault by itself; of several forms, the one that was meant is looked into. */
function errorsAt(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): ErrorAt[] {
  const { code, message } = issue;
  if (code === 'unrecognized_keys') {
    const detail = message === unknownField ? 'there is no such field' : message;
    return issue.keys.map((key) => ({ issue, path: [...path, key], detail }));
  }
  const meant = code === 'invalid_union' && message === unionSays(issue) ? formMeant(issue) : undefined;
  return meant?.flatMap((it) => errorsAt(it, [...path, ...it.path])) ?? [{ issue, path, detail: message }];
}

/** The only form that fails further in: the others are of another type altogether. */
function formMeant({ errors }: Pick<z.core.$ZodIssueInvalidUnion, 'errors'>) {
  const isDeeper = ({ code, path }: z.core.$ZodIssue) => path.length > 0 || code === 'unrecognized_keys';
  const deeper = errors.filter((issues) => issues.every(isDeeper));
  return deeper.length === 1 ? deeper[0] : undefined;
}
