import { edgeRequestOf } from '../engine/request.ts';
import { type Buckets, readBuckets } from '../figures/read.ts';
import { type Shares, type Summary, summaryOf } from '../figures/summary.ts';
import type { Bucket } from '../figures/types.ts';
import { outcomeNames } from '../telemetry/outcome.ts';
import { ago, count, duration, percent } from './format.ts';
import { empty, type Html, html, none } from './html.ts';
import { type Color, type Series, timePlot } from './plot.ts';
import type { View } from './view.ts';
import { type TimeWindow, windowOf } from './window.ts';

/** Figures of the time that a page is asked for. One request of Redis. */
export interface PageFigures {
  readonly window: TimeWindow;
  readonly buckets: Buckets;
  readonly summary: Summary;
  /** One for each bucket that is drawn. */
  readonly steps: readonly Summary[];
  readonly nowMs: number;
}

export async function figuresOf({ c }: View): Promise<PageFigures> {
  const edge = edgeRequestOf(c);
  const nowMs = edge.isolate.clock.now();
  const window = windowOf(c.req.query('window'), nowMs);
  const buckets = await readBuckets(edge, window);
  // One that has only just begun would be drawn as a dent.
  const begun = (buckets.rolledUpMs ?? 0) - BEGUN_MS;
  const drawn = buckets.buckets.filter(({ startMs }) => startMs <= begun);
  return {
    window,
    buckets: { ...buckets, buckets: drawn },
    summary: summaryOf(buckets.buckets),
    steps: drawn.map((it) => summaryOf([it])),
    nowMs,
  };
}

const BEGUN_MS = 30_000;

/** What to do where no figure can be shown; null: there are some. */
export function nothingYet(rolledUpMs: number | null, requests: number): Html | null {
  if (rolledUpMs === null)
    return empty(html`No figures yet: the cron has not run. It rolls up each minute what isolates told, where
<code>crons = ["* * * * *"]</code> stands under <code>[triggers]</code> in <code>wrangler.toml</code>.`);
  return requests === 0
    ? empty(html`Nothing was asked in this time. Take a longer one, or send a request.`)
    : null;
}

/** The roll-up is late: what is shown is old. */
export const lateNotice = (rolledUpMs: number | null, nowMs: number): Html =>
  rolledUpMs === null || nowMs - rolledUpMs < 5 * 60_000
    ? none
    : html`<p class="notice">These figures are from ${ago(rolledUpMs, nowMs)}: the cron has not rolled up since. Look at its log lines, and
at whether Redis answers.</p>`;

const timesOf = ({ buckets: { buckets, stepMs, fromMs, toMs } }: PageFigures) => ({
  startsMs: buckets.map(({ startMs }) => startMs),
  stepMs,
  fromMs,
  toMs,
});

/** So many in a minute of the bucket, as far as it was rolled up: the last one has only begun. */
export const perMinute = (n: number, { startMs, stepMs }: Bucket, { buckets }: PageFigures): number => {
  const sinceMs = (buckets.rolledUpMs ?? 0) - startMs;
  return (n * 60_000) / Math.min(stepMs, Math.max(sinceMs, BEGUN_MS));
};

type Of = (summary: Summary) => Shares | undefined;

export function outcomePlot(figures: PageFigures, of: Of): Html {
  const all = of(figures.summary);
  return timePlot({
    ...timesOf(figures),
    id: 'outcomes',
    title: 'Requests a minute, by outcome',
    kind: 'stack',
    unit: 'count',
    series: outcomeNames.map(
      (name): Series => ({
        name,
        color: name,
        says: count(all?.byOutcome[name] ?? 0),
        values: figures.steps.map((it, i) =>
          perMinute(of(it)?.byOutcome[name] ?? 0, figures.buckets.buckets[i]!, figures),
        ),
      }),
    ),
  });
}

export function hitRatePlot(figures: PageFigures, of: Of): Html {
  const all = of(figures.summary);
  return timePlot({
    ...timesOf(figures),
    id: 'hit-rate',
    title: 'Hit rate',
    kind: 'lines',
    unit: 'share',
    series: [
      {
        name: 'of requests',
        color: 'one',
        says: percent(all?.hitRate ?? null),
        values: figures.steps.map((it) => of(it)?.hitRate ?? null),
      },
      {
        name: 'of bytes',
        color: 'two',
        says: percent(all?.byteHitRate ?? null),
        values: figures.steps.map((it) => of(it)?.byteHitRate ?? null),
      },
    ],
  });
}

export function latencyPlot(figures: PageFigures, of: Of): Html {
  const all = of(figures.summary);
  const line = (name: string, color: Color, field: 'p50Ms' | 'p95Ms' | 'p99Ms'): Series => ({
    name,
    color,
    says: duration(all?.[field] ?? null),
    values: figures.steps.map((it) => of(it)?.[field] ?? null),
  });
  return timePlot({
    ...timesOf(figures),
    id: 'latency',
    title: 'Time to the answer',
    kind: 'lines',
    unit: 'ms',
    series: [line('p50', 'one', 'p50Ms'), line('p95', 'two', 'p95Ms'), line('p99', 'three', 'p99Ms')],
  });
}

/** Lines of anything that a bucket says. */
export const linesOf = (
  figures: PageFigures,
  plot: Pick<Parameters<typeof timePlot>[0], 'id' | 'title' | 'unit' | 'kind'>,
  series: readonly (Omit<Series, 'values'> & {
    readonly of: (bucket: Bucket, step: Summary) => number | null;
  })[],
): Html =>
  timePlot({
    ...timesOf(figures),
    ...plot,
    series: series.map(({ of, ...it }) => ({
      ...it,
      values: figures.buckets.buckets.map((bucket, i) => of(bucket, figures.steps[i]!)),
    })),
  });
