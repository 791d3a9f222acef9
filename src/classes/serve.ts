import type { Context } from '../engine/context.ts';
import { release } from '../engine/fill.ts';
import { refreshesEarly } from '../engine/judge.ts';
import { type Contended, contend } from '../engine/lease.ts';
import type { Found } from '../engine/lookup.ts';
import { refresh } from '../engine/refresh.ts';
import type { Served, ServedProblem } from '../engine/served.ts';
import { followUntilMs, waitForFill } from '../engine/wait.ts';
import type { ForwardReason } from '../http/cache-status.ts';
import type { Entry } from '../store/wire.ts';
import type { Forward } from '../telemetry/outcome.ts';
import { type Landed, lead, type Streaming } from './lead.ts';

/** All branching of a read, from what was found to what is served; a hit is served at once. */
export function serve(context: Context, found: Found): Served | Promise<Served> {
  const { verdict, entry, subject } = found;
  switch (verdict.is) {
    case 'fresh': {
      const early =
        subject.cls.swrMs === 0 && refreshesEarly(entry!, verdict.ttlMs, context.isolate.random());
      if (early) refresh(context, found);
      return hit(found, entry!, verdict.ttlMs);
    }
    case 'stale':
      if (!verdict.mayRevalidate) return miss(context, found, { fwd: 'stale' });
      refresh(context, found);
      return hit(found, entry!, verdict.ttlMs);
    case 'unusable':
      return miss(context, found, { fwd: 'stale', detail: verdict.why });
    case 'absent':
      return miss(context, found, { fwd: 'uri-miss' });
    case 'unknown':
      return withoutStore(context, found, 'miss');
  }
}

interface Why {
  readonly fwd: ForwardReason;
  readonly detail?: string;
}

function hit({ layer }: Pick<Found, 'layer'>, entry: Entry, ttlMs: number, detail?: string): Served {
  return {
    is: 'entry',
    entry,
    outcome: { kind: 'hit', layer, ttlMs, ...(detail !== undefined && { detail }) },
  };
}

/** Contends for the lease until somebody's fetch is in hand; losing is never an error. */
async function miss(context: Context, first: Found, why: Why): Promise<Served> {
  const { isolate } = context;
  let found = first;
  for (let waited = false; ; waited = true) {
    const contended = await contend(context, found);
    if (!contended) return withoutStore(context, found, why.fwd);
    const { granted, entry, flight } = contended;
    if (entry) {
      if (granted) release(context, contended.grant, 'free');
      const ttlMs = entry.fetchedMs + entry.ttlMs - isolate.clock.now();
      return waited
        ? landed(found, { ...why, collapsed: true }, { is: 'entry', entry, stored: false })
        : hit({ layer: 'l2' }, entry, ttlMs);
    }
    const joinable = isolate.flights.get<Landed>(flight);
    if (joinable && !granted) {
      const served = await follow(context, found, why, contended, joinable);
      if (served !== 'contend-again') return served;
      continue;
    }
    if (granted || contended.holder === 'direct') return leadFlight(context, found, why, contended);
    const waitedFor = await waitForFill(context, found.subject, contended);
    if (waitedFor === 'too-late') return tooLate(context, found, why);
    if (waitedFor === 'store-unavailable') return withoutStore(context, found, why.fwd);
    if (waitedFor.is === 'filled')
      return landed(found, { ...why, collapsed: true }, { ...waitedFor, is: 'entry', stored: false });
    found = { ...found, lateNames: waitedFor.lateNames };
  }
}

async function leadFlight(
  context: Context,
  found: Found,
  why: Why,
  { granted, grant, flight }: Contended,
): Promise<Served> {
  const led = lead(context, found.subject, granted ? grant : null);
  context.isolate.flights.start(flight, led.landed);
  return landed(found, why, await led.first);
}

/** Past the request's deadline nothing is worth waiting for. */
const tooLate = (context: Context, found: Found, why: Why) =>
  alone(context, found, { ...why, detail: 'waited-too-long' });

/** Fetches for this request only, and stores nothing. */
async function alone(context: Context, found: Found, why: Why): Promise<Served> {
  return landed(found, why, await lead(context, found.subject, null).first);
}

