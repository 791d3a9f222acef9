import type { Asking } from '../cache/asking.ts';
import { release } from '../cache/fill.ts';
import { type Contended, contend } from '../cache/lease.ts';
import type { Found } from '../cache/lookup.ts';
import { refresh } from '../cache/refresh.ts';
import { followUntilMs, type Waited, waitForFill } from '../cache/wait.ts';
import type { ForwardReason } from '../http/cache-status.ts';
import { isForOrigin } from '../http/preconditions.ts';
import type { Entry } from '../store/wire.ts';
import type { Forward } from '../telemetry/outcome.ts';
import { type Asked, sentAlone } from './asked.ts';
import { exchange } from './exchange.ts';
import type { Refused } from './keep.ts';
import { type Landed, lead, type Streaming } from './lead.ts';
import { select } from './lookup.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import { letGo, overloaded, passed } from './pass.ts';
import { covering, isFreshEnough, leftMs, maySee, takesStale } from './reuse.ts';
import type { Served } from './served.ts';

/** One read of one URI. */
interface Reading {
  readonly asking: Asking;
  readonly route: HttpRoute;
  readonly asked: Asked;
  /** The fields that tell the URI's entries apart, as far as known. */
  readonly rule: readonly string[];
  /** What this request may be answered from. */
  readonly found: Found;
  readonly why: Why;
}

interface Why {
  readonly fwd: ForwardReason;
  readonly detail?: string;
  readonly collapsed?: boolean;
}

/** All branching of a GET or HEAD, from what is stored to what is served. */
export async function serve(asking: Asking, route: HttpRoute, asked: Asked): Promise<Served> {
  // Most of what needs credentials is private; where that is known, it costs Redis nothing.
  if (!asked.anonymous && isUnstorable(asking, route, asked))
    return alone(asking, route, asked, bypass(asked));
  if (asked.wishes.noStore || isForOrigin(asked.fields))
    return alone(asking, route, asked, { fwd: 'request' });

  const { found: selected, rule } = await select(asking, route, asked.target, asked.fields);
  const { entry } = selected;
  if (entry && !maySee(asked, entry))
    return elsewhere({ asking, route, asked, rule, found: without(selected) });

  const { verdict, layer } = selected;
  const reading = { asking, route, asked, rule, found: selected };
  switch (verdict.is) {
    case 'fresh':
      if (isFreshEnough(asking, asked, entry!)) return hit(asked, layer, entry!, verdict.ttlMs);
      return miss({ ...reading, why: { fwd: 'request' } });
    case 'stale':
      if (verdict.mayRevalidate && !asked.wishes.noCache) {
        refreshInBackground(reading);
        return hit(asked, layer, entry!, verdict.ttlMs);
      }
      return missOrStale({ ...reading, why: { fwd: 'stale' } });
    case 'unusable':
      return missOrStale({
        ...reading,
        why: { fwd: 'stale', ...(verdict.why !== 'expired' && { detail: verdict.why }) },
      });
    case 'absent':
      return miss({ ...reading, why: { fwd: rule.length > 0 ? 'vary-miss' : 'uri-miss' } });
    case 'unknown':
      return withoutStore({ ...reading, why: { fwd: 'miss' } });
  }
}

const bypass = ({ credentials }: Asked): Why => ({
  fwd: 'bypass',
  detail: credentials.cookie ? 'cookie' : 'authorization',
});

/** There is an entry, but not for the one who asks. */
const elsewhere = (reading: Omit<Reading, 'why'>) => miss({ ...reading, why: bypass(reading.asked) });

const without = (found: Found): Found => ({ ...found, entry: undefined, verdict: { is: 'absent' } });

function hit(asked: Asked, layer: Found['layer'], entry: Entry, ttlMs: number, why?: string): Served {
  const detail = why ?? (asked.ignored ? 'request-directives-ignored' : undefined);
  const said = detail !== undefined && { detail };
  return { is: 'entry', entry, outcome: { kind: 'hit', layer, ttlMs, ...said } };
}

function refreshInBackground({ asking, route, asked, rule, found }: Omit<Reading, 'why'>): void {
  // A HEAD would only describe what has to be had.
  const whole: Asked = { ...asked, method: 'GET' };
  refresh(
    asking,
    found,
    (again, { entry }, grant) => lead(again, { route, asked: whole, entry, grant, rule }).landed,
  );
}

