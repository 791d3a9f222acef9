import type * as z from 'zod';
import { type FieldError, fieldErrors } from '../../src/strategy/field-errors.ts';
import { namingKnownFields } from '../known-fields.ts';

/** What a route gives back, before any fault is applied to it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Thrown anywhere below a route; becomes a problem answer (RFC 9457). */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(status: number, detail: string, more: RefusalOptions = {}) {
    super(detail);
    this.answer = problem(status, detail, more);
  }
}

export interface RefusalOptions {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

export const text = (body: string): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body,
});

export function problem(status: number, detail: string, { errors, headers }: RefusalOptions = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type: 'about:blank', status, detail, errors }),
  };
}

/** `input` as `schema` wants it, or a refusal that names each field at fault. `whole` names the input itself. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, status: 400 | 422, whole: string): T {
  const parsed = schema.safeParse(input, namingKnownFields(schema));
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, whole);
  const named = errors.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
  throw new Refusal(status, named, { errors });
}
