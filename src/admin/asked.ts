import type { Context as HonoContext } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { readBody } from '../engine/client-body.ts';
import type { EdgeEnv, EdgeRequest } from '../engine/request.ts';
import { Problem, type ProblemCode } from '../http/problem.ts';
import { isIdentityField } from '../identity/fields.ts';
import { parseJson } from '../invalidation/signature/payload.ts';
import { StoreError } from '../store/port.ts';
import { tooDeep } from '../strategy/depth.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import { inOurWords } from '../strategy/says.ts';

/** What an admin asks for, in JSON. */
export async function askedIn(edge: EdgeRequest, request: Request): Promise<unknown> {
  const body = parseJson(await readBody(edge, request, bounds.purgeBytes));
  if (body !== undefined) return body;
  throw new Problem('unprocessable', { errors: [{ field: 'body', detail: 'is not JSON in UTF-8' }] });
}

export const tenantName = z.string().refine(isIdentityField, 'is not the name of a tenant');

export const notAnObject = {
  error: ({ code }: { readonly code?: string }) =>
    code === 'invalid_type' ? 'must be a JSON object' : undefined,
};

/** What `shape` makes of it; a `Problem` of this code names each field at fault. */
export function parse<T>(shape: z.ZodType<T>, given: unknown, code: ProblemCode): T {
  const deep = tooDeep(given, 'body');
  if (deep) throw new Problem(code, { errors: deep });
  const { data, error } = shape.safeParse(given, inOurWords);
  if (!error) return data;
  throw new Problem(code, { errors: fieldErrors(error, 'body', given) });
}

/** The query; refuses a parameter that is given twice, because nobody knows which one counts. */
export function queryOf({ req }: HonoContext<EdgeEnv>): Record<string, string> {
  const [repeated] = Object.entries(req.queries()).find(([, values]) => values.length > 1) ?? [];
  if (repeated === undefined) return req.query();
  throw new Problem('invalid-request', { errors: [{ field: repeated, detail: 'is given more than once' }] });
}

/** What Redis did not give. */
export function unavailable(error: unknown): never {
  if (error instanceof StoreError)
    throw new Problem('unavailable', { why: error.message, headers: { 'Retry-After': '5' } });
  throw error;
}
