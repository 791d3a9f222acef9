import { histogramOf, histogramParts } from '../telemetry/flush.ts';
import { FigureSet } from './figure-set.ts';
import { seriesIn, seriesTree } from './series-tree.ts';
import type { Figures } from './types.ts';

/**
 * Figures as Redis keeps them: `{"c":…,"h":…}`, trees of counts and of histograms, `[sum in ms, bucket, count, …]`. Another version may have written
 * them: what is unknown here, series and fields, stays as it is.
 */
export interface FiguresText {
  readonly figures: FigureSet;
  /** Fields that another version has added. */
  readonly others: Readonly<Record<string, unknown>>;
  /** Series that are not valid, and are gone. */
  readonly dropped: number;
}

/** Null: there are none, or they cannot be read at all. */
export function readFigures(text: string | null, mostSeries: number): FiguresText | null {
  const { c, h, ...others } = jsonObject(text) ?? {};
  if (!isObject(c) || !isObject(h)) return null;
  const all = [[...seriesIn(c)], [...seriesIn(h)]] as const;
  const counts = all[0].filter((it): it is [string, number] => isCount(it[1]));
  const histograms = all[1].filter((it): it is [string, number[]] => isCountList(it[1]));
  const figures = new FigureSet(mostSeries);
  // As many as there are: what was kept once is not folded by a version with a smaller bound.
  for (const [key, n] of counts) figures.counts.set(key, n);
  for (const [key, parts] of histograms) figures.histograms.set(key, histogramOf(parts));
  const dropped = all[0].length + all[1].length - counts.length - histograms.length;
  return { figures, others, dropped };
}

export const writeFigures = ({ counts, histograms }: Figures, others: FiguresText['others'] = {}): string =>
  JSON.stringify({
    ...others,
    c: seriesTree(counts),
    h: seriesTree([...histograms].map(([key, histogram]) => [key, histogramParts(histogram)] as const)),
  });

/** Null: it is none. */
export function jsonObject(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (it: unknown): it is Record<string, unknown> =>
  typeof it === 'object' && it !== null && !Array.isArray(it);
const isCount = (it: unknown) => typeof it === 'number' && it >= 0;
const isCountList = (it: unknown) => Array.isArray(it) && it.length > 0 && it.every(isCount);
