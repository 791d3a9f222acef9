import type { Context } from '../engine/context.ts';
import { release } from '../engine/fill.ts';
import { type Contended, contend } from '../engine/lease.ts';
import { windowsOf } from '../engine/subject.ts';
import { followUntilMs, type Waited, waitForFill } from '../engine/wait.ts';
import type { Entry } from '../store/wire.ts';
import { alone, withoutStore } from './alone.ts';
import { type Landed, lead, type Streaming } from './lead.ts';
import { memoryOf } from './memory.ts';
import { hit, landed } from './outcome.ts';
import { isUnstorable, type Reading, unstorableKey, type Why } from './reading.ts';
import { covering, isWanted, leftMs, maySee } from './reuse.ts';
import type { Served } from './served.ts';

/** Contends for the lease until somebody's fetch is in hand; what cannot be shared is fetched by each for himself. */
export async function miss(reading: Reading): Promise<Served> {
  const { context, route, request, why } = reading;
  const { isolate } = context;
  let { found } = reading;
  if (request.wishes.onlyIfCached) return onlyIfCached(why);
  // Of these no other request could use the answer: HEAD has no body, Range asks for a part.
  if (!found.entry && (request.method === 'HEAD' || request.fields.has('range')))
    return alone(context, route, request, why, found);
  for (let rounds = 0; ; rounds += 1) {
    const contended = await contend(context, found);
    if (!contended) return withoutStore({ ...reading, found });
    const { granted, grant, entry } = contended;
    if (entry && isOfUse({ ...reading, found }, entry)) {
      if (granted) release(context, grant, 'free');
      if (rounds === 0) return hit(request, 'l2', entry, leftMs(context, entry));
      return landed({ ...reading, why: { ...why, collapsed: true } }, filled(entry));
    }
    if (granted) return leadFlight({ ...reading, found }, contended);
    // Nobody waits in line for what could not be stored lately, here or elsewhere, or is most likely private.
    if (!request.anonymous || rounds === MOST_ROUNDS || isUnstorable(context, route, request))
      return leadAlone({ ...reading, found });
    const flight = isolate.flights.get<Landed>(contended.flight);
    const it = flight
      ? await follow(context, contended, flight)
      : await waitForFill(context, found.subject, contended);
    if (it === 'too-late')
      return leadAlone({ ...reading, found, why: { ...why, detail: 'waited-too-long' } });
    if (it === 'store-unavailable') return withoutStore({ ...reading, found });
    if (it.is !== 'contend-again') return followed({ ...reading, found }, it);
    found = { ...found, lateNames: [...new Set([...found.lateNames, ...it.lateNames])] };
  }
}

/** Twice another was waited for who stored nothing: most likely nothing can be stored. */
const MOST_ROUNDS = 2;

const filled = (entry: Entry): Landed => ({
  is: 'entry',
  entry,
  own: [],
  refused: null,
  fwdStatus: entry.status,
});

/** Every follower has its own way out, because a leader that was cancelled may never settle. */
async function follow(
  context: Context,
  contended: Contended,
  flight: Promise<Landed>,
): Promise<Landed | Extract<Waited, { is: 'contend-again' }> | 'too-late'> {
  const { clock } = context.isolate;
  const untilMs = followUntilMs(context, contended);
  const it = await Promise.race([flight, clock.sleep(Math.max(0, untilMs - clock.now())).then(() => null)]);
  if (it !== null) return it;
  return clock.now() < context.deadlineMs ? { is: 'contend-again', lateNames: [] } : 'too-late';
}

/** RFC 9111 §4: what another's request brought answers this one too, if it was stored, is fresh and is selected by it. */
async function followed(reading: Reading, it: Landed | Extract<Waited, { is: 'filled' }>): Promise<Served> {
  const { why } = reading;
  const brought = it.is === 'filled' ? filled(it.entry) : it;
  if (brought.is === 'failed' || brought.is === 'overloaded') return landed(reading, brought);
  const mayShare = brought.is === 'entry' && brought.refused === null && isOfUse(reading, brought.entry);
  return mayShare ? landed({ ...reading, why: { ...why, collapsed: true } }, brought) : leadAlone(reading);
}

/** As `serve` would have it: fresh, or stale in a window, and what the client wishes. */
function isOfUse({ context, request, found, why }: Reading, entry: Entry): boolean {
  if (why.fwd === 'request' || !maySee(request, entry)) return false;
  const ttlMs = leftMs(context, entry);
  const { swrMs } = windowsOf(found.subject, entry);
  return (ttlMs > 0 || -ttlMs < swrMs) && isWanted(context, request, entry, ttlMs);
}

async function leadFlight(reading: Reading, { grant, flight }: Contended): Promise<Served> {
  const { context, route, request, rule, found } = reading;
  const covers = found.entry !== undefined && covering(context, request, found, false) !== null;
  const led = lead(context, { route, request, entry: found.entry, covers, grant, rule });
  context.isolate.flights.start(flight, led.landed);
  const first = await led.first;
  learn(reading, first);
  return landed(reading, first);
}

async function leadAlone(reading: Reading): Promise<Served> {
  const { context, route, request, rule } = reading;
  return landed(
    reading,
    await lead(context, { route, request, entry: undefined, covers: false, grant: null, rule }).first,
  );
}

/** What the next request of this URI may expect. */
function learn({ context: { isolate }, route, request }: Reading, it: Landed | Streaming): void {
  if (request.method === 'HEAD' || (it.is !== 'entry' && it.is !== 'streaming')) return;
  // Another's answer may be stored: this one was refused for what the origin was shown.
  if (it.refused === 'unkeyed') return;
  const untilMs = it.refused === null ? null : isolate.clock.now() + isolate.bounds.unstorableMs;
  memoryOf(isolate).setUnstorable(unstorableKey(route, request), untilMs);
}

/** RFC 9111 §5.2.1.7. */
const onlyIfCached = (why: Why): Served => ({
  is: 'problem',
  code: 'not-stored',
  why: 'only-if-cached',
  outcome: { kind: 'fwd', stored: false, ...why, detail: 'only-if-cached' },
});
