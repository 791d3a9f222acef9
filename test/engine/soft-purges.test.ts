import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { Breaker } from '../../src/engine/breaker.ts';
import { Bulkhead } from '../../src/engine/bulkhead.ts';
import type { Clock, Context } from '../../src/engine/context.ts';
import { fill } from '../../src/engine/fill.ts';
import { Flights } from '../../src/engine/flights.ts';
import { HeldBytes } from '../../src/engine/held-bytes.ts';
import { L1 } from '../../src/engine/l1.ts';
import { contend, type Grant } from '../../src/engine/lease.ts';
import { lookupAll } from '../../src/engine/lookup.ts';
import { newNotes } from '../../src/engine/notes.ts';
import type { Subject } from '../../src/engine/subject.ts';
import { Unsent } from '../../src/engine/unsent.ts';
import { LiveFlags } from '../../src/rollout/live-flags.ts';
import { Witness } from '../../src/rollout/witness.ts';
import { createMemoryStore, type MemoryStore } from '../../src/store/memory.ts';
import { Names } from '../../src/store/names.ts';
import { Meter } from '../../src/telemetry/meter.ts';
import { Tally } from '../../src/telemetry/tally.ts';
import { receiptToWrite } from '../store/support/scene.ts';

/**
 * Every order of up to 4 soft purges, 2 hard ones and 2 fetches under a lease, and after each step a read by either of two
 * isolates, whose clocks and Redis' differ by up to 3 s. There are 48 worlds, of clocks, rhythms and tags; each order is played in one,
 * by turns (all of them hold: 907,200 histories, in some minutes). What is found is compared with what really happened when.
 * Shorter histories are beginnings of these.
 */

const startMs = 1_800_000_000_000;
const ttlMs = 20_000;
const windowMs = 5_000;

/** `s`: soft purge. `h`: hard purge. `A`, `B`: the lease of the first and of the second isolate; `a`, `b`: its fill. */
type Step = 's' | 'h' | 'A' | 'a' | 'B' | 'b';

function* orders(left: Readonly<Record<Step, number>>, done = ''): Generator<string> {
  let isWhole = true;
  for (const step of ['s', 'h', 'A', 'a', 'B', 'b'] as const) {
    if (left[step] === 0) continue;
    isWhole = false;
    if ((step === 'a' && left.A > 0) || (step === 'b' && left.B > 0)) continue;
    yield* orders({ ...left, [step]: left[step] - 1 }, done + step);
  }
  if (isWhole) yield done;
}

interface World {
  /** How many soft nonces a generation keeps. */
  readonly softNonces: number;
  /** What each clock shows beyond Redis'. */
  readonly aheadMs: readonly [a: number, b: number];
  /** Time before each step: the same, but for one long silence. */
  readonly gapMs: number;
  readonly silence: { readonly before: number; readonly ms: number };
  /** Soft purges are of both tags in turn, or of one. */
  readonly tags: 1 | 2;
}

const generationNames = ['gen:acme:a', 'gen:acme:b'] as const;
const subject: Subject = {
  className: 'report',
  names: { fullKey: 'report:r1', key: 'report:r1', generationNames },
  owner: null,
  tagsFromAnswer: false,
  // A copy is validated whenever it is read: what is seen is the judge's word alone.
  l1Ms: 0,
  lifeMs: ttlMs + windowMs,
  windowsOf: () => ({ swrMs: windowMs, sieMs: windowMs, consistency: 'standard' }),
  faultOf: () => null,
};

function isolate(store: MemoryStore, now: () => number): Context {
  const clock: Clock = { now, sleep: () => Promise.reject(new Error('nobody sleeps here')) };
  let nonces = 0;
  const name = crypto.randomUUID().slice(0, 8);
  return {
    isolate: {
      store,
      queue: null,
      names: new Names(''),
      l1: new L1(bounds.l1Bytes),
      flights: new Flights(bounds.flights),
      refreshing: new Map(),
      unsent: new Unsent(bounds, now),
      breaker: new Breaker(bounds, now, () => {}),
      bulkhead: new Bulkhead(bounds, now),
      meter: new Meter(bounds),
      canary: null,
      flags: new LiveFlags({ name: 'rollout', isKilled: false, rideMs: 5_000, askMs: 20_000 }),
      tally: new Tally(),
      witness: new Witness(bounds),
      shadowed: new HeldBytes({ most: bounds.shadowBytes, lostMs: bounds.shadowLostMs }, () => 0),
      logComparison: () => {},
      hashesIds: false,
      flusher: null as never,
      colleagues: null,
      bounds,
      clock,
      random: () => 0.5,
      nonce: () => `${name}-${nonces++}`,
      origin: { url: '', secret: '', fetch: () => Promise.reject(new Error('nobody fetches here')) },
      publicUrl: undefined,
    },
    identity: null,
    waitUntil: () => {},
    deadlineMs: Number.POSITIVE_INFINITY,
    notes: newNotes(),
  };
}

/** When something really happened, on Redis' clock, in a history of steps that takes no time. */
interface Happened {
  readonly fetches: Map<string, number>;
  readonly soft: { readonly ms: number; readonly step: number }[];
  readonly hard: { readonly ms: number; readonly step: number }[];
}

