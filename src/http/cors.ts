import { varyRule } from './vary.ts';

/**
 * CORS (Fetch standard §3.2) for the origins that the setting names. Written here, because hono's middleware touches
 * the answer before it is made, after which a body that is compressed already would be compressed again.
 */
const exposed = 'Age, Cache-Status, ETag, Retry-After, Server-Timing';
const allowedHeaders = 'Authorization, Content-Type, If-None-Match, X-API-Key';
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

export type CorsOrigins = '*' | readonly string[];

export const isPreflight = (request: Request) =>
  request.method === 'OPTIONS' &&
  request.headers.has('Origin') &&
  request.headers.has('Access-Control-Request-Method');

/** Empty when the request's origin is not among those allowed. Credentials are not: tokens travel in a header. */
export function corsHeaders(origins: CorsOrigins, request: Request): [name: string, value: string][] {
  const origin = origins.length > 0 ? request.headers.get('Origin') : null;
  if (origin === null) return [];
  if (origins !== '*' && !origins.includes(origin)) return [['Vary', 'Origin']];
  const said: [string, string][] = [
    ['Access-Control-Allow-Origin', origins === '*' ? '*' : origin],
    ['Access-Control-Expose-Headers', exposed],
  ];
  if (origins !== '*') said.push(['Vary', 'Origin']);
  if (!isPreflight(request)) return said;
  return [
    ...said,
    ['Access-Control-Allow-Methods', allowedMethods],
    ['Access-Control-Allow-Headers', allowedHeaders],
    ['Access-Control-Max-Age', '7200'],
  ];
}

/** In lower case. */
export const isCorsField = (name: string) => name.startsWith('access-control-');

/**
 * Of the fields that the edge has for every answer, those that this one takes. What an answer says of CORS itself stands, all
 * of it: of two halves one could be `*`, and the other allow credentials. `Vary` names `Origin` once.
 */
export function fieldsBeside(
  headers: Headers,
  ofEvery: Readonly<Record<string, string>>,
): [name: string, value: string][] {
  const fields = Object.entries(ofEvery);
  if (ofEvery['Vary'] === undefined && ofEvery['Access-Control-Allow-Origin'] === undefined) return fields;
  const hasOwn = [...headers.keys()].some(isCorsField);
  const varies = varyRule(headers.get('Vary')).includes('origin');
  return fields.filter(([name]) =>
    name === 'Vary' ? !hasOwn && !varies : !hasOwn || !isCorsField(name.toLowerCase()),
  );
}
