import { bounds as allBounds, type Bounds } from '../../../src/bounds.ts';
import type { Context } from '../../../src/engine/context.ts';
import { newNotes } from '../../../src/engine/notes.ts';
import { Names } from '../../../src/store/names.ts';
import type { Metrics, Store } from '../../../src/store/port.ts';
import type { Flush } from '../../../src/telemetry/flush.ts';

/** A document of an isolate, with what a test does not speak of filled in. */
export const flushed = (over: Partial<Flush> & Pick<Flush, 'isolate' | 'seq' | 'toMs'>): Flush => ({
  fromMs: 0,
  ...{ counts: {}, histograms: {}, seen: [], tops: { tags: [], tenants: [], missed: [] }, trials: [] },
  ...over,
});

export interface CronOptions {
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly bounds?: Partial<Bounds>;
}

let nonces = 0;

/** What the roll-up needs of an isolate, and nothing more. */
export function cronContext({ metrics, now, bounds }: CronOptions): Context {
  const isolate = {
    store: { metrics } as Store,
    names: new Names(''),
    bounds: { ...allBounds, ...bounds },
    clock: { now, sleep: () => Promise.resolve() },
    nonce: () => `nonce-${++nonces}`,
    flusher: { sinceMs: now(), next: () => null },
  };
  return { isolate, notes: newNotes() } as unknown as Context;
}
