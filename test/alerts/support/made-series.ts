import { selector } from '../../../dev/dashboards/promql.ts';
import { boundaryOf } from '../../../src/alerts/terms.ts';
import type { Gauges } from '../../../src/alerts/value.ts';
import type { Totals } from '../../../src/figures/types.ts';
import type { Alert, Measure, Sum } from '../../../src/strategy/alert-types.ts';
import { counters, gauges, histograms, noClass, seriesKey } from '../../../src/telemetry/catalogue.ts';
import { bucketMostMs, newHistogram } from '../../../src/telemetry/histogram.ts';

/** What one deployment shows, minute by minute: as Prometheus scrapes it, and as the cron has it. */
export interface MadeSeries {
  /** Name and labels, without those of the target. */
  readonly scraped: readonly { readonly series: Series; readonly values: readonly Sample[] }[];
  readonly totals: readonly Totals[];
  readonly gauges: readonly Gauges[];
  /** Nothing is there before. */
  readonly fromMinute: number;
}
/** `_`: not scraped, or not there yet; `stale`: scraped, and not there any more. In promtool's own words. */
type Sample = number | '_' | 'stale';
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Seeded: the same at each run. */
export function chance(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { next, below, oneOf: <T>(of: readonly T[]): T => of[below(of.length)]! };
}
type Chance = ReturnType<typeof chance>;

/**
 * The share of the bound that each minute shows, in stretches: far from it, at the very bound, just beside it, a slow way there, a jump, and
 * back; and how much there is to be measured at all, none included.
 */
function stretches(minutes: number, { below, oneOf, next }: Chance) {
  const made: { readonly level: number; readonly volume: number }[] = [];
  let level = 0;
  while (made.length < minutes) {
    const is = oneOf(['hold', 'hold', 'ramp', 'idle'] as const);
    const to = oneOf([0, 0.3, 0.9, 0.98, 1, 1, 1.02, 1.1, 1.5, 3]);
    const volume = is === 'idle' ? oneOf([0, 0, 1]) : oneOf([1, 4, 20, 20, 100, 1 + below(300)]);
    const length = 1 + below(is === 'ramp' ? 25 : 22);
    for (let i = 1; i <= length; i += 1) {
      const at = is === 'ramp' ? level + ((to - level) * i) / length : to;
      made.push({ level: at, volume: next() < 0.03 ? 0 : volume });
    }
    level = to;
  }
  return made.slice(0, minutes);
}

/** Minutes in which nothing is scraped and nothing was told, never as many as a window may be longer for. */
function gapsIn(minutes: number, { next, below }: Chance): boolean[] {
  const gaps = Array<boolean>(minutes).fill(false);
  if (next() < 0.5) return gaps;
  for (let at = 5; at < minutes; at += 6 + below(20))
    for (let i = 0; i < 1 + below(3); i += 1) gaps[at + i] = true;
  return gaps.slice(0, minutes);
}

/** Running totals of what each minute adds; in a gap the last one stands. */
function totalsOf(added: readonly number[], gaps: readonly boolean[]): number[] {
  let [sum, shown] = [0, 0];
  return added.map((n, i) => {
    sum += n;
    if (!gaps[i]) shown = sum;
    return shown;
  });
}

