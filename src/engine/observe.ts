import type { Identity } from '../identity/identity.ts';
import type { Store } from '../store/port.ts';
import { Meter } from '../telemetry/meter.ts';
import { BreakerView } from './breaker.ts';
import type { Context, Isolate } from './context.ts';
import { L1View } from './l1.ts';
import { newNotes } from './notes.ts';

/**
 * A context for whoever only looks, by the very code that a request runs: the isolate's memory and breaker are as they are, and stay so;
 * the store answers look-ups alone; the origin is not asked. What would change something throws.
 */
export function observing({ isolate, deadlineMs }: Context, identity: Identity | null): Context {
  return {
    isolate: observed(isolate),
    identity,
    deadlineMs,
    notes: newNotes(),
    waitUntil: changesNothing,
  };
}

function observed(isolate: Isolate): Isolate {
  const { l1, breaker, bounds, clock, store, origin, flags } = isolate;
  return {
    ...isolate,
    l1: new L1View(l1),
    breaker: new BreakerView(breaker, bounds, clock.now),
    meter: new Meter(bounds),
    flags: flags.view(),
    store: new Proxy(store, {
      get: (of, verb: keyof Store) => (verb === 'lookup' ? of.lookup.bind(of) : changesNothing()),
    }),
    origin: { ...origin, fetch: changesNothing },
  };
}

const changesNothing = (): never => {
  throw new TypeError('whoever only looks changes nothing, and asks nobody but Redis');
};

/** What whoever looked has asked of Redis is the request's. */
export function addCalls({ notes }: Context, { notes: { redisRequests, redisMs } }: Context): void {
  notes.redisRequests += redisRequests;
  notes.redisMs += redisMs;
}
