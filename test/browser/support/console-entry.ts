import { dashboards } from '../../../routes/dashboards.ts';
import { hooks } from '../../../routes/hooks.ts';
import { invoices } from '../../../routes/invoices.ts';
import { me } from '../../../routes/permissions.ts';
import { strategy } from '../../../routes/strategy.ts';
import { edge, worker } from '../../../src/index.ts';
import { readFlags } from '../../../src/rollout/flags.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { Names } from '../../../src/store/names.ts';
import { stepName } from '../../../src/strategy/trial.ts';
import { seedFigures } from '../../support/figures.ts';
import { trialOf } from '../../support/trials.ts';

/** The demo, with a store that can be filled with figures of weeks: `POST /seed`, with the cron's part of alerts as JSON. */
const store = createMemoryStore({ now: () => Date.now() });
const app = edge(strategy, { store });

app.route('/v1/dashboards', dashboards);
app.route('/v1/me', me);
app.route('/v1/invoices', invoices);
app.route('/hooks', hooks);
app.post('/seed', async (c) => {
  const rollout = { trials: await trials(), flags: null, gone: {}, purged: [] };
  await seedFigures(store, Date.now(), { alerts: await c.req.json(), rollout });
  return c.body(null, 204);
});

/** Of whatever class somebody has set: the cache is faster, and one answer in a hundred differs. */
async function trials() {
  const [text = null] = await store.lookup([new Names('').rollout()]);
  return Object.entries(readFlags(text)?.classes ?? {}).flatMap(([className, known]) =>
    Object.entries(known).flatMap(([fingerprint, its]) => {
      if (!its) return [];
      const step = { className, step: stepName(fingerprint, its.sinceMs) };
      const compared = { equal: 396, differs: 4 };
      const saved = { hits: 1_810, ms: 412_000, bytes: 11_500_000, commands: 1_900 };
      const at = ['body.kpis.1.value', 'body.refreshed_at'];
      return [
        trialOf(step, 'on', { requests: 2_100, errors: 3, meanMs: 9, units: 14, compared, saved, at }),
        trialOf(step, 'control', { requests: 38_000, errors: 61, meanMs: 214, units: 260 }),
      ];
    }),
  );
}

export default worker(app);
