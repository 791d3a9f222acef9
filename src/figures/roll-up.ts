import type { Bounds } from '../bounds.ts';
import type { Names } from '../store/names.ts';
import type { MetricsValue } from '../store/port.ts';
import { type Flush, histogramOf, type Tops } from '../telemetry/flush.ts';
import { FigureSet } from './figure-set.ts';
import type { Isolates } from './isolates.ts';
import { HOUR, MINUTE, type Step, startOf, stepsOf } from './steps.ts';
import { readFigures, writeFigures } from './text.ts';
import type { Told } from './told.ts';
import { mergeTops, parseTops } from './tops.ts';
import type { Figures } from './types.ts';

/** Takes from what was told what was not counted before. */
export function judgeAll(told: readonly Told[], isolates: Isolates, bounds: Bounds) {
  const fresh: Flush[] = [];
  const not = { repeat: 0, 'too-late': 0 };
  let missing = 0;
  for (const { flush, arrivedMs } of told) {
    isolates.arrived(arrivedMs, bounds);
    const judgement = isolates.judge(flush);
    if (judgement !== 'new') {
      not[judgement] += 1;
      continue;
    }
    missing += isolates.missing(flush);
    isolates.counted(flush);
    fresh.push(flush);
  }
  isolates.forget(bounds);
  return { fresh, repeats: not.repeat, dropped: not['too-late'] + missing };
}

/** In which minute a document counts. */
export type MinuteOf = (flush: Pick<Flush, 'toMs'>) => number;

/** That in which it was made. What comes from the future, or is too old for minutes, counts now. */
export function minutesOf(nowMs: number, { minutesKeptMs }: Pick<Bounds, 'minutesKeptMs'>): MinuteOf {
  const oldestMs = nowMs - minutesKeptMs + HOUR;
  return ({ toMs }) => startOf(toMs <= nowMs && toMs >= oldestMs ? toMs : nowMs, MINUTE);
}

/** How many of these, from the first on, are of no more different minutes than one step writes, the present one among them. */
export function fitting(
  told: readonly (Told | null)[],
  minuteOf: MinuteOf,
  nowMs: number,
  { minutesAtOnce }: Pick<Bounds, 'minutesAtOnce'>,
): number {
  const minutes = new Set([startOf(nowMs, MINUTE)]);
  const first = told.findIndex((it) => it && minutes.add(minuteOf(it.flush)).size > minutesAtOnce);
  return first === -1 ? told.length : first;
}

/** A bucket that is counted in. */
interface Place {
  readonly step: Step;
  readonly startMs: number;
  readonly key: string;
}

/** Everything that these minutes are counted in, each once. */
export function placesOf(minutes: Iterable<number>, names: Names, bounds: Bounds): Place[] {
  const places = new Map<string, Place>();
  for (const minute of minutes)
    for (const step of stepsOf(bounds)) {
      const startMs = startOf(minute, step.ms);
      const key = step.name(names, startMs);
      places.set(key, { step, startMs, key });
    }
  return [...places.values()];
}

/** What is counted in one minute. */
export interface Dated {
  readonly minute: number;
  readonly figures: Figures;
}

export const figuresOf = ({ counts, histograms }: Pick<Flush, 'counts' | 'histograms'>): Figures => ({
  counts: new Map(Object.entries(counts)),
  histograms: new Map(Object.entries(histograms).map(([key, parts]) => [key, histogramOf(parts)])),
});

type TextOf = (key: string) => string | null;

/** The buckets of these minutes as they are from now on, by the place's key; one that cannot be read begins anew. */
export function bucketValues(
  dated: readonly Dated[],
  textOf: TextOf,
  names: Names,
  bounds: Bounds,
): MetricsValue[] {
  const minutes = new Set(dated.map(({ minute }) => minute));
  return placesOf(minutes, names, bounds).map(({ step, startMs, key }) => {
    const before = readFigures(textOf(key), bounds.bucketSeries);
    const figures = before?.figures ?? new FigureSet(bounds.bucketSeries);
    for (const it of dated) if (startOf(it.minute, step.ms) === startMs) figures.addAll(it.figures);
    return { keys: [key], value: writeFigures(figures, before?.others), lifeMs: step.keptMs };
  });
}

/** The lists under these keys as they are from now on. */
export function topsValues(
  told: readonly { readonly key: string; readonly tops: Tops }[],
  textOf: TextOf,
  { topsKept, topsKeptMs }: Bounds,
): MetricsValue[] {
  return [...new Set(told.map(({ key }) => key))].map((key) => {
    const before = parseTops(textOf(key));
    const now = told.filter((it) => it.key === key).map(({ tops }) => tops);
    const value = JSON.stringify(mergeTops(before ? [before, ...now] : now, topsKept));
    return { keys: [key], value, lifeMs: topsKeptMs };
  });
}
