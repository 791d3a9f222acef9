import type * as z from 'zod';
import { nearest } from './nearest.ts';

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

/** For `zod`: an error that shows the input and says what to write instead; of fields that are not known, a line for each. */
export function must(mend: string) {
  return {
    error: ({ code, input, keys, inst }: z.core.$ZodRawIssue) => {
      if (code === 'unrecognized_keys') {
        const { shape } = inst as z.ZodObject;
        return (keys as string[]).map((key) => noSuchField(key, Object.keys(shape))).join('\n');
      }
      return input === undefined ? `is missing; ${mend}` : `${quote(input)} is not valid; ${mend}`;
    },
  };
}

const noSuchField = (name: string, known: readonly string[]) =>
  `there is no such field; known are ${known.join(', ')}${didYouMean(name, known)}`;

/** The end of a fault of a name that is not known; empty where no other is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearest(name, [...known]);
  return near === undefined ? '' : `; did you mean '${near}'?`;
}

/** The same where nothing else is said: the nearest name, else all that are known. */
export function meantOrKnown(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean '${near}'?`;
  return known.length === 0 ? 'there is none' : `known are ${known.slice(0, 20).join(', ')}`;
}

/** Issues of a definition's schema as faults; a field that does not exist is one fault of its own. */
export function faultsOf(where: string, issues: readonly z.core.$ZodIssue[]): Fault[] {
  return issues.flatMap((issue) => {
    const at = issue.path.map((step, i) =>
      typeof step === 'number' ? `[${step}]` : `${i ? '.' : ''}${String(step)}`,
    );
    const field = at.join('');
    if (issue.code !== 'unrecognized_keys')
      return [{ where, field: field || 'definition', says: issue.message }];
    const lines = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ where, field: field ? `${field}.${key}` : key, says: lines[i]! }));
  });
}