export function madeSeries({ measure, bound, comparison }: Alert, minutes: number, seed: number): MadeSeries {
  const luck = chance(seed);
  const fromMinute = luck.oneOf([0, 0, 0, 0, 3, 17]);
  const gaps = gapsIn(minutes, luck).map((gap, i) => gap && i > fromMinute);
  const shape = stretches(minutes, luck).map((it, i) => (i < fromMinute ? { level: 0, volume: 0 } : it));
  const metrics = metricsOf(measure, bound, comparison, shape, luck).map((it) => ({
    ...it,
    // A counter that nothing was ever counted in is not there at all, or it comes later.
    fromMinute: Math.max(
      fromMinute,
      it.added.every((n) => n === 0)
        ? luck.oneOf([0, minutes])
        : it.added.findIndex((n) => n > 0) - luck.oneOf([0, 1, 5]),
    ),
    totals: totalsOf(it.added, gaps),
  }));
  const at = (values: readonly (number | null)[], from: number): Sample[] =>
    values.map((value, i) => (i < from || gaps[i] ? '_' : (value ?? 'stale')));
  const anchor = {
    series: { name: gauges.rolled_up.name, labels: {} },
    values: at(
      Array.from({ length: minutes }, (_, i) => i * 60),
      fromMinute,
    ),
  };
  const gaugeShape = measure.is === 'gauge' ? gaugesOf(measure, bound, shape, luck) : null;
  const held = (values: readonly (number | null)[]) => {
    let last: number | null = null;
    return values.map((value, i) => {
      if (!gaps[i]) last = value;
      return last;
    });
  };
  const none = Array<null>(minutes).fill(null);
  const used = held(gaugeShape?.used ?? none);
  const limit = held(gaugeShape?.limit ?? none);
  return {
    fromMinute,
    scraped: [
      anchor,
      ...metrics.map(({ series, totals, fromMinute: from }) => ({ series, values: at(totals, from) })),
      ...(gaugeShape
        ? [
            { series: { name: gauges.redis_memory_used.name, labels: {} }, values: at(used, fromMinute) },
            { series: { name: gauges.redis_memory_limit.name, labels: {} }, values: at(limit, fromMinute) },
          ]
        : []),
    ].filter(({ values }) => values.some((it) => typeof it === 'number')),
    totals: Array.from({ length: minutes }, (_, i) => {
      const counts = new Map<string, number>();
      const made = new Map<string, ReturnType<typeof newHistogram>>();
      for (const { key, bucket, totals, fromMinute: from } of metrics) {
        if (key === null || i < from) continue;
        if (bucket === undefined) counts.set(key, totals[i]!);
        else {
          const histogram = made.get(key) ?? newHistogram();
          made.set(key, histogram);
          if (totals[i]! > 0) histogram.counts.set(bucket, totals[i]!);
        }
      }
      return { counts, histograms: made };
    }),
    gauges: used.map((it, i) => ({ redis_memory_used: it, redis_memory_limit: limit[i]! })),
  };
}

interface MadeMetric {
  readonly series: Series;
  /** As the cron knows it; null: only Prometheus does. */
  readonly key: string | null;
  readonly bucket?: number;
  readonly added: readonly number[];
}
type Shape = readonly { readonly level: number; readonly volume: number }[];

function metricsOf(
  measure: Measure,
  bound: number,
  comparison: Alert['comparison'],
  shape: Shape,
  luck: Chance,
): MadeMetric[] {
  switch (measure.is) {
    case 'gauge':
      return [];
    case 'increase': {
      const windowMinutes = measure.windowMs / 60_000;
      // The bound in the whole of a window, to the last digit: sums of dyadic parts are exact.
      const exact = (level: number) => Math.round(((level * bound) / windowMinutes) * 2 ** 20) / 2 ** 20;
      const isPrice = measure.of.counter === 'redis_price';
      const added = shape.map(({ level, volume }, i) => {
        if (!isPrice) return volume > 0 && luck.next() < level * 0.04 ? 1 + luck.below(3) : 0;
        if (level === 1) return i % windowMinutes === 0 ? bound : 0;
        return volume === 0
          ? 0
          : luck.next() < 0.5
            ? exact(level)
            : (level * bound * luck.next() * 2) / windowMinutes;
      });
      return spread(measure.of, added, luck);
    }
    case 'ratio': {
      const parts = shape.map(({ level, volume }) => partsOf(level, bound, comparison, volume, luck));
      const outcomes = new Set(
        Object.values(measure.to.where)[0] ?? ['hit', 'stale', 'miss', 'bypass', 'refused', 'error'],
      );
      const [label = 'outcome', of = []] = Object.entries(measure.of.where)[0] ?? [];
      const others = [...outcomes].filter((it) => !of.includes(it));
      return [
        ...spread(
          measure.of,
          parts.map(({ part }) => part),
          luck,
        ),
        ...spread(
          { ...measure.to, where: { [label]: others } },
          parts.map(({ rest }) => rest),
          luck,
        ),
        // What the alert does not count.
        ...(label === 'outcome' && !outcomes.has('bypass')
          ? spread(
              { ...measure.to, where: { outcome: ['bypass'] } },
              shape.map(() => luck.below(50)),
              luck,
            )
          : []),
      ];
    }
    case 'share': {
      const parts = shape.map(({ level, volume }) =>
        partsOf(level, bound, comparison, Math.min(volume, 40), luck),
      );
      const boundary = boundaryOf(measure.longerThanMs);
      const { name } = histograms[measure.of];
      const key = seriesKey(measure.of, []);
      const slow = parts.map(({ part }) => part);
      const fast = parts.map(({ rest }) => rest);
      const all = slow.map((n, i) => n + fast[i]!);
      const le = String(bucketMostMs(boundary) / 1000);
      return [
        { series: { name, labels: {} }, key, bucket: boundary + 1 + luck.below(6), added: slow },
        // At the very bound it is within.
        { series: { name, labels: {} }, key, bucket: boundary - luck.below(3), added: fast },
        { series: { name: `${name}_count`, labels: {} }, key: null, added: all },
        { series: { name: `${name}_bucket`, labels: { le } }, key: null, added: fast },
      ];
    }
  }
}

