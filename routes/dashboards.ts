import { Hono } from 'hono';
import { cached, type EdgeEnv, path, query } from '../src/index.ts';
import { dashboardKpis } from './strategy.ts';

export const dashboards = new Hono<EdgeEnv>().get(
  '/:dashboard_id/kpis',
  cached(dashboardKpis, {
    params: { dashboard_id: path('dashboard_id'), date_range: query('range') },
    load: ({ params, origin }) =>
      origin.json(`/dashboards/${params.dashboard_id}/kpis?range=${params.date_range}`),
  }),
);
