import type { Context } from '../engine/context.ts';
import { countedCall } from '../engine/store-call.ts';
import { newRollUpState, parseState, type State } from './state.ts';
import { DAY, HOUR, MINUTE, type Step, startOf, stepsOf } from './steps.ts';
import { readFigures } from './text.ts';
import { mergeTops, parseTops, type TopLists, topLists } from './tops.ts';
import type { Bucket, Figures } from './types.ts';

/** All that is read of figures: one request of Redis each. They reject with `StoreError`. */

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Buckets extends Span {
  readonly stepMs: number;
  /** Until then what isolates told is in them; null: it was never rolled up. */
  readonly rolledUpMs: number | null;
  /** Oldest first, one for each step, those with nothing in them too. */
  readonly buckets: readonly Bucket[];
}

/**
 * Figures of a span: in minutes up to 3 h, in hours up to 7 days, else in days; `stepMs` asks for another, and gets a coarser one where that would be
 * too many. It begins and ends with whole buckets, those that hold `fromMs` and `toMs`.
 */
export async function readBuckets(
  context: Context,
  span: Span & { readonly stepMs?: number },
): Promise<Buckets> {
  const { store, names, clock, bounds } = context.isolate;
  const step = stepFor(context, span);
  const toMs = Math.min(span.toMs, clock.now());
  const lastMs = startOf(Math.max(toMs, 0), step.ms);
  const oldestMs = lastMs - (bounds.bucketsRead - 1) * step.ms;
  const firstMs = Math.max(startOf(Math.max(span.fromMs, 0), step.ms), oldestMs);
  const starts: number[] = [];
  for (let startMs = firstMs; startMs <= lastMs; startMs += step.ms) starts.push(startMs);
  const wanted = starts.map((startMs) => step.name(names, startMs));
  const keys = [names.metrics.state(), ...wanted];
  const [state = null, ...texts] = await countedCall(context, () => store.metrics.read(keys));
  const buckets = starts.map((startMs, i) => ({
    startMs,
    stepMs: step.ms,
    ...(readFigures(texts[i] ?? null, bounds.totalsSeries)?.figures ?? none),
  }));
  const { rolledUpMs } = parseState(state)?.rollup ?? newRollUpState;
  return {
    fromMs: firstMs,
    toMs: lastMs + step.ms,
    stepMs: step.ms,
    rolledUpMs: rolledUpMs || null,
    buckets,
  };
}

/** The finest that is kept for so long and is not too many. */
function stepFor(
  { isolate: { bounds, clock } }: Context,
  { fromMs, toMs, stepMs }: Span & { readonly stepMs?: number },
): Step {
  const spanMs = toMs - fromMs;
  const asked = stepMs ?? (spanMs <= 3 * HOUR ? MINUTE : spanMs <= 7 * DAY ? HOUR : DAY);
  const steps = stepsOf(bounds);
  const will = steps.find(
    ({ ms, keptMs }) =>
      ms >= asked && spanMs / ms <= bounds.bucketsRead && fromMs >= clock.now() - keptMs - ms,
  );
  return will ?? steps.at(-1)!;
}

const none: Figures = { counts: new Map(), histograms: new Map() };

/** What the cron keeps, and when it last rolled up; null: it never did. */
export async function readState(context: Context): Promise<State | null> {
  const { store, names } = context.isolate;
  const [text = null] = await countedCall(context, () => store.metrics.read([names.metrics.state()]));
  return parseState(text);
}

export interface TopsOfSpan extends Span, TopLists {
  readonly rolledUpMs: number | null;
}

/** The heaviest of a span of at most 48 h, by whole hours. */
export async function readTops(context: Context, span: Span): Promise<TopsOfSpan> {
  const { store, names, clock, bounds } = context.isolate;
  const lastMs = startOf(Math.max(Math.min(span.toMs, clock.now()), 0), HOUR);
  const firstMs = Math.max(startOf(Math.max(span.fromMs, 0), HOUR), lastMs - bounds.topsKeptMs + HOUR);
  const hours: number[] = [];
  for (let startMs = firstMs; startMs <= lastMs; startMs += HOUR) hours.push(startMs);
  const keys = [names.metrics.state(), ...hours.map((startMs) => names.metrics.tops(startMs))];
  const [state = null, ...texts] = await countedCall(context, () => store.metrics.read(keys));
  const all = texts.map(parseTops).filter((it) => it !== null);
  const { rolledUpMs } = parseState(state)?.rollup ?? newRollUpState;
  return {
    ...{ fromMs: firstMs, toMs: lastMs + HOUR, rolledUpMs: rolledUpMs || null },
    ...topLists(mergeTops(all, bounds.topsShown)),
  };
}
