import { BoundedMap } from '../bounded-map.ts';
import { bounds as allBounds, type Bounds } from '../bounds.ts';
import { toBase64url } from '../digest.ts';
import { Breaker } from '../engine/breaker.ts';
import { Bulkhead } from '../engine/bulkhead.ts';
import { Canary } from '../engine/canary.ts';
import { Colleagues } from '../engine/colleagues.ts';
import type { Clock, Isolate } from '../engine/context.ts';
import { Flights } from '../engine/flights.ts';
import { Flusher } from '../engine/flusher.ts';
import { HeldBytes } from '../engine/held-bytes.ts';
import { L1 } from '../engine/l1.ts';
import { meteredStore } from '../engine/metered-store.ts';
import { Unsent } from '../engine/unsent.ts';
import { type AccessVerifier, createAccessVerifier } from '../identity/cloudflare-access.ts';
import { createIdentifier, type Identify } from '../identity/resolve.ts';
import type { Queue } from '../queue/port.ts';
import { createQStash } from '../queue/qstash.ts';
import { LiveFlags } from '../rollout/live-flags.ts';
import { Witness } from '../rollout/witness.ts';
import { createMemoryStore } from '../store/memory.ts';
import { Names } from '../store/names.ts';
import type { Store } from '../store/port.ts';
import { createUpstashStore } from '../store/upstash.ts';
import type { Strategy } from '../strategy/define.ts';
import { type Log, limitedLog } from '../telemetry/log.ts';
import { Meter } from '../telemetry/meter.ts';
import { Tally } from '../telemetry/tally.ts';
import { breakerLine } from './log-line.ts';
import type { Settings } from './settings.ts';

/** What the platform gives; injected, so that tests have their own. */
export interface Platform {
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: typeof fetch;
  readonly bounds: Bounds;
  /** Instead of the store that the settings name. */
  readonly store?: Store;
  /** Instead of QStash. */
  readonly queue?: Queue;
}

export const realPlatform: Platform = {
  clock: { now: () => Date.now(), sleep },
  random: () => Math.random(),
  // Called through an arrow: workerd refuses a fetch that was torn from its object.
  fetch: (input, init) => fetch(input as string, init),
  bounds: allBounds,
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener('abort', () => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
}

/** An isolate's state, made once. */
export function createIsolate(
  settings: Settings,
  { clock, random, fetch, bounds, store, queue }: Platform,
  log: Log,
): Isolate {
  const tellsRedis = settings.METRICS_FLUSH === 'on';
  // Redis alone is told of names.
  const meter = new Meter(tellsRedis ? bounds : { ...bounds, sketchedNames: 0 });
  const names = new Names(settings.NAMESPACE);
  const nonce = () => toBase64url(crypto.getRandomValues(new Uint8Array(16)));
  const redis = store ?? storeOf(settings, clock, bounds);
  const counted = meteredStore(redis, meter, clock, settings.REDIS_PRICE / 100_000);
  const breaker = new Breaker(bounds, clock.now, (change) => {
    meter.add('breaker_changes', 1, change.state);
    log(breakerLine(change));
  });
  const tally = new Tally();
  const points = settings.METRICS;
  const flusher = new Flusher(
    { store: counted, names, meter, tally, breaker, clock, bounds, nonce },
    {
      tellsRedis,
      write: points ? (point) => points.writeDataPoint(point) : null,
    },
  );
  return {
    store: counted,
    queue:
      queue ??
      (settings.qstash && createQStash({ ...settings.qstash, namespace: settings.NAMESPACE }, clock)),
    names,
    l1: new L1(bounds.l1Bytes),
    flights: new Flights(bounds.flights),
    refreshing: new BoundedMap(bounds.refreshes),
    unsent: new Unsent(bounds, clock.now),
    breaker,
    bulkhead: new Bulkhead(bounds, clock.now),
    meter,
    canary:
      settings.CANARY === 'on' && tellsRedis
        ? new Canary({ name: names.canary(), meter, everyMs: bounds.canaryLookMs })
        : null,
    flags: new LiveFlags({
      name: names.rollout(),
      isKilled: settings.KILL_SWITCH === 'on',
      rideMs: bounds.flagsRideMs,
      askMs: bounds.flagsAskMs,
    }),
    tally,
    witness: new Witness(bounds),
    shadowed: new HeldBytes({ most: bounds.shadowBytes, lostMs: bounds.shadowLostMs }, clock.now),
    logComparison: limitedLog(log, bounds.loggedComparisons, bounds.loggedComparisonsMs, clock.now),
    hashesIds: Boolean(settings.LOG_HASH_IDS),
    flusher,
    colleagues: settings.development ? new Colleagues(bounds) : null,
    bounds,
    clock,
    random,
    nonce,
    origin: {
      url: settings.ORIGIN_URL,
      secret: settings.ORIGIN_SECRET,
      fetch: (url, init) => fetch(url, init),
    },
    publicUrl: settings.PUBLIC_URL,
  };
}

function storeOf({ redis }: Settings, clock: Clock, bounds: Bounds): Store {
  if (redis === 'memory') return createMemoryStore({ now: clock.now });
  const { redisReadMs: readMs, redisWriteMs: writeMs, figuresMs } = bounds;
  return createUpstashStore({ ...redis, readMs, writeMs, figuresMs });
}

export function identifierOf(
  settings: Settings,
  strategy: Strategy,
  { clock, fetch, bounds }: Platform,
): Identify {
  const { jwt, API_KEYS: apiKeys } = settings;
  const jwtSettings = jwt && { jwt: { ...jwt, claims: strategy.identity.claims } };
  return createIdentifier({ ...jwtSettings, ...(apiKeys && { apiKeys }) }, { fetch, ...clock, bounds });
}

export const accessVerifierOf = (
  { access }: Settings,
  { clock, fetch, bounds }: Platform,
): AccessVerifier | null => (access ? createAccessVerifier({ ...access, fetch, ...clock, bounds }) : null);
