import type * as z from 'zod';

/** Handed to every parse whose faults a client reads: what the schema's author wrote comes before it, and zod's own words never show. */
export const inOurWords = { error: (issue: z.core.$ZodRawIssue) => saysOf(issue) };

function saysOf({ code, input, ...issue }: z.core.$ZodRawIssue): string {
  if (input === undefined) return 'is missing';
  if (code !== 'invalid_type') return 'is not valid';
  return typeWords[String(issue['expected'])] ?? 'is not valid';
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
};

/** A field at fault, as a problem's `errors` have it. */
export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

/** Each field at fault, with what is said of it; `whole` names what was given itself. Of an error of a parse `inOurWords`. */
export const fieldErrors = ({ issues }: z.core.$ZodError, whole: string): FieldError[] =>
  issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], detail: 'there is no such field' }))
        : [{ path: issue.path, detail: issue.message }],
    )
    .slice(0, 20)
    .map(({ path, detail }) => ({
      field: path.map((step) => String(step).slice(0, 64)).join('.') || whole,
      detail,
    }));
