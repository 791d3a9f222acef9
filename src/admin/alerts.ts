import { Hono } from 'hono';
import { alertRows } from '../alerts/rows.ts';
import { readAlertsState } from '../alerts/state.ts';
import { watchedAlerts } from '../alerts/watched.ts';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { readState } from '../figures/read.ts';
import { unavailable } from './asked.ts';

/** What is watched, and how it stands. Mount it at `/-`. */
export const alerts = (): Hono<EdgeEnv> =>
  new Hono<EdgeEnv>().get('/alerts', async (c) => {
    const edge = edgeRequestOf(c);
    const state = await readState(edge).catch(unavailable);
    const watched = watchedAlerts(edge.strategy.alerts, edge.isolate.canary !== null, state?.rollout);
    return c.json(alertRows(watched, readAlertsState(state?.alerts).state), 200, {
      'Cache-Control': 'no-store',
    });
  });
