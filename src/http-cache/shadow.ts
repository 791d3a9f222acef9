import type { Present } from '../engine/hit-compared.ts';
import type { Grant } from '../engine/lease.ts';
import type { Found } from '../engine/lookup.ts';
import type { Served } from '../engine/served.ts';
import { compareShadowed, leaseForShadow } from '../engine/shadow.ts';
import { isCondition } from '../http/request-headers.ts';
import { httpHit } from './compare.ts';
import { fetchHttp } from './fetch.ts';
import { withoutEntry } from './miss.ts';
import { type HttpRead, outcomeOf, type Requested, type TellGiven } from './outcome.ts';
import { passThrough } from './pass-through.ts';
import { causeBefore, stepOf } from './serve.ts';
import { isUnstorable, learned } from './unstorable.ts';
import { type Selected, select } from './variants.ts';

type ShadowRead = Requested & Pick<HttpRead, 'cause'>;

/** The origin answers this request, as if the cache were off; the cache is filled or compared beside it. */
export async function serveInShadow(read: ShadowRead): Promise<Served> {
  if (!fillsForAll(read)) return passCompared(read);
  const { context, route, request } = read;
  const selecting = select(context, route, request, false);
  const grant = await leaseForShadow(
    context,
    selecting.then(({ found }) => found),
  );
  return grant ? fillFrom(read, await selecting, grant) : passCompared(read);
}

/** One of the class's share, whose own request is the one that is sent for all: so its answer may be stored, and is its client's as it came. */
function fillsForAll(read: ShadowRead): boolean {
  const { context, route, request } = read;
  if (context.isolate.random() >= route.cls.rollout.fillShare) return false;
  const { method, anonymous, directives, headers, fields } = request;
  const isForAll = method === 'GET' && anonymous && !directives.noStore && !fields.has('via');
  return isForAll && !headers.some(([name]) => isCondition(name)) && !isUnstorable(read);
}

async function fillFrom(read: ShadowRead, selected: Selected, grant: Grant): Promise<Served> {
  const { context, route, request, cause } = read;
  const { rule, tagsText } = selected;
  const fetching = {
    route,
    request,
    rule,
    tagsText,
    entry: undefined,
    covers: false,
    isShadow: true,
  } as const;
  const { first } = fetchHttp(context, fetching, grant, 'pass');
  const served = outcomeOf(
    { ...read, rule, found: withoutEntry(selected.found) },
    learned(read, await first),
  );
  // Whatever came of it, this is why the origin was asked.
  return { ...served, outcome: { ...served.outcome, detail: cause.detail } } as Served;
}

/** What the client is given is compared with what is stored, when all of it has been read. */
async function passCompared(read: ShadowRead): Promise<Served> {
  // Nothing that is stored would be looked at.
  if (causeBefore(read)) return passThrough(read);
  const { context, request } = read;
  const given = Promise.withResolvers<Present | null>();
  const tellGiven: TellGiven = ({ status, headers }, body) =>
    // A HEAD says nothing of what is in it.
    given.resolve(body && request.method === 'GET' ? { is: 'present', status, headers, body } : null);
  compareShadowed(context, {
    trial: context.trial,
    startMs: context.isolate.clock.now(),
    present: given.promise,
    lookup: (apart) => wouldBe({ ...read, context: apart }),
    hitOf: (entry) => httpHit(read, entry),
  });
  try {
    const served = await passThrough({ ...read, tellGiven });
    // Of what is still coming it is told at its end.
    if (served.is !== 'passing' || !(served.body instanceof ReadableStream)) given.resolve(null);
    return served;
  } catch (error) {
    given.resolve(null);
    throw error;
  }
}

/** What the cache would answer this request from. */
async function wouldBe(requested: Requested): Promise<Found> {
  const { context, route, request } = requested;
  const selected = await select(context, route, request, false);
  return stepOf(requested, selected).is === 'entry' ? selected.found : withoutEntry(selected.found);
}
