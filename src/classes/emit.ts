import { bounds } from '../bounds.ts';
import { orderOfTold } from '../engine/event-order.ts';
import type { EdgeRequest } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';

/** What a handler tells of an event, beside its name. */
export interface Emitted {
  /** Default: that of the verified identity; for an event of one tenant only. */
  readonly tenant?: string;
  /** Default `{}`. */
  readonly payload?: unknown;
}

/** Tells an event of the strategy in a handler's name; the id of its purge, null where it purges nothing. What is wrong with it is the handler's fault, and the log says what. */
export async function emitEvent(
  edge: EdgeRequest,
  event: string,
  { tenant, payload = {} }: Emitted,
): Promise<string | null> {
  const { whose = 'tenant' } = edge.strategy.events[event] ?? {};
  const ofCaller =
    tenant === undefined && whose === 'tenant' ? ((await edge.identify())?.tenant ?? null) : null;
  const told = await orderOfTold(
    edge,
    edge.strategy,
    { event, tenant: tenant ?? ofCaller, payload },
    'handler',
  );
  if ('errors' in told) {
    const faults = told.errors.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
    throw new Problem('internal', { why: `emit('${event}'): ${faults}` });
  }
  if (told.order === null) return null;
  await edge.accept(told.order);
  const { purge_id: before } = edge.logged ?? {};
  const ids = [...(before?.split(',') ?? []), told.order.id].slice(0, bounds.loggedPurges);
  edge.logged = { ...edge.logged, purge_id: ids.join(',') };
  return told.order.id;
}
