import { type Html, html, none, table } from '../../../src/console/html.ts';
import { shareScale } from '../../../src/console/scale.ts';
import type { CurvePoint } from '../assessment.ts';
import { percent, ttlText } from '../figures/words.ts';

export interface CurvePlot {
  /** Of the page. */
  readonly id: string;
  readonly title: string;
  readonly curve: readonly CurvePoint[];
  /** Marked where there is one. */
  readonly knee: CurvePoint | null;
}

const HEIGHT = 130;
/** Above the highest line, for its label. */
const TOP = 14;
const BOTTOM = 20;
/** The plot's own width: it is stretched to what there is, and its lines are not. */
const WIDE = 1000;
/** Between two labels, of the width: a phone has room for seven. */
const LEAST_GAP = 0.14;

/** Hit rate against TTL, on a logarithmic axis, as SVG, and the table behind it. */
export function curvePlot({ id, title, curve, knee }: CurvePlot): Html {
  const at = positions(curve);
  const y = (share: number) => round(TOP + HEIGHT * (1 - share));
  const line = curve.map(({ hit_rate }, i) => `${i === 0 ? 'M' : 'L'}${round(WIDE * at[i]!)} ${y(hit_rate)}`);
  const labelled = apart(at);
  const kneeAt = knee === null ? -1 : curve.findIndex(({ ttl_s }) => ttl_s === knee.ttl_s);
  return html`<figure>
<svg class="plot" width="100%" height="${TOP + HEIGHT + BOTTOM}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${described(curve, knee)}</desc>
${shareScale.ticks.map((it) => html`<line class="grid" x1="0" x2="100%" y1="${y(it)}" y2="${y(it)}"/>`)}
<svg x="0" y="0" width="100%" height="${TOP + HEIGHT}" viewBox="0 0 ${WIDE} ${TOP + HEIGHT}" preserveAspectRatio="none"><path class="stroke c-hit" d="${line.join('')}"/></svg>
${curve.map(({ hit_rate }, i) => html`<circle class="fill c-hit" cx="${inPercent(at[i]!)}" cy="${y(hit_rate)}" r="2.5"/>`)}
${kneeAt < 0 ? none : kneeMark(at[kneeAt]!, curve[kneeAt]!, y)}
${shareScale.ticks.map((it) => html`<text class="end" x="-6" y="${y(it) + 4}">${100 * it} %</text>`)}
${labelled.map((i) => html`<text class="middle" x="${inPercent(at[i]!)}" y="${TOP + HEIGHT + 15}">${ttlText(curve[i]!.ttl_s)}</text>`)}
</svg>
<details><summary>${title} as a table</summary>${tableOf(title, curve)}</details>
</figure>`;
}

/** Where each TTL is, from 0 at the left to 1 at the right. */
function positions(curve: readonly CurvePoint[]): readonly number[] {
  const [least, most] = [Math.log(curve[0]!.ttl_s), Math.log(curve.at(-1)!.ttl_s)];
  return curve.map(({ ttl_s }) => (most > least ? (Math.log(ttl_s) - least) / (most - least) : 0.5));
}

/** Those whose labels stand beside each other: the first, the last, and what fits between. */
function apart(at: readonly number[]): readonly number[] {
  const last = at.length - 1;
  const shown: number[] = [];
  for (const [i, x] of at.entries()) {
    const hasRoom = shown.length === 0 || x - at[shown.at(-1)!]! >= LEAST_GAP;
    if (i === last || (hasRoom && at[last]! - x >= LEAST_GAP)) shown.push(i);
  }
  return shown;
}

/** Its label is on the side where there is room, and out of the line's way. */
function kneeMark(at: number, { ttl_s, hit_rate }: CurvePoint, y: (share: number) => number): Html {
  const [x, isLeft] = [inPercent(at), at > 0.5];
  const labelAt = hit_rate > 0.3 ? 0.08 : hit_rate + 0.15;
  return html`<line class="limit" x1="${x}" x2="${x}" y1="${y(1)}" y2="${y(0)}"/>
<circle class="fill c-hit" cx="${x}" cy="${y(hit_rate)}" r="5"/>
<text class="${isLeft ? 'end' : 'begin'}" x="${x}" dx="${isLeft ? -10 : 10}" y="${y(labelAt)}">${ttlText(ttl_s)}: ${percent(hit_rate)}</text>`;
}

function described(curve: readonly CurvePoint[], knee: CurvePoint | null): string {
  const [first, last] = [curve[0]!, curve.at(-1)!];
  const says = ({ ttl_s, hit_rate }: CurvePoint) => `${percent(hit_rate)} with a TTL of ${ttlText(ttl_s)}`;
  return `A line, from ${says(first)} to ${says(last)}${knee === null ? '' : `; the knee is ${says(knee)}`}.`;
}

const tableOf = (title: string, curve: readonly CurvePoint[]): Html =>
  table<CurvePoint>(
    title,
    [
      { head: 'TTL', cell: ({ ttl_s }) => ttlText(ttl_s) },
      {
        head: 'Hit rate',
        figure: true,
        cell: ({ hit_rate, exact, error }) =>
          `${(100 * hit_rate).toFixed(1)} %${exact ? '' : ` ± ${(100 * error).toFixed(1)}`}`,
      },
      { head: 'Hits', figure: true, cell: ({ hits }) => Math.round(hits).toLocaleString('en') },
      { head: 'Requests', figure: true, cell: ({ requests }) => requests.toLocaleString('en') },
    ],
    curve,
  );

const round = (n: number): number => Math.round(n * 100) / 100;
const inPercent = (share: number): string => `${round(100 * share)}%`;