/** Without Redis nothing may be stored or shared; the bulkhead alone bounds what reaches the origin. */
function withoutStore(context: Context, found: Found, fwd: ForwardReason): Promise<Served> {
  return alone(context, covering(context, found), { fwd, detail: 'store-unavailable' });
}

/** A copy that was validated before may cover for the origin while Redis cannot be asked; never in a strict class. */
function covering({ isolate }: Context, found: Found): Found {
  const { entry, subject, verdict } = found;
  if (verdict.is !== 'unknown' || !entry || subject.cls.consistency === 'strict') return found;
  const ttlMs = entry.fetchedMs + entry.ttlMs - isolate.clock.now();
  const { sieMs } = subject.cls;
  const mayCover = sieMs > 0 && -ttlMs < sieMs;
  return { ...found, verdict: { is: 'stale', ttlMs, mayRevalidate: false, mayCover, whole: false } };
}

/**
 * Every follower has its own way out, because a leader that was cancelled may never settle: the end of the leader's
 * lease, after which it contends again, and the request's deadline.
 */
async function follow(
  context: Context,
  found: Found,
  why: Why,
  contended: Contended,
  flight: Promise<Landed>,
): Promise<Served | 'contend-again'> {
  const { clock } = context.isolate;
  const untilMs = followUntilMs(context, contended);
  const it = await Promise.race([flight, clock.sleep(Math.max(0, untilMs - clock.now())).then(() => null)]);
  if (it === null) return clock.now() < context.deadlineMs ? 'contend-again' : tooLate(context, found, why);
  if (it.is === 'too-large' || (it.is === 'passing' && !speaksOfTheResource(it.answer.status)))
    return alone(context, found, why);
  // It is the leader's answer that was stored.
  return landed(found, { ...why, collapsed: true }, it.is === 'entry' ? { ...it, stored: false } : it);
}

/** RFC 9110 §15.5: other refusals (403, 429 …) may be meant for the one who asked. */
const speaksOfTheResource = (status: number) => status === 404 || status === 410;

/** How a fetch ended, as an answer; a stale entry covers for an origin that failed, where the class allows it. */
function landed(found: Found, why: Why & { readonly collapsed?: boolean }, it: Landed | Streaming): Served {
  const outcome = (rest: Partial<Forward>): Forward => ({ kind: 'fwd', stored: false, ...why, ...rest });
  switch (it.is) {
    case 'entry':
      return {
        is: 'entry',
        entry: it.entry,
        outcome: outcome({ fwdStatus: it.entry.status, stored: it.stored }),
      };
    case 'streaming':
    case 'passing': {
      const { status, headers, etag, body } = it.answer;
      const stored = it.is === 'streaming' && it.stored;
      return { is: 'passing', status, headers, etag, body, outcome: outcome({ fwdStatus: status, stored }) };
    }
    default:
      return covered(found) ?? problem(found, it, outcome);
  }
}

function covered({ verdict, entry }: Found): Served | null {
  return verdict.is === 'stale' && verdict.mayCover && entry
    ? hit({ layer: 'l1' }, entry, verdict.ttlMs, 'stale-if-error')
    : null;
}

type Failure = Exclude<Landed | Streaming, { readonly is: 'entry' | 'streaming' | 'passing' }>;

function problem(
  { subject }: Found,
  it: Failure,
  outcome: (rest: Partial<Forward>) => Forward,
): ServedProblem {
  if (it.is === 'overloaded')
    return {
      is: 'problem',
      code: 'overloaded',
      why: 'bulkhead full',
      outcome: outcome({ detail: 'overloaded' }),
    };
  if (it.is === 'too-large')
    return {
      is: 'problem',
      code: 'origin-failed',
      why: 'larger than maxBytes',
      outcome: outcome({ detail: 'too-large' }),
    };
  const { code, status, retryAfter, why } = it;
  const said = outcome({ detail: code, ...(status !== undefined && { fwdStatus: status }) });
  if (subject.cls.consistency === 'strict') return { is: 'problem', code: 'unavailable', why, outcome: said };
  const is5xx = status !== undefined && status >= 500;
  return {
    is: 'problem',
    code,
    why,
    outcome: said,
    ...(is5xx && { status }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}