async function missOrStale(reading: Reading): Promise<Served> {
  const { asking, asked, found } = reading;
  if (!takesStale(asking, asked, found)) return miss(reading);
  return hit(asked, found.layer, found.entry!, leftMs(asking, found.entry!), 'max-stale');
}

/** Contends for the lease until somebody's fetch is in hand; what cannot be shared is fetched by each for himself. */
async function miss(reading: Reading): Promise<Served> {
  const { asking, route, asked, why } = reading;
  const { isolate } = asking;
  let { found } = reading;
  if (asked.wishes.onlyIfCached) return onlyIfCached(why);
  // Of these no other request could use the answer: HEAD has no body, Range asks for a part.
  if (!found.entry && (asked.method === 'HEAD' || asked.fields.has('range')))
    return alone(asking, route, asked, why, found);
  for (let waited = false; ; waited = true) {
    const contended = await contend(asking, found);
    if (!contended) return withoutStore({ ...reading, found });
    const { granted, grant, entry } = contended;
    if (entry && why.fwd !== 'request' && maySee(asked, entry)) {
      if (granted) release(asking, grant, 'free');
      if (!waited) return hit(asked, 'l2', entry, leftMs(asking, entry));
      return landed({ ...reading, why: { ...why, collapsed: true } }, filled(entry));
    }
    if (granted) return leadFlight({ ...reading, found }, contended);
    // Nobody waits in line for what could not be stored lately, or is most likely private.
    if (!asked.anonymous || isUnstorable(asking, route, asked)) return leadAlone({ ...reading, found });
    const flight = isolate.flights.get<Landed>(contended.flight);
    const it = flight
      ? await follow(asking, contended, flight)
      : await waitForFill(asking, found.subject, contended);
    if (it === 'too-late')
      return leadAlone({ ...reading, found, why: { ...why, detail: 'waited-too-long' } });
    if (it === 'store-unavailable') return withoutStore({ ...reading, found });
    if (it.is !== 'contend-again') return followed({ ...reading, found }, it);
    found = { ...found, lateNames: it.lateNames };
  }
}

const filled = (entry: Entry): Landed => ({
  is: 'entry',
  entry,
  own: [],
  refused: null,
  fwdStatus: entry.status,
});

/** Every follower has its own way out, because a leader that was cancelled may never settle. */
async function follow(
  asking: Asking,
  contended: Contended,
  flight: Promise<Landed>,
): Promise<Landed | Extract<Waited, { is: 'contend-again' }> | 'too-late'> {
  const { clock } = asking.isolate;
  const untilMs = followUntilMs(asking, contended);
  const it = await Promise.race([flight, clock.sleep(Math.max(0, untilMs - clock.now())).then(() => null)]);
  if (it !== null) return it;
  return clock.now() < asking.deadlineMs ? { is: 'contend-again', lateNames: [] } : 'too-late';
}

/** RFC 9111 §4: what another's request brought answers this one too, if it was stored, is fresh and is selected by it. */
async function followed(reading: Reading, it: Landed | Extract<Waited, { is: 'filled' }>): Promise<Served> {
  const { asking, asked, why } = reading;
  const brought = it.is === 'filled' ? filled(it.entry) : it;
  if (brought.is === 'failed' || brought.is === 'overloaded') return landed(reading, brought);
  const isOfUse =
    brought.is === 'entry' &&
    brought.refused === null &&
    maySee(asked, brought.entry) &&
    leftMs(asking, brought.entry) > 0;
  return isOfUse ? landed({ ...reading, why: { ...why, collapsed: true } }, brought) : leadAlone(reading);
}

async function leadFlight(reading: Reading, { grant, flight }: Contended): Promise<Served> {
  const { asking, route, asked, rule, found } = reading;
  const led = lead(asking, { route, asked, entry: found.entry, grant, rule });
  asking.isolate.flights.start(flight, led.landed);
  const first = await led.first;
  learn(reading, first);
  return landed(reading, first);
}

async function leadAlone(reading: Reading): Promise<Served> {
  const { asking, route, asked, rule } = reading;
  return landed(reading, await lead(asking, { route, asked, entry: undefined, grant: null, rule }).first);
}

/** By credentials too: what is private to one with them may be public to one without. */
const unstorableKey = ({ cls }: HttpRoute, { target, anonymous }: Asked) =>
  `${cls.name} ${anonymous ? 'all' : 'own'} ${target}`;

