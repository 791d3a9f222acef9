import type { EventOfWrite } from '../engine/after-write.ts';
import { purgesOfEvent } from '../engine/event-order.ts';
import type { EdgeRequest } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import type { Identity } from '../identity/identity.ts';
import type { EventDefinition } from '../strategy/event.ts';
import type { Params } from '../strategy/types.ts';
import type { ParamSource } from './params.ts';

/** What a write's own payload of an event is made of. */
export interface WriteOf<P extends Params = Params> {
  readonly params: P;
  readonly identity: Identity;
}

/** An event that a write comes to: its name, or with its payload where that is not the write's parameters by name. */
export type WriteEvent<P extends Params = Params> =
  | string
  // Method syntax, so that a route of one class's parameters fits where any route is listed.
  | { readonly event: string; payload(of: WriteOf<P>): unknown };

export const nameOfEvent = (event: WriteEvent) => (typeof event === 'string' ? event : event.event);

/** The fields that the event asks for. */
const byName = ({ payload }: EventDefinition, params: Params) =>
  Object.fromEntries(Object.keys(payload.shape).map((name) => [name, params[name]]));

/** What the event purges, known before the write is sent. Throws a `Problem` where its payload is not of its shape: the client's fault if that is the value of a parameter that suits the class, else the code's. */
export async function eventOfWrite(
  edge: EdgeRequest,
  event: WriteEvent,
  params: Params,
  sources: Readonly<Record<string, ParamSource>>,
): Promise<EventOfWrite> {
  const { strategy, identity } = edge;
  const name = nameOfEvent(event);
  const payload =
    typeof event === 'string'
      ? byName(strategy.events[name]!, params)
      : event.payload({ params, identity: identity! });
  const said = await purgesOfEvent(edge, strategy, name, payload);
  if (!('errors' in said)) return { name, purges: said.purges };
  if (typeof event === 'string' && !said.isOfOtherType) {
    const errors = said.errors.map(({ field, detail }) => ({ field: sources[field]?.name ?? field, detail }));
    throw new Problem('invalid-request', { errors });
  }
  const faults = said.errors.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
  throw new Problem('internal', { why: `written: the payload of '${name}': ${faults}` });
}
