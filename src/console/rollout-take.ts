import { edgeRequestOf } from '../engine/request.ts';
import type { Problem } from '../http/problem.ts';
import { type MoveName, moveNames } from '../rollout/moves.ts';
import { mustHave } from './admin.ts';
import { formIn } from './form.ts';
import { type Html, html } from './html.ts';
import { type Page, pathOf } from './layout.ts';
import { problemBody, problemOf } from './problem-page.ts';
import { askedByForm, bodyOf } from './rollout-forms.ts';
import { rolloutClassPage, rolloutPage } from './rollout-page.ts';
import type { View } from './view.ts';

/** Carries out what a form of a class asks, then shows the class; what it did not come to is said above, over how things are now. */
export async function takeRollout(view: View): Promise<Page | Response> {
  const { c, admin, parts } = view;
  mustHave('rollout', admin);
  const edge = edgeRequestOf(c);
  const name = c.req.param('name') ?? '';
  const form = await formIn(c);
  const given = askedByForm(form);
  const move = moveNames.find((it) => it === form.get('do'));
  try {
    const change = { edge, admin: admin.name };
    const ifMatch = `"${form.get('version') ?? ''}"`;
    if (move) {
      const asked = { why: given.why };
      await parts.rollout.move(name, move, { ...change, asked, ifMatch: isOnward(move) ? ifMatch : null });
    } else await parts.rollout.set(name, { ...change, asked: bodyOf(given), ifMatch });
    return c.redirect(pathOf('rollout', `/${encodeURIComponent(name)}`), 303);
  } catch (error) {
    const problem = shownProblem(error, view);
    const shown = move ? { form: 'move' as const, why: given.why } : { form: 'set' as const, given };
    const page = await rolloutClassPage(view, { problem: refusalBody(problem, edge.id), ...shown });
    return { ...page, status: problem.status, againS: undefined };
  }
}

/** Of two who go on at once, the second has seen another state than there is. To go back is right whatever it is. */
const isOnward = (move: MoveName) => move === 'advance';

export async function takeKill(view: View): Promise<Page | Response> {
  const { c, admin, parts } = view;
  mustHave('rollout', admin);
  const edge = edgeRequestOf(c);
  const form = await formIn(c);
  const why = (form.get('why') ?? '').trim();
  try {
    const kill = form.get('kill') === 'true';
    await parts.rollout.kill({ edge, admin: admin.name, asked: { kill, why } });
    return c.redirect(pathOf('rollout'), 303);
  } catch (error) {
    const problem = shownProblem(error, view);
    const page = await rolloutPage(view, { problem: refusalBody(problem, edge.id), why });
    return { ...page, status: problem.status, againS: undefined };
  }
}

/** What can be said above a form; the rest is a page of its own. */
function shownProblem(error: unknown, { c }: View): Problem {
  const problem = problemOf(error, edgeRequestOf(c));
  if (![400, 409, 412, 422].includes(problem.status)) throw error;
  return problem;
}

const refusalBody = (problem: Problem, id: string): Html =>
  problem.code === 'precondition-failed'
    ? html`<div class="problem" role="alert"><p><strong>Somebody else has changed the flags meanwhile, and nothing was done.</strong> This page shows how
they are now, and below who changed what. Send it again if you still want it.</p></div>`
    : problemBody(problem, id);
