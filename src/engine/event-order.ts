import type * as z from 'zod';
import type { ProblemOptions } from '../http/problem.ts';
import { isIdentityField, noIdentityField } from '../identity/fields.ts';
import type { Strategy } from '../strategy/define.ts';
import type { Purges } from '../strategy/event.ts';
import { NameRefused, type Payload } from '../strategy/event-list.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import { namesNothing, orderOf, type PurgeOrder, purgeId } from '../strategy/purge-order.ts';
import { inOurWords } from '../strategy/says.ts';
import { meantOrKnown } from '../strategy/strategy-error.ts';
import type { EdgeRequest } from './request.ts';

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
  /** A field is of another type than the event's. */
  readonly isOfOtherType?: boolean;
}

const faultOfUser = (user: string) => (isIdentityField(user) ? null : noIdentityField);

type Told = Pick<EdgeRequest, 'isolate' | 'httpCaches'>;

/** Whether it is about the type of what was told, and not of what a schema has made of it, such as the number that some text is not. */
const isOfType = ({ code, path, input }: z.core.$ZodIssue, payload: unknown): boolean =>
  code === 'invalid_type' && Object.is(input, path.reduce<unknown>(stepInto, payload));
const stepInto = (it: unknown, step: PropertyKey) => (it as Record<PropertyKey, unknown> | undefined)?.[step];

/** What an event purges, given a payload that may not be of its shape. `below`: where the fields stand in what was told. */
export async function purgesOfEvent(
  { httpCaches }: Pick<Told, 'httpCaches'>,
  { events, purgesOf }: Strategy,
  event: string,
  payload: unknown,
  below = '',
): Promise<{ readonly purges: Purges } | Refused> {
  const { data, error } = await events[event]!.payload.safeParseAsync(payload, {
    ...inOurWords,
    reportInput: true,
  });
  if (error)
    return {
      errors: fieldErrors(error, '', payload).map(({ field, detail }) => ({
        field: field === '' ? 'payload' : below + field,
        detail,
      })),
      isOfOtherType: error.issues.some((issue) => isOfType(issue, payload)),
    };
  try {
    return { purges: purgesOf(event, data as Payload, { httpCaches: httpCaches.keys(), faultOfUser }) };
  } catch (refused) {
    if (!(refused instanceof NameRefused)) throw refused;
    return { errors: [{ field: below + refused.field, detail: refused.detail }] };
  }
}

/** The same as an order; null: nothing, because its lists are empty. */
export async function orderOfEvent(
  edge: Told,
  strategy: Strategy,
  { event, tenant, payload }: ToldEvent,
  from: Pick<PurgeOrder, 'id' | 'source' | 'eventId'>,
  below?: string,
): Promise<{ readonly order: PurgeOrder | null } | Refused> {
  if (tenant !== null && !isIdentityField(tenant))
    return { errors: [{ field: 'tenant', detail: noIdentityField }] };
  const said = await purgesOfEvent(edge, strategy, event, payload, below);
  if ('errors' in said) return said;
  const { purges } = said;
  const order = orderOf({
    ...purges,
    ...from,
    tenant: purges.whose === 'tenant' ? tenant : null,
    acceptedMs: edge.isolate.clock.now(),
    events: [event],
  });
  return { order: namesNothing(order) ? null : order };
}

/** The same of one that is told by its name, by code or by hand. Fields are named below `payload`. */
export async function orderOfTold(
  edge: Told,
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
  const from = { id: purgeId(edge.isolate.nonce()), source, eventId: null };
  return orderOfEvent(edge, strategy, { event, tenant, payload }, from, 'payload.');
}
