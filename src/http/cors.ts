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

type CorsFields = Readonly<Record<string, string>>;
const noFields: CorsFields = {};
/** Said to everybody: a cache or a browser may give an answer to another site than the one that asked for it. */
const EXPOSE = 'Access-Control-Expose-Headers';
const ofAny: CorsFields = { 'Access-Control-Allow-Origin': '*', [EXPOSE]: exposed };
const none: readonly string[] = [];
const ofSome: CorsFields = { Vary: 'Origin' };
const ofPreflight: CorsFields = {
  'Access-Control-Allow-Methods': allowedMethods,
  'Access-Control-Allow-Headers': allowedHeaders,
  'Access-Control-Max-Age': '7200',
};

/** What the setting says to this request; `further` headers may be read too. Credentials are not allowed: tokens travel in a header. */
export function corsFields(
  origins: CorsOrigins,
  request: Request,
  further: readonly string[] = none,
): CorsFields {
  if (origins.length === 0) return noFields;
  const origin = origins === '*' ? '*' : request.headers.get('Origin');
  if (origins !== '*' && (origin === null || !origins.includes(origin))) return ofSome;
  const exposing = further.length === 0 ? ofAny : { ...ofAny, [EXPOSE]: [exposed, ...further].join(', ') };
  const said =
    origins === '*' ? exposing : { ...exposing, ...ofSome, 'Access-Control-Allow-Origin': origin! };
  return isPreflight(request) ? { ...said, ...ofPreflight } : said;
}

/** In lower case. */
export const isCorsField = (name: string) => name.startsWith('access-control-');

const varies = (headers: Headers) => varyRule(headers.get('Vary')).includes('origin');

/** Whether an answer says itself who may read it. */
export const saysWhoReads = (headers: Headers) => [...headers.keys()].some(isCorsField);

/** Of an HTTP cache's origin: one that looks at `Origin` and allows nobody has refused. */
export const originSaysWhoReads = (headers: Headers) => saysWhoReads(headers) || varies(headers);

/** Whether a preflight is refused by this status: by every error but those that may mean that `OPTIONS` says nothing to the origin. */
export const isRefusedPreflight = (status: number) => status >= 400 && ![404, 405, 501].includes(status);

/**
 * Of the fields that the edge has for every answer, those that this one takes. What an answer says of CORS itself stands, all
 * of it: of two halves one could be `*`, and the other allow credentials. `Vary` names `Origin` once.
 */
export function fieldsBeside(
  headers: Headers,
  ofEvery: Readonly<Record<string, string>>,
  hasSpoken: typeof saysWhoReads,
): [name: string, value: string][] {
  const fields = Object.entries(ofEvery);
  if (ofEvery['Vary'] === undefined && ofEvery['Access-Control-Allow-Origin'] === undefined) return fields;
  const [stands, isNamed] = [hasSpoken(headers), varies(headers)];
  return fields.filter(([name]) =>
    name === 'Vary' ? !stands && !isNamed : !stands || !isCorsField(name.toLowerCase()),
  );
}