const isUnstorable = ({ isolate }: Asking, route: HttpRoute, asked: Asked) =>
  memoryOf(isolate).isUnstorable(unstorableKey(route, asked), isolate.clock.now());

/** What the next request of this URI may expect. */
function learn({ asking: { isolate }, route, asked }: Reading, it: Landed | Streaming): void {
  if (asked.method === 'HEAD' || (it.is !== 'entry' && it.is !== 'streaming')) return;
  const untilMs = it.refused === null ? null : isolate.clock.now() + isolate.bounds.unstorableMs;
  memoryOf(isolate).setUnstorable(unstorableKey(route, asked), untilMs);
}

/** Redis cannot be asked: nothing is stored; a copy that was validated before may cover for an origin that fails. */
function withoutStore({ asking, route, asked, found, why }: Reading): Promise<Served> {
  return alone(asking, route, asked, { ...why, detail: 'store-unavailable' }, found);
}

/** For this client only, with its own conditions and range. */
async function alone(
  asking: Asking,
  route: HttpRoute,
  asked: Asked,
  why: Why,
  found?: Found,
): Promise<Served> {
  const outcome: Forward = { kind: 'fwd', stored: false, ...why };
  const leave = memoryOf(asking.isolate).bulkhead.enter('');
  if (!leave) return overloaded(outcome);
  try {
    const { method, target } = asked;
    const answer = await exchange(asking, route, { method, target, headers: sentAlone(asked), body: null });
    const failed = answer.is === 'failed' ? answer : { status: answer.status };
    const cover = found && covered(asking, asked, found, failed.status);
    if (!cover) return await passed(asking, answer, outcome);
    if (answer.is === 'answer') letGo(answer.body);
    return cover;
  } finally {
    leave();
  }
}

/** RFC 9111 §5.2.1.7. */
const onlyIfCached = (why: Why): Served => ({
  is: 'problem',
  code: 'not-stored',
  why: 'only-if-cached',
  outcome: { kind: 'fwd', stored: false, ...why, detail: 'only-if-cached' },
});

/** How a fetch ended, as an answer; a stale entry covers for an origin that failed, where it is allowed to. */
function landed({ asking, asked, found, why }: Reading, it: Landed | Streaming): Served {
  const outcome = (rest: Partial<Forward> = {}): Forward => ({ kind: 'fwd', stored: false, ...why, ...rest });
  switch (it.is) {
    case 'entry': {
      const { entry, own, refused, fwdStatus } = it;
      const mine =
        own.length > 0 && !why.collapsed ? { ...entry, headers: [...entry.headers, ...pairs(own)] } : entry;
      return (
        covered(asking, asked, found, fwdStatus) ?? {
          ...{ is: 'entry', entry: mine, outcome: outcome({ fwdStatus, ...admitted(refused, why) }) },
        }
      );
    }
    case 'streaming': {
      const { answer, body, refused } = it;
      const { status, statusText, headers } = answer;
      const cover = covered(asking, asked, found, status);
      if (cover) letGo(body);
      const said = outcome({ fwdStatus: status, ...admitted(refused, why) });
      return cover ?? { is: 'passing', status, statusText, headers, body, outcome: said };
    }
    case 'streamed':
      return {
        is: 'problem',
        code: 'origin-failed',
        why: 'streamed',
        outcome: outcome({ detail: 'streamed' }),
      };
    case 'overloaded':
      return covered(asking, asked, found, undefined) ?? overloaded(outcome());
    case 'failed':
      return (
        covered(asking, asked, found, it.status) ?? {
          ...{ is: 'problem', code: it.code, why: it.why, outcome: outcome({ detail: it.code }) },
        }
      );
  }
}

const pairs = (list: Streaming['answer']['headers']) =>
  list.map(([name, value]): [string, string] => [name, value]);

function admitted(refused: Refused | null, { detail }: Why): Partial<Forward> {
  if (refused === null) return { stored: true };
  return refused === 'lease' ? {} : { detail: detail ?? refused };
}

/** `status`: the origin's; undefined where there is none. */
function covered(asking: Asking, asked: Asked, found: Found, status: number | undefined): Served | null {
  if (status !== undefined && status < 500) return null;
  const why = covering(asking, asked, found, status === undefined);
  return why && hit(asked, found.layer, found.entry!, leftMs(asking, found.entry!), why);
}
