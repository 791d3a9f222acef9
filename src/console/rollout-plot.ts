import type { TestResult } from '../rollout/guard-types.ts';
import type { StepView } from '../rollout/view.ts';
import { type Html, html, none } from './html.ts';

/** Drawn where it is made, and whole without scripts; what they show stands in words beside them. */

const GAP = 64;
const EDGE = 28;

/** The steps of a plan: those behind it filled, the one that it is in with a ring, those to come empty. `at`: null, it is in none. */
export function stepsPlot(plan: readonly StepView[], at: number | null, isOver: boolean): Html {
  const x = (i: number) => EDGE + i * GAP;
  const last = plan.length - 1;
  const done = isOver ? last + 1 : (at ?? 0);
  const label = isOver
    ? `All ${plan.length} steps are behind it`
    : at === null
      ? `In none of ${plan.length} steps`
      : `Step ${at + 1} of ${plan.length}: ${stepName(plan[at]!)}`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Steps of the plan"><svg class="steps" width="${x(last) + EDGE}" height="52" role="img" aria-label="${label}">
<path class="grid" d="M${x(0)} 16H${x(last)}"/>${
    done > 0 ? html`<path class="stroke c-hit" d="M${x(0)} 16H${x(Math.min(done, last))}"/>` : none
  }
${plan.map(
  (step, i) =>
    html`<circle class="${i < done ? 'done' : 'to-come'}" cx="${x(i)}" cy="16" r="6"/>${
      i === at ? html`<circle class="ring" cx="${x(i)}" cy="16" r="10"/>` : none
    }<text x="${x(i)}" y="42">${stepName(step)}</text>
`,
)}</svg></div>`;
}

export const stepName = ({ percent }: Pick<StepView, 'percent'>): string =>
  percent === 0 ? 'shadow' : `${percent} %`;

const ROW = 40;
const FROM = -0.5;
const TO = 2.5;

/** Each test's figure and where it lies at the guard's level, in parts of its bound: what is wholly beyond the line has failed. */
export function testsPlot(tests: readonly TestResult[]): Html {
  const rows = tests.filter(isDrawn);
  if (rows.length === 0) return none;
  const x = ({ bound }: TestResult, value: number) =>
    `${Math.round((10_000 * (Math.min(TO, Math.max(FROM, value / bound)) - FROM)) / (TO - FROM)) / 100}%`;
  const line = `${(100 * (1 - FROM)) / (TO - FROM)}%`;
  const height = rows.length * ROW;
  return html`<svg class="dots" width="100%" height="${height + 20}" role="img" aria-label="Where each figure lies against its bound; the table says the same">
<line class="limit" x1="${line}" x2="${line}" y1="0" y2="${height}"/>
${rows.map((it, i) => {
  const y = i * ROW + 28;
  return html`<text x="0" y="${y - 14}">${testNames[it.test]}</text><line class="stroke is-${it.is}" x1="${x(it, it.low!)}" x2="${x(it, it.high!)}" y1="${y}" y2="${y}"/>${
    it.value === null
      ? none
      : html`<circle class="fill is-${it.is}" cx="${x(it, it.value)}" cy="${y}" r="4"/>`
  }
`;
})}<text class="middle" x="${line}" y="${height + 14}">bound</text></svg>`;
}

/** Of a ratio the bound is what it should be, and no end; a leak has none. */
const isDrawn = ({ test, bound, low, high }: TestResult) =>
  test !== 'ratio' && bound > 0 && low !== null && high !== null;

export const testNames: Readonly<Record<TestResult['test'], string>> = {
  leak: 'Another’s answer',
  stale: 'Stale beyond the bound',
  differing: 'Differing from the origin',
  errors: 'Errors',
  slower: 'Slower on average',
  ratio: 'Share of units',
};
