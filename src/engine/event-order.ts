import type * as z from 'zod';
import type { ProblemOptions } from '../http/problem.ts';
import { isIdentityField } from '../identity/fields.ts';
import type { Strategy } from '../strategy/define.ts';
import type { Purges } from '../strategy/event.ts';
import type { Payload } from '../strategy/event-list.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import { namesNothing, orderOf, type PurgeOrder, part, purgeId } from '../strategy/purge-order.ts';
import { inOurWords } from '../strategy/says.ts';
import { meantOrKnown } from '../strategy/strategy-error.ts';
import type { Context } from './context.ts';

/** An event of the strategy, as somebody tells it. */
export interface ToldEvent {
  readonly event: string;
  /** Whose it is; null: of public data, or of everyone. */
  readonly tenant: string | null;
  readonly payload: unknown;
}

/** Fields at fault, as whoever told it knows them. */
interface Refused {
  readonly errors: NonNullable<ProblemOptions['errors']>;
}

/** `below`: where the fields stand in what was told. */
const errorsOf = (error: z.ZodError, given: unknown, below = '') =>
  fieldErrors(error, '', given).map(({ field, detail }) => ({
    field: field === '' ? 'payload' : below + field,
    detail,
  }));

/** What an event purges, given a payload that may not be of its shape. Refused, too, where the queue would refuse it: a tag that came out empty, or without end. */
export function purgesOfEvent(
  { events, purgesOf }: Strategy,
  event: string,
  payload: unknown,
  below?: string,
): { readonly purges: Purges } | Refused {
  const parsed = events[event]!.payload.safeParse(payload, inOurWords);
  if (!parsed.success) return { errors: errorsOf(parsed.error, payload, below) };
  const purges = purgesOf(event, parsed.data as Payload);
  if (!purges.users.every(isIdentityField)) return { errors: [noName('users')] };
  const { settleMs: _, ...targets } = purges;
  const { error } = part.safeParse(targets, inOurWords);
  return error ? { errors: errorsOf(error, targets) } : { purges };
}

/** A name that no verified identity can have: nothing is stored under it. */
const noName = (field: string) => ({ field, detail: 'is not a name: printable ASCII, 1 to 256 characters' });

/** The same as an order; null: nothing, because its lists are empty. */
export function orderOfEvent(
  { isolate }: Pick<Context, 'isolate'>,
  strategy: Strategy,
  { event, tenant, payload }: ToldEvent,
  from: Pick<PurgeOrder, 'id' | 'source' | 'eventId'>,
  below?: string,
): { readonly order: PurgeOrder | null } | Refused {
  if (tenant !== null && !isIdentityField(tenant)) return { errors: [noName('tenant')] };
  const said = purgesOfEvent(strategy, event, payload, below);
  if ('errors' in said) return said;
  const { purges } = said;
  const order = orderOf({
    ...purges,
    ...from,
    tenant: purges.whose === 'tenant' ? tenant : null,
    acceptedMs: isolate.clock.now(),
    events: [event],
  });
  return { order: namesNothing(order) ? null : order };
}

/** The same of one that is told by its name, by code or by hand. Fields are named below `payload`. */
export function orderOfTold(
  context: Pick<Context, 'isolate'>,
  strategy: Strategy,
  { event, tenant, payload }: ToldEvent,
  source: string,
): ReturnType<typeof orderOfEvent> {
  if (!Object.hasOwn(strategy.events, event)) {
    const known = meantOrKnown(event, Object.keys(strategy.events));
    return { errors: [{ field: 'event', detail: `is no event of the strategy; ${known}` }] };
  }
  const { whose = 'tenant' } = strategy.events[event]!;
  const of = whose === 'public' ? 'of public data' : 'over all tenants';
  if (whose === 'tenant' && tenant === null)
    return { errors: [{ field: 'tenant', detail: `is missing: '${event}' is of one tenant; say which` }] };
  if (whose !== 'tenant' && tenant !== null)
    return { errors: [{ field: 'tenant', detail: `'${event}' is ${of}; leave tenant out` }] };
  const from = { id: purgeId(context.isolate.nonce()), source, eventId: null };
  return orderOfEvent(context, strategy, { event, tenant, payload }, from, 'payload.');
}
