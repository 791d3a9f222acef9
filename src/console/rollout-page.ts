import { classesOf, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { auditList, latestFlags } from '../engine/rollout-change.ts';
import { keptFlags, readRolloutReport } from '../figures/rollout-report.ts';
import { Problem } from '../http/problem.ts';
import type { Flags } from '../rollout/flags.ts';
import { type ClassView, type RolloutView, rolloutViewOf } from '../rollout/view.ts';
import { moment, NOTHING } from './format.ts';
import { facts, type Html, html, none, section, table } from './html.ts';
import { type Page, pathOf } from './layout.ts';
import { type AskedRollout, askedOf, killForm, moveForm, setForm } from './rollout-forms.ts';
import { auditTable, bySays, goesOnSays, killSays, modeBadge, whomSays } from './rollout-parts.ts';
import { stepsPlot } from './rollout-plot.ts';
import { reportSections } from './rollout-report.ts';
import type { View } from './view.ts';

const SHOWN = 30;

/** What was just asked for, and why it was not done. */
export interface Refused {
  readonly problem: Html;
  readonly form?: 'set' | 'move';
  readonly given?: AskedRollout;
  readonly why?: string;
}

/** How all classes are switched on. Two requests of Redis. */
export async function rolloutPage({ c, admin }: View, refused?: Refused): Promise<Page> {
  const edge = edgeRequestOf(c);
  const [flags, audit] = await Promise.all([latestFlags(edge, () => keptFlags(edge)), auditList(edge)]);
  const view = viewOf(edge, flags);
  const list = table<readonly [string, ClassView]>(
    'Classes',
    [
      {
        head: 'Class',
        cell: ([name]) => html`<a href="${pathOf('rollout', `/${encodeURIComponent(name)}`)}">${name}</a>`,
      },
      { head: 'Mode', cell: ([, it]) => modeBadge(it) },
      { head: 'The cache answers', cell: ([, it]) => whomSays(it) },
      { head: 'Step', cell: ([, it]) => stepSays(it) },
      { head: 'Goes on', cell: ([, it]) => goesOnSays(it) },
      { head: 'Set by', cell: ([, it]) => bySays(it) },
    ],
    Object.entries(view.classes),
  );
  const body = html`${refused?.problem ?? none}${section('Classes', list)}
${section('Kill switch', html`${killSays(view)}${killForm(view, refused?.why ?? '', admin)}`)}
${section('What was changed', auditTable(audit.slice(0, SHOWN)), html`<span class="small"><code>GET /-/rollout/audit</code></span>`)}`;
  return { at: 'rollout', title: 'Roll-out', body, againS: 20 };
}

const stepSays = ({ step, plan }: ClassView): string =>
  step === null ? NOTHING : `${step + 1} of ${plan.length}`;

/** One class: where in its plan it is, by which figures it goes on or back, and what operators may do. Three requests of Redis. */
export async function rolloutClassPage({ c, admin, parts }: View, refused?: Refused): Promise<Page> {
  const edge = edgeRequestOf(c);
  const name = c.req.param('name') ?? '';
  const cls = classesOf(edge).get(name);
  if (!cls) throw new Problem('not-found');
  const [flags, audit] = await Promise.all([latestFlags(edge, () => keptFlags(edge)), auditList(edge)]);
  const { commandPrice } = parts.settingsOf(c.env);
  const report = await readRolloutReport(edge, cls, flags, commandPrice);
  const view = viewOf(edge, flags);
  const its = view.classes[name]!;
  const own = audit.filter((it) => it.class === name || it.class === null).slice(0, SHOWN);
  const body = html`${refused?.problem ?? none}<p class="state" role="status">${modeBadge(its)} The cache answers ${whomSays(its)}.</p>${heldNotice(its)}
${planSection(its)}
${reportSections(report)}
<div class="columns">${section('In one word', moveForm(name, view, refused?.form === 'move' ? (refused.why ?? '') : '', admin))}${section(
    'Set',
    setForm(name, view, refused?.given ?? askedOf(its), admin),
  )}</div>
${section('What was changed', auditTable(own))}`;
  const aside = html`<a class="small" href="${pathOf('classes', `/${encodeURIComponent(name)}`)}">Figures of the class</a>`;
  return { at: 'rollout', title: name, aside, body, againS: 20 };
}

const viewOf = (edge: EdgeRequest, flags: Flags): RolloutView =>
  rolloutViewOf(flags, classesOf(edge).values(), edge.isolate.flags);

const heldNotice = ({ held }: ClassView): Html =>
  held === null
    ? none
    : html`<div class="notice" role="status"><p><strong>It is held: it does not go on by itself until somebody sets or advances it.</strong> ${held}</p></div>`;

const planSection = (its: ClassView): Html => {
  const { plan, step, mode, percent, since, by, why, fingerprint, others } = its;
  const isOver = step === null && mode === 'on' && percent === 100;
  return section(
    'Plan',
    html`${plan.length === 0 ? none : stepsPlot(plan, step, isOver)}${facts([
      ['Goes on', goesOnSays(its)],
      ['Since', moment(since)],
      ['Set by', by],
      ['Why', why],
      ['What it stores', html`<code>${fingerprint}</code>`],
      ...others.map(
        (it) =>
          [
            'Another version',
            html`<code>${it.fingerprint}</code> ${it.mode === null ? 'as its strategy says' : `${it.mode}${it.mode === 'on' ? ` ${it.percent} %` : ''}`}`,
          ] as const,
      ),
    ])}`,
  );
};
