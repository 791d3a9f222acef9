import { canaryNamed } from '../engine/canary.ts';
import type { Isolate } from '../engine/context.ts';
import { type CanaryState, withPurge } from '../figures/canary.ts';
import { born } from '../store/generation.ts';
import type { MetricsValue } from '../store/port.ts';

/**
 * The canary's purge, in the one step that keeps the tick's state: the generation is replaced on the primary, as a hard purge replaces any, and whoever
 * reads the state knows of it. Nothing is stored under it, so that there is no receipt. None where it is off.
 */
export function canaryPurge(
  { names, bounds, nonce, canary }: Pick<Isolate, 'names' | 'bounds' | 'nonce' | 'canary'>,
  before: CanaryState,
  nowMs: number,
): { readonly state: CanaryState; readonly values: readonly MetricsValue[] } {
  if (!canary) return { state: before, values: [] };
  const { state, madeMs } = withPurge(before, nowMs);
  const name = canaryNamed(madeMs, nonce());
  canary.purged(name);
  return { state, values: [{ keys: [names.canary()], value: born(name), lifeMs: bounds.canaryLifeMs }] };
}
