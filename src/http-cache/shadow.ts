import { within } from '../engine/context.ts';
import { contend, type Grant, release } from '../engine/lease.ts';
import type { Served } from '../engine/served.ts';
import { isCondition } from '../http/request-headers.ts';
import { fetchHttp } from './fetch.ts';
import type { HttpRead } from './outcome.ts';
import { outcomeOf, type Requested } from './outcome.ts';
import { passThrough } from './pass-through.ts';
import { isUnstorable, learned } from './unstorable.ts';
import { type Selected, select } from './variants.ts';

type ShadowRead = Requested & Pick<HttpRead, 'cause'>;

/**
 * The origin answers, as if there were no cache, and the cache is read and filled beside it. Who may fill waits for the lease, and not for long;
 * all others wait for nothing.
 */
export async function serveInShadow(read: ShadowRead): Promise<Served> {
  const leased = mayFill(read) ? await leaseInTime(read) : null;
  return leased?.grant ? fillInShadow(read, leased.selected, leased.grant) : passThrough(read);
}

/** One of the class's share, whose own request is the one that is sent for all: so its answer may be stored, and is its client's as it came. */
function mayFill(read: ShadowRead): boolean {
  const { context, route, request } = read;
  if (context.isolate.random() >= route.cls.rollout.fillShare) return false;
  const { method, anonymous, directives, headers, fields } = request;
  const isForAll = method === 'GET' && anonymous && !directives.noStore && !fields.has('via');
  return isForAll && !headers.some(([name]) => isCondition(name)) && !isUnstorable(read);
}

interface Leased {
  readonly selected: Selected;
  /** Null: another has it, or something fresh is stored. */
  readonly grant: Grant | null;
}

/** Null: Redis did not answer in time. A lease that comes later is given back. */
async function leaseInTime(read: ShadowRead): Promise<Leased | null> {
  const { context } = read;
  const { clock, bounds } = context.isolate;
  const leasing = leaseOf(read).catch(() => null);
  const leased = await within(clock, bounds.shadowLeaseMs, leasing, 'late');
  if (leased !== 'late') return leased;
  const giveBack = (late: Leased | null) => {
    if (late?.grant) release(context, late.grant, 'free');
  };
  context.waitUntil(leasing.then(giveBack));
  return null;
}

async function leaseOf({ context, route, request }: ShadowRead): Promise<Leased | null> {
  const selected = await select(context, route, request, false);
  if (selected.found.is === 'unknown') return null;
  if (selected.found.is === 'fresh') return { selected, grant: null };
  const contended = await contend(context, selected.found);
  if (!contended?.entry) return { selected, grant: contended?.grant ?? null };
  if (contended.grant) release(context, contended.grant, 'free');
  return { selected, grant: null };
}

async function fillInShadow(
  read: ShadowRead,
  { found, rule, tagsText }: Selected,
  grant: Grant,
): Promise<Served> {
  const { context, route, request, cause } = read;
  const fetching = {
    route,
    request,
    rule,
    tagsText,
    entry: undefined,
    covers: false,
    isShadow: true,
  } as const;
  const end = learned(read, await fetchHttp(context, fetching, grant, 'pass').first);
  const served = outcomeOf({ ...read, found: { ...found, is: 'absent', entry: undefined }, rule }, end);
  // Whatever came of it, this is why the origin was asked.
  const outcome = { ...served.outcome, detail: cause.detail };
  return { ...served, outcome } as Served;
}
