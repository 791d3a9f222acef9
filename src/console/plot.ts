import {
  bytes,
  clockTime,
  count,
  day,
  dollars,
  duration,
  moment,
  NOTHING,
  percent,
  short,
} from './format.ts';
import { type Html, html, none, table } from './html.ts';
import { linearScale, logScale, type Scale, shareScale, timeTicks } from './scale.ts';

export type Color =
  | 'hit'
  | 'stale'
  | 'miss'
  | 'bypass'
  | 'refused'
  | 'error'
  | 'one'
  | 'two'
  | 'three'
  | 'four';

export interface Series {
  readonly name: string;
  readonly color: Color;
  /** One for each time; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  /** Beside the name: over the whole time. */
  readonly says?: string;
}

export interface TimePlot {
  /** Of the page, for what refers to it. */
  readonly id: string;
  readonly title: string;
  /** `stack`: areas on each other, which add up to all. */
  readonly kind: 'stack' | 'lines';
  readonly unit: Unit;
  /** When each bucket begins, and how long it is. */
  readonly startsMs: readonly number[];
  readonly stepMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: readonly Series[];
}

/** `ms` is on a scale of powers of ten; `share` from 0 to 1. */
export type Unit = 'count' | 'ms' | 'bytes' | 'share' | 'dollars';

const exact: Readonly<Record<Unit, (n: number | null) => string>> = {
  count: (n) =>
    n === null || n >= 100
      ? count(n)
      : n === 0
        ? '0'
        : n.toLocaleString('en', { maximumSignificantDigits: 3 }),
  ms: duration,
  bytes,
  share: percent,
  dollars,
};
const atAxis: Readonly<Record<Unit, (n: number) => string>> = {
  ...exact,
  ms: (n) => (n < 1000 ? `${n} ms` : `${n / 1000} s`),
  count: short,
  share: (n) => `${100 * n} %`,
};

const HEIGHT = 170;
/** Above the highest line, for its label. */
const TOP = 14;
const BOTTOM = 20;
/** The plot's own width: it is stretched to what there is, and its lines are not. */
const WIDE = 1000;

/** A plot over time as SVG, its legend, and the table behind it. A script may put one that can be zoomed in its place. */
export function timePlot(plot: TimePlot): Html {
  const { id, title, kind, unit, series, fromMs, toMs } = plot;
  const scale = scaleOf(plot);
  const y = (value: number) => round(TOP + HEIGHT * (1 - Math.min(1, scale.at(value))));
  const { ticks, isDays } = timeTicks(fromMs, toMs);
  const label = isDays ? day : clockTime;
  const shapes = kind === 'stack' ? stackedAreas(plot, y) : lines(plot, y);
  return html`<figure data-plot="${JSON.stringify(forScript(plot))}">
<svg class="plot" width="100%" height="${TOP + HEIGHT + BOTTOM}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${described(plot)}</desc>
${scale.ticks.map((it) => html`<line class="grid" x1="0" x2="100%" y1="${y(it)}" y2="${y(it)}"/>`)}
<svg x="0" y="0" width="100%" height="${TOP + HEIGHT}" viewBox="0 0 ${WIDE} ${TOP + HEIGHT}" preserveAspectRatio="none">${shapes}</svg>
${scale.ticks.map((it) => html`<text class="end" x="-6" y="${y(it) + 4}">${atAxis[unit](it)}</text>`)}
${ticks.map(
  (it) =>
    html`<text class="middle" x="${round((100 * (it - fromMs)) / (toMs - fromMs))}%" y="${TOP + HEIGHT + 15}">${label(it)}</text>`,
)}
</svg>
${legend(series, kind)}
<details><summary>${title} as a table</summary>${tableOf(plot)}</details>
</figure>`;
}

function scaleOf({ kind, unit, series }: TimePlot): Scale {
  if (unit === 'share') return shareScale;
  const values = series.flatMap((it) => it.values).filter((it) => it !== null);
  if (unit === 'ms') return logScale(values);
  const most =
    kind === 'lines'
      ? Math.max(0, ...values)
      : Math.max(0, ...(series[0]?.values ?? []).map((_, i) => sumAt(series, i)));
  return linearScale(most, unit === 'bytes' ? 1024 : 1000);
}

