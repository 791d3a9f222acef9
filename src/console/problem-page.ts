import type { Context as HonoContext } from 'hono';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { StoreError } from '../store/port.ts';
import type { Admin } from './admin.ts';
import { type Html, html, none } from './html.ts';
import { barePage, pageOf } from './layout.ts';

const AGAIN_S = 5;

/** What went wrong, as a problem; the log is told of it. */
export function problemOf(error: unknown, edge: EdgeRequest): Problem {
  const known = knownProblem(error);
  edge.error = known ?? (error instanceof Error ? error : new TypeError('what was thrown is no Error'));
  return known ?? new Problem('internal');
}

function knownProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof StoreError)
    return new Problem('unavailable', {
      detail:
        'Redis did not answer, and what this page shows is there. The edge goes on without it, from isolate memory and the origin.',
      why: error.message,
      headers: { 'Retry-After': String(AGAIN_S) },
    });
  if (isForgery(error))
    return new Problem('forbidden', {
      detail: 'This form was sent by another site, or by a page without an origin.',
      why: 'forged form',
    });
  return null;
}

/** As `hono/csrf` refuses. */
const isForgery = (error: unknown) => error instanceof Error && 'status' in error && error.status === 403;

/** In the same layout as everything else. */
export async function problemPage(
  problem: Problem,
  c: HonoContext<EdgeEnv>,
  admin: Admin | null,
): Promise<Response> {
  const edge = edgeRequestOf(c);
  edge.error ??= problem;
  const { status, options } = problem;
  const title = titles[status] ?? 'Something went wrong';
  const body = problemBody(problem, edge.id);
  // What cannot be had now may be soon; what was posted is not posted again by looking.
  const againS = status === 503 && c.req.method === 'GET' ? AGAIN_S : undefined;
  const page = admin
    ? await pageOf({ at: null, title, body, againS }, admin, edge)
    : await barePage(title, html`<h1>${title}</h1>${body}<p><a href="/-/console">To the console</a></p>`);
  const headers = options.headers ?? {};
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.html(page, status);
}

export const problemBody = ({ status, message, options: { errors = [] } }: Problem, id: string): Html =>
  html`<div class="problem" role="alert"><p>${status === 500 ? 'The log says what, under the id below.' : message}</p>
${errors.length > 0 ? html`<ul>${errors.map(({ field, detail }) => html`<li><code>${field}</code> ${detail}</li>`)}</ul>` : none}
<p class="small">Request <code>${id}</code></p></div>`;

const titles: Readonly<Record<number, string>> = {
  403: 'You may not do this',
  404: 'There is nothing here',
  415: 'This is not a form',
  422: 'This cannot be carried out',
  503: 'No trustworthy answer is available',
};
