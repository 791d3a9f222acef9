import { HTTPException } from 'hono/http-exception';

/** Problem details (RFC 9457). Strangers see what is generic; `why` is for the log only. */
const catalogue = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Who you are could not be verified' },
  forbidden: { status: 403, title: 'You may not do this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  /** It does not fit how things stand. */
  conflict: { status: 409, title: 'This does not fit how things stand' },
  'precondition-failed': { status: 412, title: 'Somebody else has changed this meanwhile' },
  'content-too-large': { status: 413, title: 'The request body is too large' },
  'unsupported-media-type': { status: 415, title: 'Content of this type is not taken here' },
  unprocessable: { status: 422, title: 'The content is not of the expected shape' },
  'precondition-required': { status: 428, title: 'Say which state you want to change' },
  'malformed-delivery': { status: 489, title: 'This delivery can never succeed' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'origin-failed': { status: 502, title: 'The origin did not give a usable answer' },
  'origin-timeout': { status: 504, title: 'The origin did not answer in time' },
  'not-stored': { status: 504, title: 'This is not stored, and you asked for nothing else' },
  overloaded: { status: 503, title: 'Too many requests are waiting for the origin' },
  unavailable: { status: 503, title: 'No trustworthy answer is available' },
  'not-accepted': { status: 503, title: 'Nothing could take this on; send it again' },
  misconfigured: { status: 503, title: 'The service is not set up' },
  internal: { status: 500, title: 'Something went wrong' },
  /** Of whatever other status a handler has for it. */
  'http-error': { status: 500, title: 'This could not be carried out' },
} as const;

export type ProblemCode = keyof typeof catalogue;

export const problemCodes = (): readonly ProblemCode[] => Object.keys(catalogue) as ProblemCode[];

export interface ProblemOptions {
  /** Instead of the status of its kind: an origin's own 5xx. */
  readonly status?: number | undefined;
  /** Advice for the caller. */
  readonly detail?: string;
  /** Fields at fault, as the caller knows them. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  /** A 401 without a `WWW-Authenticate` of its own asks for a bearer token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer (RFC 9457 §3.2). */
  readonly more?: Readonly<Record<string, unknown>>;
  /** The reason, for the log and never for the answer. */
  readonly why?: string;
}

/**
 * Thrown anywhere below a route; turned into an answer in one place (`edge/errors.ts`). It is an `HTTPException`, so that an
 * `onError` which was written for Hono answers it as it is: its `message` is what the caller may read, unlike `options.why`.
 */
export class Problem extends HTTPException {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;
  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const { status: usual, title } = catalogue[code];
    const status = options.status ?? usual;
    if (!isFinal(status))
      throw new RangeError(`Problem: ${status} is no status of an answer; 200 to 599 are`);
    // Throws for a name or value that no header has, here where it was written.
    new Headers(options.headers);
    super(status as HTTPException['status'], { message: options.detail ?? title });
    this.name = 'Problem';
    this.code = code;
    this.options = options;
  }

  override getResponse(): Response {
    return problemResponse(this);
  }
}

/** The code of an error whose status is all that is known of it: those that say no more than their status does. */
export const codeOfStatus = (status: number): ProblemCode =>
  plainCodes.find((code) => catalogue[code].status === status) ?? 'http-error';

const plainCodes = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'content-too-large',
  'unsupported-media-type',
  'unprocessable',
  'internal',
] as const satisfies readonly ProblemCode[];

/** RFC 9110 §15: others are no final answer. */
export const isFinal = (status: unknown): status is number =>
  Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;

/** RFC 9110 §15.5.2: a 401 says how to be known. */
export const challenge = 'Bearer realm="stillfresh"';

/** RFC 9110 §15.3.5, §15.3.6, §15.4.5: these have no content, and a Response refuses one. */
export const hasNoContent = (status: number) => status === 204 || status === 205 || status === 304;

/** `type` is a URN, so that it promises no page. `instance` is the request's id, as in the log. */
export function problemResponse(problem: Problem, requestId?: string): Response {
  const { status } = problem;
  const { title } = catalogue[problem.code];
  const { detail, errors, headers, more } = problem.options;
  const body = {
    type: `urn:stillfresh:problem:${problem.code}`,
    title,
    status,
    detail,
    errors,
    instance: requestId && `urn:uuid:${requestId}`,
    ...more,
  };
  const fields = new Headers({
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(status === 401 && { 'WWW-Authenticate': challenge }),
  });
  // In whatever case it is written.
  for (const [name, value] of Object.entries(headers ?? {})) fields.set(name, value);
  return new Response(hasNoContent(status) ? null : JSON.stringify(body), { status, headers: fields });
}