const sumAt = (series: readonly Series[], i: number) =>
  series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0);

const round = (n: number) => Math.round(n * 100) / 100;

/** Where the bucket begins and ends, within the plot. */
function ends({ startsMs, stepMs, fromMs, toMs }: TimePlot, i: number): readonly [number, number] {
  const x = (ms: number) => round((WIDE * (Math.min(toMs, Math.max(fromMs, ms)) - fromMs)) / (toMs - fromMs));
  return [x(startsMs[i]!), x(startsMs[i]! + stepMs)];
}

/** Each bucket is a step: what it says is of all of its time. */
function stackedAreas(plot: TimePlot, y: (value: number) => number): Html[] {
  const base = plot.startsMs.map(() => 0);
  return plot.series.map(({ color, values }) => {
    const top = base.map((below, i) => below + (values[i] ?? 0));
    let [there, back] = ['', ''];
    for (const i of plot.startsMs.keys()) {
      const [x0, x1] = ends(plot, i);
      there += `${i === 0 ? 'M' : 'L'}${x0} ${y(top[i]!)}H${x1}`;
      back = `L${x1} ${y(base[i]!)}H${x0}${back}`;
    }
    base.splice(0, base.length, ...top);
    return html`<path class="area c-${color}" d="${there}${back}Z"/>`;
  });
}

function lines(plot: TimePlot, y: (value: number) => number): Html[] {
  return plot.series.map(({ color, values }, at) => {
    let path = '';
    let endedAt: number | null = null;
    for (const i of plot.startsMs.keys()) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      const [x0, x1] = ends(plot, i);
      path += `${x0 === endedAt ? 'L' : 'M'}${x0} ${y(value)}H${x1}`;
      endedAt = x1;
    }
    return html`<path class="stroke dash${at} c-${color}" d="${path}"/>`;
  });
}

const legend = (series: readonly Series[], kind: TimePlot['kind']): Html =>
  html`<ul class="legend">${series.map(
    ({ name, color, says }, at) =>
      html`<li><svg viewBox="0 0 16 10" aria-hidden="true">${
        kind === 'stack'
          ? html`<rect class="fill c-${color}" width="16" height="10" rx="2"/>`
          : html`<path class="stroke dash${at} c-${color}" d="M0 5H16"/>`
      }</svg>${name}${says === undefined ? none : html` <b>${says}</b>`}</li>`,
  )}</ul>`;

function described({ kind, series, fromMs, toMs }: TimePlot): string {
  const named = series.map(({ name, says }) => (says === undefined ? name : `${name} ${says}`)).join(', ');
  const what = kind === 'stack' ? 'Areas on each other' : 'Lines';
  return `${what}, from ${day(fromMs)} ${clockTime(fromMs)} to ${day(toMs)} ${clockTime(toMs)}: ${named}.`;
}

function tableOf({ title, unit, startsMs, series }: TimePlot): Html {
  const says = (value: number | null | undefined) =>
    value === null || value === undefined ? NOTHING : exact[unit](value);
  return table<number>(
    title,
    [
      { head: 'From', cell: (i) => moment(startsMs[i]!) },
      ...series.map((it) => ({ head: it.name, figure: true, cell: (i: number) => says(it.values[i]) })),
    ],
    [...startsMs.keys()].reverse(),
  );
}

/** What `console.client.js` finds a bucket by. */
const forScript = ({ startsMs, stepMs, fromMs, toMs }: TimePlot) => ({
  starts: startsMs.map((ms) => ms / 1000),
  step: stepMs / 1000,
  from: fromMs / 1000,
  to: toMs / 1000,
});

/** A share as a bar, beside a figure that says the same. */
export const shareBar = (share: number, color: Color): Html =>
  html`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="8"/><rect class="fill c-${color}" width="${round(100 * Math.min(1, Math.max(0, share)))}" height="8"/></svg>`;
