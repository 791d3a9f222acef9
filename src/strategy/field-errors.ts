import type * as z from 'zod';
import { bounds } from '../bounds.ts';
import { unionSays, unknownField } from './says.ts';

/** A field at fault, as a problem's `errors` have it. */
export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

/** Each field at fault, with what is said of it; `whole` names what was given itself. Of an error of a parse `inOurWords`. */
export const fieldErrors = ({ issues }: z.core.$ZodError, whole: string): FieldError[] =>
  issues
    .flatMap((issue) => errorsAt(issue, issue.path))
    .slice(0, bounds.fieldErrors)
    .map(({ path, detail }) => ({ field: path.map(stepSays).join('.') || whole, detail }));

/** A client may have chosen it. */
const stepSays = (step: PropertyKey) => String(step).slice(0, bounds.fieldNameChars);

interface ErrorAt {
  readonly path: readonly PropertyKey[];
  readonly detail: string;
}

/** A field that nobody knows is at fault by itself; of several forms, the one that was meant is looked into. */
function errorsAt(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): ErrorAt[] {
  const { code, message } = issue;
  if (code === 'unrecognized_keys') {
    const detail = message === unknownField ? 'there is no such field' : message;
    return issue.keys.map((key) => ({ path: [...path, key], detail }));
  }
  const meant = code === 'invalid_union' && message === unionSays(issue) ? formMeant(issue) : undefined;
  return meant?.flatMap((it) => errorsAt(it, [...path, ...it.path])) ?? [{ path, detail: message }];
}

/** The only form that fails further in: the others are of another type altogether. */
function formMeant({ errors }: Pick<z.core.$ZodIssueInvalidUnion, 'errors'>) {
  const isDeeper = ({ code, path }: z.core.$ZodIssue) => path.length > 0 || code === 'unrecognized_keys';
  const deeper = errors.filter((issues) => issues.every(isDeeper));
  return deeper.length === 1 ? deeper[0] : undefined;
}
