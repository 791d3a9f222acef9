import type * as z from 'zod';
import type { HandlerContext } from '../classes/handler-context.ts';
import { readBody } from '../engine/client-body.ts';
import { type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { textOf } from '../store/wire.ts';
import { tooDeep } from '../strategy/depth.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import { inOurWords } from '../strategy/says.ts';
import { formOf } from './form.ts';

/**
 * What the client sent, in the shape that a handler needs: `const { amount } = await input(c, z.object({ amount: z.int() }))`. `from`: the
 * query of a GET or HEAD, else the body, which is JSON or a form (without files), at most 1 MiB. Of a query or form all values are
 * text (`z.coerce.number()` makes a number of one), and only a field that is a list may be given more than once.
 *
 * What does not fit is 400 and names each field as the client knows it, `lines.0.amount`; a body of another type is 415.
 */
export async function input<T>(
  c: HandlerContext,
  schema: z.ZodType<T>,
  from: 'body' | 'query' = isRead(c.req.method) ? 'query' : 'body',
): Promise<T> {
  const given = from === 'query' ? formOf(queryOf(c.req.url), schema, from) : await bodyOf(c, schema);
  const deep = tooDeep(given, from);
  if (deep) throw new Problem('invalid-request', { errors: deep });
  const { data, error } = await schema.safeParseAsync(given, inOurWords);
  if (error) throw new Problem('invalid-request', { errors: fieldErrors(error, from, given) });
  return data as T;
}

const isRead = (method: string) => method === 'GET' || method === 'HEAD';

const queryOf = (url: string) => new URL(url).search.slice(1);

/** Undefined: there is none. */
async function bodyOf(c: HandlerContext, schema: z.ZodType): Promise<unknown> {
  const bytes = await bytesOf(c, edgeRequestOf(c));
  if (bytes.length === 0) return undefined;
  const { headers } = c.req.raw;
  if (!/^(identity)?$/i.test(headers.get('Content-Encoding') ?? ''))
    throw unsupported({ 'Accept-Encoding': 'identity' }, 'Send the body without a Content-Encoding');
  const type = (headers.get('Content-Type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (isJson.test(type)) return jsonIn(bytes);
  if (type === FORM) return formOf(textIn(bytes, 'a form'), schema, 'body');
  throw unsupported({ Accept: `${JSON_TYPE}, ${FORM}` }, `Send the body with Content-Type: ${JSON_TYPE}`);
}

const JSON_TYPE = 'application/json';
/** RFC 6839 §3.1: with its suffix. */
const isJson = /^(application\/json|[^/\s]+\/[^/\s]+\+json)$/;
const FORM = 'application/x-www-form-urlencoded';

const unsupported = (headers: Readonly<Record<string, string>>, detail: string) =>
  new Problem('unsupported-media-type', { headers, detail });

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textIn(bytes, 'JSON'));
  } catch (error) {
    throw error instanceof SyntaxError ? malformed('JSON') : error;
  }
}

function textIn(bytes: Uint8Array, kind: string): string {
  const text = textOf(bytes);
  if (text === null) throw malformed(kind);
  return text;
}

const malformed = (kind: string) =>
  new Problem('invalid-request', { errors: [{ field: 'body', detail: `is not ${kind} in UTF-8` }] });

/** As it came, and left where Hono looks for it: `c.req.json()` has it too, before this or after. */
async function bytesOf({ req }: HandlerContext, edge: EdgeRequest): Promise<Uint8Array> {
  const { requestBodyBytes, uploadMs } = edge.isolate.bounds;
  if (!req.raw.bodyUsed) {
    const bytes = await readBody(edge, req.raw, requestBodyBytes, uploadMs);
    Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(bytes.buffer) });
    return bytes;
  }
  const bytes = new Uint8Array(await req.arrayBuffer());
  if (bytes.length > requestBodyBytes) throw new Problem('content-too-large');
  return bytes;
}
