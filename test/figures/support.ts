import type { Figures } from '../../src/figures/types.ts';
import { counters, histograms, seriesKey } from '../../src/telemetry/catalogue.ts';
import { histogramOf } from '../../src/telemetry/flush.ts';

export const figuresWith = (
  counts: Readonly<Record<string, number>>,
  histograms: Readonly<Record<string, readonly number[]>> = {},
): Figures => ({
  counts: new Map(Object.entries(counts)),
  histograms: new Map(Object.entries(histograms).map(([key, parts]) => [key, histogramOf(parts)])),
});

/** Every metric that there is, with values of labels that are hard to write. */
export function everySeries(): Figures {
  const hard = ['kpi', 'a "quoted" one', 'back\\slash', 'of two\nlines', 'ünï', '-', ''];
  const counts: Record<string, number> = {};
  const observed: Record<string, readonly number[]> = {};
  for (const [i, value] of hard.entries()) {
    for (const [id, { labels }] of Object.entries(counters))
      counts[
        seriesKey(
          id as keyof typeof counters,
          labels.map(() => value),
        )
      ] = i + 0.5;
    for (const [id, { labels }] of Object.entries(histograms))
      observed[
        seriesKey(
          id as keyof typeof histograms,
          labels.map(() => value),
        )
      ] = [5 * i, 0, i, 9, 2, 63, 1];
  }
  return figuresWith(
    { ...counts, 'of_tomorrow|x': 3, 'requests|one label': 4 },
    { ...observed, 'unheard|x': [1, 1, 1] },
  );
}
