import type { Context } from 'hono';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { codeOfStatus, isFinal, Problem, problemResponse } from '../http/problem.ts';
import { stackOf, whyOf } from '../telemetry/why.ts';

/** What a handler threw, as its answer: a problem as it is, an error of Hono's with its status, and all else as 500. */
export function answerError(error: Error, c: Context<EdgeEnv>): Response {
  const edge = edgeRequestOf(c);
  edge.error = asTold(error);
  if (error instanceof Problem) return answerProblem(error, c);
  const own = hasResponse(error) && saysItsOwn(error) ? responseOf(error) : undefined;
  if (own === null) edge.error = unanswerable(error);
  if (!(edge.error instanceof Problem)) return answerProblem(new Problem('internal'), c);
  return own ? withOwnFields(c, own) : answerProblem(edge.error, c);
}

export const answerProblem = (problem: Problem, c: Context<EdgeEnv>): Response =>
  withOwnFields(c, problemResponse(problem, edgeRequestOf(c).id));

/** What Hono hands on: what is no `Error`, or what an `onError` threw itself. */
export function answerThrown(thrown: unknown, edge: EdgeRequest): Response {
  edge.error = thrown instanceof Error ? asTold(thrown) : noError(thrown);
  return problemResponse(edge.error instanceof Problem ? edge.error : new Problem('internal'), edge.id);
}

/** A `Response` is none either: thrown, it would pass by the log. */
function noError(thrown: unknown): TypeError {
  const what = typeof thrown === 'string' ? thrown : Object.prototype.toString.call(thrown);
  return new TypeError(
    `what was thrown is no Error, such as an HTTPException with its res: ${what.slice(0, 200)}`,
  );
}

/** What `c.header` has set goes with it, as in Hono, but for what it said of an answer that is not given. */
function withOwnFields(c: Context<EdgeEnv>, answer: Response): Response {
  const response = c.newResponse(answer.body, answer);
  const { finalized } = c;
  const isLeftOver = (name: string) => ofRepresentation.test(name) || (finalized && ofNextStep.test(name));
  for (const name of [...response.headers.keys()])
    if (isLeftOver(name) && !answer.headers.has(name)) response.headers.delete(name);
  // Else Hono puts the fields of an answer that was there before over those of this one.
  c.res = undefined;
  c.finalized = finalized;
  return response;
}

/** RFC 9110 §10.2, §11.6, RFC 8288: what an answer wants its client to do next. One that was there, and is not given, wants nothing. */
const ofNextStep = /^(location|link|allow|retry-after|trailer|(www|proxy)-authenticate)$/;

/** RFC 9110 §8, §14, RFC 9111: what a response is, and how it is cached. */
const ofRepresentation =
  /^(etag|last-modified|age|expires|pragma|(.+-)?cache-control|surrogate-.+|cache-tag|xkey|accept-ranges|.*digest|content-(?!security-).+)$/;

/** What a handler threw, for the log and for `Cache-Status`: what is no problem is a fault of the code. */
export function asTold(error: Error): Error {
  if (error instanceof Problem || !hasResponse(error)) return error;
  const { status = responseOf(error)?.status } = error;
  if (!isFinal(status)) return unanswerable(error);
  const why = status >= 500 ? stackOf(error) : whyOf(error);
  return new Problem(codeOfStatus(status), {
    status,
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

const unanswerable = (error: Error) =>
  new Error(`no answer can be made of ${whyOf(error)}`, { cause: error });
