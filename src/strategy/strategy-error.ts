import type * as z from 'zod';

/** One fault of a definition: where it is, and what to write instead. */
export interface Fault {
  /** The class's name, or `strategy`. */
  readonly where: string;
  readonly field: string;
  /** What is wrong and how to mend it, in one line. */
  readonly says: string;
}

/** Every fault found, so that a team mends them in one go. Thrown at start, before any request. */
export class StrategyError extends Error {
  override readonly name = 'StrategyError';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    const lines = faults.map(({ where, field, says }) => `  ${where}.${field}: ${says}`);
    super(`the strategy is not valid:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/** A value as a message shows it: in one line, short, and nothing in it that a terminal would obey or not show. */
export function quote(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value).replace(
      /[\p{C}\p{Zl}\p{Zp}]/gu,
      (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
    );
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  return Array.isArray(value) ? 'an array' : `this ${typeof value}`;
}

/** For `zod`: an error that shows the input and says what to write instead. */
export function must(mend: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? `is missing; ${mend}` : `${quote(input)} is not valid; ${mend}`,
  };
}

/** Issues of a definition's schema as faults; a field that does not exist is one fault of its own. */
export function faultsOf(
  where: string,
  issues: readonly z.core.$ZodIssue[],
  known: readonly string[],
): Fault[] {
  return issues.flatMap((issue) => {
    const at = issue.path.map((step, i) =>
      typeof step === 'number' ? `[${step}]` : `${i ? '.' : ''}${String(step)}`,
    );
    const field = at.join('');
    if (issue.code !== 'unrecognized_keys')
      return [{ where, field: field || 'definition', says: issue.message }];
    const says = `there is no such field; known are ${known.join(', ')}`;
    return issue.keys.map((key) => ({ where, field: field ? `${field}.${key}` : key, says }));
  });
}