/** Plays one order; what is wrong in it, or null. */
async function play(order: string, world: World): Promise<string | null> {
  const { softNonces, aheadMs, gapMs, silence, tags } = world;
  let nowMs = startMs;
  const store = createMemoryStore({ now: () => nowMs });
  const both = aheadMs.map((ms) => isolate(store, () => nowMs + ms));
  const grants: (Grant | null)[] = [null, null];
  const fetchSteps = new Map<string, number>();
  const happened: Happened = { fetches: new Map(), soft: [], hard: [] };
  const clocks = [0, ...aheadMs];
  const differenceMs = Math.max(...clocks) - Math.min(...clocks);

  async function take(step: Step, number: number): Promise<void> {
    if (step === 's' || step === 'h') {
      const mode = step === 's' ? 'soft' : 'hard';
      const place = tags === 2 ? happened[mode].length % 2 : 0;
      await store.purge({
        receipt: receiptToWrite(`purge:${number}`, '{}', 60_000),
        ...{ attempt: 1, via: 'delivery', mode, nowMs, softNonces, nonce: `n${number}` },
        generationNames: [generationNames[place]!],
      });
      happened[mode].push({ ms: nowMs, step: number });
      return;
    }
    const which = step.toLowerCase() === 'a' ? 0 : 1;
    const context = both[which]!;
    if (step === 'A' || step === 'B') {
      const found = { is: 'absent', subject, layer: 'l2', lateNames: [] } as const;
      grants[which] = (await contend(context, found))?.grant ?? null;
      const token = grants[which]?.token;
      if (token) happened.fetches.set(token, nowMs);
      if (token) fetchSteps.set(token, number);
      return;
    }
    const grant = grants[which];
    if (!grant) return;
    const fetchedMs = happened.fetches.get(grant.token)! + aheadMs[which]!;
    await fill(context, {
      subject,
      grant,
      tags: [],
      draft: {
        fillToken: grant.token,
        fullKey: subject.names.fullKey,
        principal: { tenant: '', user: '' },
        ...{ status: 200, headers: [], etag: '"e"', fetchedMs, fetchMs: 0, ttlMs },
        body: new Uint8Array(),
      },
    }).done;
  }

  async function read(reader: Context): Promise<string | null> {
    const found = (await lookupAll(reader, [subject])).found[0]!;
    if (found.is === 'unknown') return 'the store did not answer';
    if (found.is === 'absent') return null;
    const { fillToken } = found.entry;
    const fetchMs = happened.fetches.get(fillToken)!;
    const step = fetchSteps.get(fillToken)!;
    const softSince = happened.soft.filter((it) => it.step > step);
    const isPurged = happened.hard.some((it) => it.step > step);
    const firstMs = Math.min(fetchMs + ttlMs, ...softSince.map(({ ms }) => ms));
    if (found.is === 'unusable') {
      // Where the first soft purge may be forgotten, the fetch is what is known.
      const sinceMs = softSince.length < softNonces ? firstMs : fetchMs;
      const isOver = nowMs - sinceMs >= windowMs - differenceMs;
      return isPurged || isOver ? null : 'refused though it was inside its window';
    }
    if (isPurged) return 'served though it was purged';
    if (found.is === 'fresh' && softSince.length > 0) return 'fresh though it was softly purged';
    if (found.is === 'fresh' && nowMs - fetchMs >= ttlMs + differenceMs) return 'fresh beyond its ttl';
    return nowMs - firstMs >= windowMs + differenceMs ? 'served beyond its window' : null;
  }

  for (const [number, step] of [...order].entries()) {
    nowMs += number === silence.before ? silence.ms : gapMs;
    await take(step as Step, number);
    for (const reader of both) {
      const wrong = await read(reader);
      if (wrong) return `${wrong}: ${order.slice(0, number + 1)} in ${JSON.stringify(world)}`;
    }
  }
  return null;
}

const clocks = [
  [0, 0],
  [3_000, 0],
  [-3_000, 0],
  [0, 3_000],
  [0, -3_000],
  [1_500, -1_500],
] as const;
const rhythms = [
  { gapMs: 1_000, silence: { before: 0, ms: 0 } },
  { gapMs: 1_000, silence: { before: 6, ms: 4_500 } },
  { gapMs: 2_500, silence: { before: 0, ms: 0 } },
  { gapMs: 400, silence: { before: 8, ms: 13_000 } },
] as const;

describe.each([2, 8])('with %i soft nonces kept', (softNonces) => {
  test('in every order nothing is served outside its window, nor refused inside it', {
    timeout: 240_000,
  }, async () => {
    let number = 0;
    const wrong: string[] = [];
    const all = [...orders({ s: 4, h: 2, A: 1, a: 1, B: 1, b: 1 })];
    expect(all).toHaveLength(18_900);
    // Each order in a world, and each world in its turn: neighbours in the list differ in their last steps alone.
    const worlds = clocks.flatMap((aheadMs) =>
      rhythms.flatMap((rhythm) =>
        ([1, 2] as const).map((tags): World => ({ softNonces, aheadMs, ...rhythm, tags })),
      ),
    );
    for (const order of all) {
      const found = await play(order, worlds[number++ % worlds.length]!);
      if (found && wrong.push(found) > 5) break;
    }
    expect(wrong).toEqual([]);
  });
});