/** Two counts whose share is so much of the bound: at 1 just that, where the bound is a fraction of small numbers. */
function partsOf(
  level: number,
  bound: number,
  comparison: Alert['comparison'],
  volume: number,
  { next, below }: Chance,
) {
  if (volume === 0) return { part: 0, rest: 0 };
  if (bound === 0) {
    const part = level > 1 && next() < 0.2 ? 1 + below(2) : 0;
    return { part, rest: volume };
  }
  const all = volume * 20;
  const share = Math.min(1, comparison === 'below' ? bound * (level === 0 ? 1.4 : 2 - level) : bound * level);
  const part = Math.max(0, Math.round(all * share));
  return { part, rest: all - part };
}

/** Over all the series that it sums, and over classes; whole numbers stay whole. */
function spread({ counter, where }: Sum, added: readonly number[], luck: Chance): MadeMetric[] {
  const { name, labels } = counters[counter];
  const isByClass = (labels as readonly string[]).includes('class');
  const [[own, values] = ['', ['']]] = Object.entries(where);
  const count = isByClass ? 1 + luck.below(4) : values.length;
  const chosen = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      labels.map((label): [string, string] => {
        if (label === 'class') return [label, `class${i}`];
        return [label, label === own ? (isByClass ? luck.oneOf(values) : values[i]!) : 'other'];
      }),
    ),
  );
  // What no class answers, which counts for nothing.
  const beside: Record<string, string> | null =
    isByClass && luck.next() < 0.5 ? { ...chosen[0]!, class: noClass } : null;
  const made = chosen.map((of, i) => {
    const part = (n: number) => (i === 0 ? n - (count - 1) * Math.floor(n / count) : Math.floor(n / count));
    return {
      series: { name, labels: of },
      key: seriesKey(
        counter,
        labels.map((label) => of[label]!),
      ),
      added: count === 1 ? added : added.map(part),
    };
  });
  if (beside === null) return made;
  const key = seriesKey(
    counter,
    labels.map((label) => beside[label]!),
  );
  return [...made, { series: { name, labels: beside }, key, added: added.map(() => luck.below(60)) }];
}

function gaugesOf(measure: Extract<Measure, { is: 'gauge' }>, bound: number, shape: Shape, luck: Chance) {
  const total = luck.oneOf([1000, 250_000_000, 1.5, 0]);
  const limitFrom = luck.oneOf([0, 0, 0, 30, shape.length]);
  const usedAt = ({ level, volume }: Shape[number]) =>
    volume === 0 ? null : level === 1 ? total * bound : total * bound * level;
  return {
    used: shape.map((it) => usedAt(it)),
    limit: shape.map((_, i) => (i < limitFrom || measure.to === null ? null : total)),
  };
}

/** As `promtool test rules` reads it. */
export const inputSeries = (instance: string, { scraped }: MadeSeries) =>
  scraped
    .filter(({ series }) => !/_seconds$/.test(series.name) || series.name === gauges.rolled_up.name)
    .map(({ series: { name, labels }, values }) => ({
      series: selector(name, {
        job: ['stillfresh'],
        instance: [instance],
        ...Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, [value]])),
      }),
      values: values.join(' '),
    }));
