import type { Context } from 'hono';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { codeOfStatus, Problem, problemResponse } from '../http/problem.ts';
import { unauthenticated } from '../identity/resolve.ts';
import { stackOf, whyOf } from '../telemetry/why.ts';

/** What a handler threw, as its answer: a problem as it is, an error of Hono's with its status, and all else as 500. */
export function answerError(error: Error, c: Context<EdgeEnv>): Response {
  const edge = edgeRequestOf(c);
  edge.error = asTold(error);
  if (error instanceof Problem) return problemResponse(error, edge.id);
  const own = hasResponse(error) && saysItsOwn(error) ? responseOf(error) : undefined;
  if (own === null) edge.error = unanswerable(error);
  if (!(edge.error instanceof Problem)) return problemResponse(new Problem('internal'), edge.id);
  const answer = own ?? problemResponse(edge.error, edge.id);
  // What `c.header` has set goes with it, as in Hono.
  return c.newResponse(answer.body, answer);
}

/** What a handler threw, for the log and for `Cache-Status`: what is no problem is a fault of the code. */
export function asTold(error: Error): Error {
  if (error instanceof Problem || !hasResponse(error)) return error;
  const { status = responseOf(error)?.status } = error;
  if (!isStatus(status)) return unanswerable(error);
  // RFC 9110 §15.5.2: a 401 says how to be known.
  const { headers = {} } = status === 401 ? unauthenticated().options : {};
  const why = status >= 500 ? stackOf(error) : whyOf(error);
  return new Problem(codeOfStatus(status), {
    status,
    headers,
    why,
    ...(error.message !== '' && { detail: error.message }),
  });
}

/** Hono's `HTTPException`, and others that say themselves how they are answered: Hono knows them by this method alone. */
interface WithResponse extends Error {
  getResponse(): Response;
  readonly status?: unknown;
  readonly res?: unknown;
}

/** Without a response of its own an `HTTPException` has its message as text: then a problem says it. */
const saysItsOwn = ({ res, status }: WithResponse) => res !== undefined || status === undefined;

const hasResponse = (error: Error): error is WithResponse => 'getResponse' in error;

/** Null: it cannot be had, as where its body was sent before. */
function responseOf(error: WithResponse): Response | null {
  try {
    return error.getResponse();
  } catch {
    return null;
  }
}

/** RFC 9110 §15: others are no final answer. */
const isStatus = (status: unknown): status is number =>
  Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;

const unanswerable = (error: Error) =>
  new Error(`no answer can be made of ${whyOf(error)}`, { cause: error });
