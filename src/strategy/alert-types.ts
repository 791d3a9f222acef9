import type { CounterId, Counters, GaugeId, HistogramId } from '../telemetry/catalogue.ts';
import type { Duration } from './types.ts';

type LabelOf<I extends CounterId> = Exclude<Counters[I]['labels'][number], 'class'>;

/** A counter, summed over all of its series, or over those whose labels have one of these values. The class is the alert's. */
export type CounterSum = {
  readonly [I in CounterId]: {
    readonly counter: I;
    readonly where?: { readonly [L in LabelOf<I>]?: readonly string[] };
  };
}[CounterId];

/** `rolled_up` is when the alerts are evaluated. */
export type MeasuredGauge = Exclude<GaugeId, 'rolled_up'>;

interface OverTime {
  /** Of how long: from 1m to 1h, in whole minutes. */
  readonly window: Duration;
}

interface OfSamples extends OverTime {
  /** Where fewer were counted in the window, nothing can be said: "no data". Default 1. */
  readonly atLeast?: number;
}

/** How much of `to` is `ratio`, by what both grew in the window. */
interface RatioMeasure extends OfSamples {
  readonly ratio: CounterSum;
  readonly to: CounterSum;
}

/** How much a counter grew in the window. */
interface IncreaseMeasure extends OverTime {
  readonly increase: CounterSum;
}

/** How it stands now, as a share of another where there is `to`. */
interface GaugeMeasure {
  readonly gauge: MeasuredGauge;
  readonly to?: MeasuredGauge;
}

/** The share of what was observed in the window that took longer than `longerThan`, to the next bound of the scale: a power of two, in ms. */
interface ShareMeasure extends OfSamples {
  readonly share: HistogramId;
  readonly longerThan: Duration;
}

export type MeasureDefinition = RatioMeasure | IncreaseMeasure | GaugeMeasure | ShareMeasure;

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** An alert as a team writes it. */
export interface AlertDefinition {
  readonly measure: MeasureDefinition;
  /** It is a fault above this, or … */
  readonly above?: number;
  /** … below this. One of them. */
  readonly below?: number;
  /** How long it must be one before anybody is told. Default: at once. */
  readonly for?: Duration;
  /** How long it must not be one before it is over, so that what comes and goes is told once; `none`: at once. Default 10m. */
  readonly keepFiring?: Duration | 'none';
  /** Default `warning`. */
  readonly severity?: Severity;
  /** Of this class alone; `-`: of what no class answers. Default: over all classes. */
  readonly class?: string;
  /** How long nothing can be measured before that is told; `never`: not at all. Longer than the window. Default: the window and 15 min. */
  readonly noData?: Duration | 'never';
  /** What it means and what to do, in one sentence: whoever is woken by it reads this first. */
  readonly says: string;
}

/** By name, `[a-z][a-z0-9-]*`. Of a default one only what differs; `false`: it is left out. */
export type AlertDefinitions = Readonly<Record<string, AlertDefinition | Partial<AlertDefinition> | false>>;

/** Label → values, the class among them. Where it is not, what no class answers is left out: the console's errors are no user's. */
export type Where = Readonly<Record<string, readonly string[]>>;

/** A counter's sum as an alert reads it. */
export interface Sum {
  readonly counter: CounterId;
  readonly where: Where;
}

export type Measure =
  | {
      readonly is: 'ratio';
      readonly of: Sum;
      readonly to: Sum;
      readonly atLeast: number;
      readonly windowMs: number;
    }
  | { readonly is: 'increase'; readonly of: Sum; readonly windowMs: number }
  | { readonly is: 'gauge'; readonly of: MeasuredGauge; readonly to: MeasuredGauge | null }
  | {
      readonly is: 'share';
      readonly of: HistogramId;
      readonly class: string | null;
      readonly longerThanMs: number;
      readonly atLeast: number;
      readonly windowMs: number;
    };

/** A validated alert. Made only by `defineStrategy`. */
export interface Alert {
  readonly name: string;
  readonly measure: Measure;
  readonly comparison: 'above' | 'below';
  readonly bound: number;
  readonly forMs: number;
  readonly keepFiringMs: number;
  readonly severity: Severity;
  readonly class: string | null;
  /** Null: it is not told. */
  readonly noDataMs: number | null;
  readonly says: string;
}
