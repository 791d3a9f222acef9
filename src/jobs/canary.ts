import { canaryNamed } from '../engine/canary.ts';
import type { Isolate } from '../engine/context.ts';
import { type CanaryResult, type CanaryStep, canaryStep, withPurge } from '../figures/canary.ts';
import { type CanaryState, type CanaryWaiting, readCanaryState } from '../figures/canary-state.ts';
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
    purge: (kept, nowMs) => {
      const { state, isUnreadable } = readCanaryState(kept);
      return { ...canaryPurge(isolate, state, nowMs), isUnreadable };
    },
    step: (kept, { told, nowMs }) => {
      const { state } = readCanaryState(kept);
      const step = canaryStep(state, told, nowMs, level);
      const waiting = waitingOf(state.waiting, step, nowMs);
      const isDue = told.length > 0 || Math.abs(nowMs - waiting.sinceMs) >= isolate.bounds.canaryCountsMs;
      // Where nobody told anything no figures are written: these alone are not worth the keys that they would take each minute.
      const waits = !isDue && step.visibleMs.length === 0;
      return waits
        ? { state: { ...step.state, waiting }, counted: { counts: new Map(), histograms: new Map() } }
        : { state: { ...step.state, waiting: null }, counted: countedOf(step, waiting) };
    },
  };

const waitingOf = (before: CanaryWaiting | null, { results }: CanaryStep, nowMs: number): CanaryWaiting => ({
  sinceMs: before?.sinceMs ?? nowMs,
  unmeasured: (before?.unmeasured ?? 0) + results.filter((it) => it === 'unmeasured').length,
});

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

function countedOf({ visibleMs, results, early }: CanaryStep, { unmeasured }: CanaryWaiting): Figures {
  const counts = new Map<string, number>();
  const count = (result: CanaryResult, n: number) => {
    const key = seriesKey('canary_purges', [result]);
    if (n > 0) counts.set(key, (counts.get(key) ?? 0) + n);
  };
  for (const result of results) if (result !== 'unmeasured') count(result, 1);
  count('unmeasured', unmeasured);
  if (early > 0) counts.set(seriesKey('canary_early', []), early);
  const histogram = newHistogram();
  for (const ms of visibleMs) {
    histogram.sumMs += ms;
    observe(histogram, bucketOf(ms));
  }
  const histograms = new Map(visibleMs.length > 0 ? [[seriesKey('purge_visible', []), histogram]] : []);
  return { counts, histograms };
}
