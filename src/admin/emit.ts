import { Hono } from 'hono';
import * as z from 'zod';
import { orderOfTold } from '../engine/event-order.ts';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { acceptPurge } from '../invalidation/accept.ts';
import { tagHints } from '../strategy/tag-hints.ts';
import type { DataClass } from '../strategy/types.ts';
import { askedIn, notAnObject, parse, tenantName } from './asked.ts';
import { adminOf } from './gate.ts';

const emitShape = z.strictObject(
  {
    event: z.string('must be the name of an event of the strategy'),
    /** Not of an event of public data, or of everyone. */
    tenant: tenantName.nullable().default(null),
    payload: z.unknown().default({}),
  },
  notAnObject,
);

/** Telling an event of the strategy by hand, or by a script that is no sender of webhooks. `httpCaches`: known when all routes are. Mount it at `/-`, behind the gate. */
export function emit(httpCaches: ReadonlyMap<string, DataClass>): Hono<EdgeEnv> {
  return new Hono<EdgeEnv>().post('/emit', async (c) => {
    const { name: admin } = adminOf(c);
    const edge = edgeRequestOf(c);
    const asked = parse(emitShape, await askedIn(edge, c.req.raw), 'unprocessable');
    const told = await orderOfTold(edge, edge.strategy, asked, `admin:${admin}`);
    if ('errors' in told) throw new Problem('unprocessable', { errors: told.errors });
    const { order } = told;
    if (order === null) {
      const detail = 'names nothing to purge: its lists are empty';
      throw new Problem('unprocessable', { errors: [{ field: 'payload', detail }] });
    }
    edge.logged = { admin, purge_id: order.id, tenant: order.tenant ?? undefined };
    await acceptPurge(edge, order, { eager: true });
    const hint = tagHints([...edge.strategy.classes.values(), ...httpCaches.values()], order);
    return c.json({ purge_id: order.id, ...(hint.length > 0 && { hint }) }, 202);
  });
}
