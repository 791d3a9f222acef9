import { edgeRequestOf } from '../engine/request.ts';
import { type Buckets, readState } from '../figures/read.ts';
import type { Shares } from '../figures/summary.ts';
import type { Bucket } from '../figures/types.ts';
import type { HistogramId } from '../telemetry/catalogue.ts';
import { type Histogram, merge, newHistogram, quantileMs } from '../telemetry/histogram.ts';
import { firingNotice } from './alerts-view.ts';
import {
  figuresOf,
  hitRatePlot,
  lateNotice,
  latencyPlot,
  linesOf,
  nothingYet,
  outcomePlot,
  type PageFigures,
  perMinute,
} from './figures.ts';
import { bytes, count, dollars, duration, NOTHING, percent } from './format.ts';
import { type Html, html, section, table, tile, tiles } from './html.ts';
import { type Page, pathOf } from './layout.ts';
import { type Color, shareBar } from './plot.ts';
import { serviceLevelSection } from './service-level.ts';
import type { View } from './view.ts';
import { windowLinks } from './window.ts';

/** Whether the cache helps, in a glance. Two requests of Redis. */
export async function overviewPage(view: View): Promise<Page> {
  const edge = edgeRequestOf(view.c);
  const [figures, state] = await Promise.all([figuresOf(view), readState(edge)]);
  const { rolledUpMs } = figures.buckets;
  const nothing = nothingYet(rolledUpMs, figures.summary.requests);
  const body = html`${firingNotice(edge, state)}${lateNotice(rolledUpMs, figures.nowMs)}${
    nothing ?? figuresBody(figures, serviceLevelSection(edge.strategy, state))
  }`;
  const aside = windowLinks(pathOf(''), figures.window);
  return { at: '', title: 'Overview', aside, body, rolledUpMs, againS: 20 };
}

function figuresBody(figures: PageFigures, serviceLevel: Html): Html {
  const { summary, buckets } = figures;
  const minutes = minutesOf(buckets);
  const visible = histogramOver(buckets.buckets, 'purge_visible');
  const applied = histogramOver(buckets.buckets, 'purge_applied');
  return html`${tiles([
    tile('Hit rate', percent(summary.hitRate), `${percent(summary.byteHitRate)} of bytes`),
    tile('Requests', count(summary.requests), `${count(summary.requests / minutes)} a minute`),
    tile(
      'Answered within',
      duration(summary.p95Ms),
      `p95; p50 ${duration(summary.p50Ms)}, p99 ${duration(summary.p99Ms)}`,
    ),
    tile(
      'Spared the origin',
      percent(summary.offload),
      `${bytes(summary.savedBytes)} not fetched, ${count(summary.originFetches)} fetches`,
    ),
    tile(
      'Redis',
      dollars(summary.redisDollars),
      `${count(summary.redisCommands)} commands${perMonth(summary.redisDollars, minutes, buckets)}`,
    ),
    tile(
      'Purge to visible',
      duration(quantileMs(visible, 0.95)),
      `p95, in two isolates or more; applied ${duration(quantileMs(applied, 0.95))}`,
    ),
  ])}
${section(
  'Requests a minute',
  outcomePlot(figures, (it) => it),
)}
<div class="columns">
${section(
  'Hit rate',
  hitRatePlot(figures, (it) => it),
)}
${section(
  'Time to the answer',
  latencyPlot(figures, (it) => it),
)}
${section('Bytes a minute', originPlot(figures))}
${section('Redis commands a minute', redisPlot(figures))}
${section('Why', reasonsTable(summary), html`<span class="small">as Cache-Status says it</span>`)}
${section('Purges', purgePlot(figures), html`<a href="${pathOf('purges')}">Receipts</a>`)}
${serviceLevel}
</div>`;
}

/** How long there are figures of, in the time that is shown. */
function minutesOf({ rolledUpMs, fromMs, toMs, buckets }: Buckets): number {
  const firstMs = buckets.find(({ counts }) => counts.size > 0)?.startMs ?? fromMs;
  return Math.max(1, (Math.min(rolledUpMs ?? toMs, toMs) - firstMs) / 60_000);
}

/** Of less nothing is said by the month. Of the shortest window the last minutes may not be rolled up yet. */
const LEAST_MINUTES = 50;

function perMonth(spent: number, minutes: number, { stepMs }: Buckets): string {
  // The first step may have begun long before its figures.
  const surely = minutes - (stepMs / 60_000 - 1);
  return surely < LEAST_MINUTES ? '' : `; ${dollars((spent / minutes) * 60 * 24 * 30)} a month`;
}

const originPlot = (figures: PageFigures): Html =>
  linesOf(
    figures,
    { id: 'origin', title: 'Bytes a minute, saved and fetched', unit: 'bytes', kind: 'stack' },
    [
      {
        name: 'saved',
        color: 'hit',
        says: bytes(figures.summary.savedBytes),
        of: (bucket, step) => perMinute(step.savedBytes, bucket, figures),
      },
      {
        name: 'from the origin',
        color: 'miss',
        says: bytes(figures.summary.originBytes),
        of: (bucket, step) => perMinute(step.originBytes, bucket, figures),
      },
    ],
  );

const redisPlot = (figures: PageFigures): Html =>
  linesOf(figures, { id: 'redis', title: 'Redis commands a minute', unit: 'count', kind: 'stack' }, [
    {
      name: 'commands',
      color: 'four',
      says: count(figures.summary.redisCommands),
      of: (bucket, step) => perMinute(step.redisCommands, bucket, figures),
    },
  ]);

const purgePlot = (figures: PageFigures): Html => {
  const line = (name: string, color: Color, id: HistogramId) => ({
    name,
    color,
    says: duration(quantileMs(histogramOver(figures.buckets.buckets, id), 0.95)),
    of: (bucket: Bucket) => quantileMs(histogramOver([bucket], id), 0.95),
  });
  return linesOf(
    figures,
    { id: 'purges', title: 'From accepted to applied and visible, p95', unit: 'ms', kind: 'lines' },
    [line('applied', 'one', 'purge_applied'), line('visible', 'two', 'purge_visible')],
  );
};

function histogramOver(buckets: readonly Bucket[], id: HistogramId): Histogram {
  const all = newHistogram();
  for (const { histograms } of buckets) {
    const found = histograms.get(id);
    if (found) merge(all, found);
  }
  return all;
}

const MOST_REASONS = 14;

export function reasonsTable({ reasons, requests }: Shares): Html {
  const shown = reasons.slice(0, MOST_REASONS);
  const rest = reasons.slice(MOST_REASONS).reduce((sum, it) => sum + it.requests, 0);
  return table(
    'Requests by outcome and reason',
    [
      { head: 'Outcome', cell: (it) => it.outcome || 'other' },
      { head: 'Reason', cell: (it) => it.reason || NOTHING },
      { head: 'Requests', figure: true, cell: (it) => count(it.requests) },
      { head: 'Share', figure: true, cell: (it) => percent(it.requests / Math.max(1, requests)) },
      { head: '', cell: (it) => shareBar(it.requests / Math.max(1, requests), colorOf(it.outcome)) },
    ],
    [...shown, ...(rest > 0 ? [{ outcome: '', reason: '', requests: rest }] : [])],
  );
}

const colors: ReadonlySet<string> = new Set(['hit', 'stale', 'miss', 'bypass', 'refused', 'error']);
const colorOf = (outcome: string): Color => (colors.has(outcome) ? (outcome as Color) : 'bypass');
