import { dashboards } from '../../../routes/dashboards.ts';
import { hooks } from '../../../routes/hooks.ts';
import { invoices } from '../../../routes/invoices.ts';
import { me } from '../../../routes/permissions.ts';
import { strategy } from '../../../routes/strategy.ts';
import { edge, worker } from '../../../src/index.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { seedFigures } from '../../support/figures.ts';

/** The demo, with a store that can be filled with figures of weeks: `POST /seed`, with the cron's part of alerts as JSON. */
const store = createMemoryStore({ now: () => Date.now() });
const app = edge(strategy, { store });

app.route('/v1/dashboards', dashboards);
app.route('/v1/me', me);
app.route('/v1/invoices', invoices);
app.route('/hooks', hooks);
app.post('/seed', async (c) => {
  await seedFigures(store, Date.now(), { alerts: await c.req.json() });
  return c.body(null, 204);
});

export default worker(app);
