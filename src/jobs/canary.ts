import { canaryNamed } from '../engine/canary.ts';
import type { Isolate } from '../engine/context.ts';
import {
  type CanaryState,
  type CanaryStep,
  canaryStateOf,
  canaryStep,
  withPurge,
} from '../figures/canary.ts';
import type { Figures } from '../figures/types.ts';
import { born } from '../store/generation.ts';
import type { MetricsValue } from '../store/port.ts';
import type { ServiceLevel } from '../strategy/service-level.ts';
import { seriesKey } from '../telemetry/catalogue.ts';
import { bucketOf, newHistogram, observe } from '../telemetry/histogram.ts';
import type { CanaryPart } from './tick-parts.ts';

type Cron = Pick<Isolate, 'names' | 'bounds' | 'nonce' | 'canary' | 'flusher'>;

/** What a tick does about it: a purge, and a look at those before. Null where it is off. */
export const canaryPart = (isolate: Cron, level: ServiceLevel): CanaryPart | null =>
  isolate.canary && {
    purge: (state, nowMs) => canaryPurge(isolate, canaryStateOf(state), nowMs),
    step: (state, { told, nowMs }) => {
      const step = canaryStep(canaryStateOf(state), told, nowMs, level);
      return { state: step.state, counted: countedOf(step) };
    },
  };

/**
 * In the one step that keeps the tick's state: the generation is replaced on the primary, as a hard purge replaces any, and whoever reads the state
 * knows of it. Nothing is stored under it, so that there is no receipt.
 */
function canaryPurge({ names, bounds, nonce, flusher }: Cron, before: CanaryState, nowMs: number) {
  const { state, madeMs } = withPurge(before, nowMs, flusher.isolate);
  const name = canaryNamed(madeMs, nonce());
  const value: MetricsValue = { keys: [names.canary()], value: born(name), lifeMs: bounds.canaryLifeMs };
  return { state, values: [value] };
}

function countedOf({ visibleMs, results, early }: CanaryStep): Figures {
  const counts = new Map<string, number>();
  for (const result of results) {
    const key = seriesKey('canary_purges', [result]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (early > 0) counts.set(seriesKey('canary_early', []), early);
  const histogram = newHistogram();
  for (const ms of visibleMs) {
    histogram.sumMs += ms;
    observe(histogram, bucketOf(ms));
  }
  const histograms = new Map(visibleMs.length > 0 ? [[seriesKey('purge_visible', []), histogram]] : []);
  return { counts, histograms };
}
